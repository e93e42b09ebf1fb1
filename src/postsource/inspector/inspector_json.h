#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/inspector.h"

namespace postsource {

/// The inspector's values as JSON, one line each without its end: for JavaScript, pipes and recordings.
std::string to_json(const Message& message);
std::string to_json(const Rule& rule);

/// A JSON text on one line: without white space between its tokens.
std::string compact_json(std::string_view json);

/// Reads a Context: an object with `contentType`, `status`, `method`, `headers` (an object or a list of
/// pairs), `protocol` (`auto`, `plain` or `graphql`), `openedAt`, `maxMessageBytes` and `keepAliveMs`, all of
/// which may be missing; other members are ignored. None where the text is no JSON object.
std::optional<Context> context_from_json(std::string_view text);

}  // namespace postsource

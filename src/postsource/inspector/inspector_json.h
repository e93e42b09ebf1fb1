#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/inspector.h"

namespace postsource {

/// The inspector's values as JSON, each on one line without a line end: for JavaScript, pipes and recordings.
std::string to_json(const Message& message);
std::string to_json(const Rule& rule);

/// Removes the white space between the tokens of a JSON text.
std::string compact_json(std::string_view json);

/// Reads a Context: an object with the optional members `contentType`, `status`, `method`, `requestHeaders`
/// and `headers` (each an object or a list of pairs), `protocol` (`auto`, `plain` or `graphql`), `openedAt`,
/// `maxMessageBytes` and `keepAliveMs`. Of the request's headers only `Accept` is kept. Other members are
/// ignored. Returns nothing if the text is not a JSON object.
std::optional<Context> context_from_json(std::string_view text);

}  // namespace postsource

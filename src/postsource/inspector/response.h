#pragma once

#include "postsource/inspector/inspector.h"

namespace postsource {

/// Returns the context with an empty content_type filled in from the headers.
Context with_content_type(Context context);

/// Judges the status and the headers of a response.
void judge_response(const Context& context, Findings& findings);

/// Returns the value of a Content-Type's parameter without quotes, or an empty text if there is none.
std::string find_parameter(std::string_view content_type, std::string_view name);

}  // namespace postsource

#pragma once

#include "postsource/inspector/inspector.h"

namespace postsource {

/// The context with its content_type taken from the headers, where it has none.
Context with_content_type(Context context);

/// Judges what is known of a response before its bytes.
void judge_response(const Context& context, Findings& findings);

/// The value of a parameter of a Content-Type, without quotes; empty where there is none.
std::string find_parameter(std::string_view content_type, std::string_view name);

}  // namespace postsource

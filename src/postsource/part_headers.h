#pragma once

#include <cstddef>
#include <string_view>

namespace postsource {

/// The value of the first header called `name`, in any case, of a block of header lines; without the white
/// space around it, empty where there is none. A line that begins with white space continues the one before.
std::string_view find_header(std::string_view headers, std::string_view name);

/// Where `line`, without its end, stops to be a header line: npos where it is one.
/// https://www.rfc-editor.org/rfc/rfc9110#section-5, and white space before the colon.
/// `first` tells that no line stands before it which it could continue.
std::size_t find_header_error(std::string_view line, bool first);

}  // namespace postsource

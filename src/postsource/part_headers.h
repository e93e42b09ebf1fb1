#pragma once

#include <cstddef>
#include <string_view>

namespace postsource {

/// Returns the value of the first header called `name`, in any case, without surrounding white space. Returns
/// an empty view if there is none. A line that begins with white space continues the previous line.
std::string_view find_header(std::string_view headers, std::string_view name);

/// Returns the offset of the first byte that is not allowed in a header line, or npos if `line`, without its
/// line end, is one. White space before the colon is accepted. `first` tells that there is no previous line
/// to continue. https://www.rfc-editor.org/rfc/rfc9110#section-5
std::size_t find_header_error(std::string_view line, bool first);

}  // namespace postsource

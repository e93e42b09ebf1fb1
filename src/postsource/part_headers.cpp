#include "postsource/part_headers.h"

#include <algorithm>

#include "postsource/content_type.h"

namespace postsource {
namespace {

bool is_padding(char c) { return c == ' ' || c == '\t'; }

/// [spec] tchar: a visible ASCII character that is no delimiter
bool is_token_char(char c) {
  constexpr std::string_view kDelimiters = "\"(),/:;<=>?@[\\]{}";
  return c > ' ' && c < '\x7F' && kDelimiters.find(c) == kDelimiters.npos;
}

}  // namespace

std::string_view find_header(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    std::size_t end = headers.find('\n');
    while (end != headers.npos && end + 1 < headers.size() && is_padding(headers[end + 1])) {
      end = headers.find('\n', end + 1);
    }
    const std::string_view field = headers.substr(0, end);
    const std::size_t colon = field.find(':');
    if (colon != field.npos && equals_ignoring_case(trim(field.substr(0, colon)), name)) {
      return trim(field.substr(colon + 1));
    }
    headers.remove_prefix(std::min(headers.size(), field.size() + 1));
  }
  return {};
}

std::size_t find_header_error(std::string_view line, bool first) {
  if (!first && !line.empty() && is_padding(line.front())) return line.npos;
  const auto name_end = std::find_if_not(line.begin(), line.end(), is_token_char);
  const auto colon = std::find_if_not(name_end, line.end(), is_padding);
  if (name_end != line.begin() && colon != line.end() && *colon == ':') return line.npos;
  return static_cast<std::size_t>((name_end == line.begin() ? name_end : colon) - line.begin());
}

}  // namespace postsource

// Whatever a header holds, a boundary comes out of it; and one that was put in comes out as it was.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "postsource/content_type.h"

using namespace postsource;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const ContentType type = parse_content_type(text);
  if (type.boundary.empty() || type.boundary.back() == ' ' || type.boundary.back() == '\t') std::abort();
  if (type.essence != trim(type.essence) || type.essence.find_first_of(";,") != std::string::npos)
    std::abort();
  if (is_json_type(text) != is_json_type(type.essence)) std::abort();

  std::string boundary;
  for (const char c : text.substr(0, 70)) {
    if (c > ' ' && c < '\x7F' && c != '"' && c != '\\') boundary += c;
  }
  if (boundary.empty()) return 0;
  if (parse_content_type("multipart/mixed; boundary=\"" + boundary + "\"").boundary != boundary) std::abort();
  return 0;
}

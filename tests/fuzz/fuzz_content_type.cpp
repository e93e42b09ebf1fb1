// A header is read as the reference reads it, and a boundary that was written into a header is read back
// unchanged.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "content_type_reference.h"
#include "postsource/content_type.h"

using namespace postsource;

namespace {

void expect(bool holds, const ContentType& type, const ContentType& expected) {
  if (holds) return;
  std::fprintf(stderr, "expected [%s] [%s]\nactual   [%s] [%s]\n", expected.essence.c_str(),
               expected.boundary.c_str(), type.essence.c_str(), type.boundary.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::unique_ptr<char[]> exact(new char[size]);
  std::copy_n(bytes, size, exact.get());
  const std::string_view text(exact.get(), size);
  const ContentType type = parse_content_type(text);
  const ContentType expected = reference::read_content_type(text);
  expect(type.essence == expected.essence && type.boundary == expected.boundary, type, expected);
  expect(is_json_type(text) == reference::is_json_type(text), type, expected);

  std::string boundary, escaped;
  for (const char c : text.substr(0, 70)) {
    boundary += c;
    escaped += {'\\', c};
  }
  while (boundary.ends_with(' ') || boundary.ends_with('\t')) boundary.pop_back();
  if (boundary.empty()) return 0;
  const ContentType quoted = parse_content_type("multipart/mixed; a=b; Boundary=\"" + escaped + "\" ; c");
  expect(quoted.boundary == boundary, quoted, {.essence = "multipart/mixed", .boundary = boundary});
  return 0;
}

// What a real parser accepts ends where the scanner says it ends, in one piece and byte by byte.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "postsource/content_type.h"
#include "postsource/json_scanner.h"
#include "postsource/workspace.h"

namespace {

using namespace postsource;

/// The text with the readable bytes behind it that the scanner asks for.
std::unique_ptr<char[]> padded(std::string_view text) {
  std::unique_ptr<char[]> bytes(new char[text.size() + InputBuffer::kPadding]);
  std::memcpy(bytes.get(), text.data(), text.size());
  std::memset(bytes.get() + text.size(), '}', InputBuffer::kPadding);
  return bytes;
}

struct Outcome {
  JsonScanner::Result result = JsonScanner::Result::more;
  std::size_t offset = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome scan(std::string_view text, std::size_t step) {
  JsonScanner scanner;
  Outcome outcome;
  for (std::size_t end = 0; end < text.size() && outcome.result == JsonScanner::Result::more;) {
    end = std::min(text.size(), end + step);
    outcome.result = scanner.scan(text.substr(0, end));
  }
  outcome.offset = outcome.result == JsonScanner::Result::more ? 0 : scanner.offset();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view value = trim({reinterpret_cast<const char*>(bytes), size});
  // the other parser takes a null byte for the end
  if (value.empty() || value.find('\0') != value.npos) return 0;
  // a number is complete with the white space behind it
  const std::unique_ptr<char[]> memory = padded(std::string(value) + "\n");
  const std::string_view text(memory.get(), value.size() + 1);

  const Outcome whole = scan(text, text.size());
  if (scan(text, 1) != whole || scan(text, 7) != whole) std::abort();
  if (nlohmann::json::accept(value) && whole != Outcome{JsonScanner::Result::complete, value.size()})
    std::abort();
  return 0;
}

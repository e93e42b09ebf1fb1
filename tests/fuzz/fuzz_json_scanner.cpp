// The scanner must find the end of every value that a real parser accepts, in one piece and in slices at
// different addresses. It must report the end with the last byte, not later.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "postsource/content_type.h"
#include "postsource/json_scanner.h"

namespace {

using namespace postsource;

struct Outcome {
  JsonScanner::Result result = JsonScanner::Result::more;
  std::size_t offset = 0;
  bool operator==(const Outcome&) const = default;
};

/// The bytes past the end that the scanner may read. Their values do not matter.
constexpr std::size_t kReadable = 63;

/// Scans in steps. Each step has its own memory, in which the bytes that were scanned before are overwritten,
/// except the first, which tells the kind of value, and the last, which may be half of a pair.
Outcome scan(std::string_view text, std::size_t step) {
  JsonScanner scanner;
  Outcome outcome;
  for (std::size_t scanned = 0; scanned < text.size() && outcome.result == JsonScanner::Result::more;) {
    const std::size_t size = std::min(text.size(), scanned + step);
    const std::unique_ptr<char[]> memory(new char[size + kReadable]);
    std::copy_n(text.begin(), size, memory.get());
    std::fill_n(memory.get() + size, kReadable, '}');
    if (scanned > 3) std::fill_n(memory.get() + 1, scanned - 3, '"');
    outcome.result = scanner.scan({memory.get(), size});
    scanned = size;
  }
  outcome.offset = outcome.result == JsonScanner::Result::more ? 0 : scanner.offset();
  return outcome;
}

Outcome scan_in_steps(std::string_view text) {
  const Outcome whole = scan(text, text.size());
  for (const std::size_t step : {1, 7, 40}) {
    if (scan(text, step) != whole) std::abort();
  }
  return whole;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view value = trim({reinterpret_cast<const char*>(bytes), size});
  // the other parser stops at a null byte
  if (value.empty() || value.find('\0') != value.npos) return 0;
  const Outcome open = scan_in_steps(value);
  // a number is complete with the white space after it
  const Outcome ended = scan_in_steps(std::string(value) + "\n");
  if (!nlohmann::json::accept(value)) return 0;
  const Outcome complete{JsonScanner::Result::complete, value.size()};
  const bool is_number = value[0] == '-' || (value[0] >= '0' && value[0] <= '9');
  if (ended != complete || open != (is_number ? Outcome() : complete)) std::abort();
  if (scan(value.substr(0, value.size() - 1), 1).result == JsonScanner::Result::complete) std::abort();
  return 0;
}

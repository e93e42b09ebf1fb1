#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postsource {

/// Finds the end of a JSON value while its bytes arrive. The scan is shallow: it counts brackets and skips
/// strings, and does not check the tokens between them. Costs O(bytes) under every slicing, builds nothing
/// and does not allocate.
class JsonScanner {
 public:
  enum class Result : std::uint8_t {
    more,      ///< The value goes on.
    complete,  ///< The value ends at offset(): a number at the white space after it, any other value after
               ///< its last byte.
    invalid,   ///< The byte at offset() is not allowed there.
    cut_off,   ///< A line within the value begins with two hyphens. JSON has no such line, but a delimiter
               ///< does: at offset().
  };

  /// Scans the bytes that have been added to `text` since the last call. `text` is the value from its first
  /// byte on. Its memory may have moved between calls. Reads up to 63 bytes past its end, whose values do not
  /// matter. A result other than `more` stays until reset().
  Result scan(std::string_view text);

  std::size_t offset() const { return offset_; }

  void reset() { *this = JsonScanner(); }

 private:
  enum class Kind : std::uint8_t { unknown, nested, number, literal };  // nested: in brackets, or a string
  Result begin(char first);
  Result scan_number(std::string_view text);
  Result scan_literal(std::string_view text);
  Result scan_nested(std::string_view text);
  bool scan_byte(std::string_view text, std::size_t at, bool is_in_string);
  Result stop(Result result, std::size_t offset);

  Kind kind_ = Kind::unknown;
  Result result_ = Result::more;
  bool in_string_ = false;
  std::size_t depth_ = 0;
  std::size_t offset_ = 0;  // where the next scan begins
};

}  // namespace postsource

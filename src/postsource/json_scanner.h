#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postsource {

/// Finds the end of a JSON value while its bytes arrive. Shallow: it counts brackets and skips strings, and
/// leaves it to a real parser to judge what stands between them.
/// Costs O(bytes) under every slicing, builds nothing, does not allocate.
class JsonScanner {
 public:
  enum class Result : std::uint8_t {
    more,      ///< The value goes on.
    complete,  ///< It ends at offset(): a number at the white space behind it, all others with their last
               ///< byte.
    invalid,   ///< The byte at offset() cannot stand where it stands.
    cut_off,   ///< A line within the value begins with two hyphens, which no JSON has, but a delimiter: at
               ///< offset().
  };

  /// `text` is the value from its first byte on, as far as it has come; what earlier calls have seen may lie
  /// elsewhere by now and is not looked at again. Up to 63 bytes behind its end are read, whatever they hold.
  /// Once it is no longer `more`, the result stays until reset().
  Result scan(std::string_view text);

  std::size_t offset() const { return offset_; }

  void reset() { *this = JsonScanner(); }

 private:
  enum class Kind : std::uint8_t { unknown, nested, number, literal };  // nested: in brackets, or a string
  Result begin(char first);
  Result scan_number(std::string_view text);
  Result scan_literal(std::string_view text);
  Result scan_nested(std::string_view text);
  Result stop(Result result, std::size_t offset);

  Kind kind_ = Kind::unknown;
  Result result_ = Result::more;
  bool in_string_ = false;
  std::size_t depth_ = 0;
  std::size_t offset_ = 0;  // how far the text was scanned
};

}  // namespace postsource

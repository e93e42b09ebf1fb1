#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postsource {

/// The members of an envelope that GraphQL protocols know, as JSON texts: without data() where there is none.
struct JsonMembers {
  std::string_view payload;
  std::string_view errors;
  std::string_view id;
  std::string_view data;
  std::string_view has_next;
  bool empty_object = false;  ///< The value is `{}`, which servers send as a heartbeat.
};

/// Finds the end of a JSON value, and the known members of an object, while its bytes arrive. Shallow: it
/// counts brackets and skips strings, and leaves it to a real parser to judge what stands between them. A
/// member whose name is written with escapes is not recognized; of members of one name the last counts.
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

  /// The members of a complete value in its `text`.
  JsonMembers members(std::string_view text) const;

  void reset() { *this = JsonScanner(); }

 private:
  enum class Kind : std::uint8_t { unknown, object, array, string, number, literal };
  enum class Name : std::uint8_t { payload, errors, id, data, has_next, other };
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  struct Span {
    std::size_t begin = npos;
    std::size_t end = npos;
  };

  Result begin(char first);
  Result scan_number(std::string_view text);
  Result scan_literal(std::string_view text);
  Result scan_nested(std::string_view text);
  Result stop(Result result, std::size_t offset);

  static Name name_of(std::string_view key);
  bool in_members() const { return depth_ == 1 && kind_ == Kind::object; }
  void read_gap(std::string_view text, std::size_t end);
  void open_string(std::size_t at);
  void close_string(std::string_view text, std::size_t at);
  void extend_value(std::size_t begin, std::size_t end);
  void end_member();

  Kind kind_ = Kind::unknown;
  Result result_ = Result::more;
  bool in_string_ = false;
  std::size_t depth_ = 0;
  std::size_t offset_ = 0;  // how far the text was scanned

  // within the outermost object
  bool in_value_ = false;     // the member's colon has come
  bool empty_object_ = true;  // nothing has come
  Name name_ = Name::other;
  std::size_t gap_begin_ = 0;  // behind the last string or bracket: what follows is read with the next one
  std::size_t key_begin_ = 0;
  Span value_;
  std::array<Span, static_cast<std::size_t>(Name::other)> members_;
};

}  // namespace postsource

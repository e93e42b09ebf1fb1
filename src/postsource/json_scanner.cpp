#include "postsource/json_scanner.h"

#include <algorithm>
#include <bit>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace postsource {
namespace {

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// The bytes of a block of 64 that can change the state of a scan, with one bit for each byte.
struct Marks {
  std::uint64_t quotes = 0;
  std::uint64_t backslashes = 0;
  std::uint64_t controls = 0;
  std::uint64_t opening = 0;  // { and [
  std::uint64_t closing = 0;  // } and ]

  void keep(std::uint64_t bits) {
    for (std::uint64_t* marks : {&quotes, &backslashes, &controls, &opening, &closing}) *marks &= bits;
  }
};

#if defined(__wasm_simd128__) || defined(__SSE2__)

#if defined(__wasm_simd128__)
using Vector = v128_t;
Vector load(const char* p) { return wasm_v128_load(p); }
Vector splat(char c) { return wasm_i8x16_splat(c); }
Vector equal(Vector a, Vector b) { return wasm_i8x16_eq(a, b); }
Vector minimum(Vector a, Vector b) { return wasm_u8x16_min(a, b); }
Vector minus(Vector a, Vector b) { return wasm_i8x16_sub(a, b); }
Vector either(Vector a, Vector b) { return wasm_v128_or(a, b); }
bool is_any(Vector found) { return wasm_v128_any_true(found); }
std::uint64_t bits(Vector found) { return wasm_i8x16_bitmask(found); }
#else
using Vector = __m128i;
Vector load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
Vector splat(char c) { return _mm_set1_epi8(c); }
Vector equal(Vector a, Vector b) { return _mm_cmpeq_epi8(a, b); }
Vector minimum(Vector a, Vector b) { return _mm_min_epu8(a, b); }
Vector minus(Vector a, Vector b) { return _mm_sub_epi8(a, b); }
Vector either(Vector a, Vector b) { return _mm_or_si128(a, b); }
bool is_any(Vector found) { return _mm_movemask_epi8(found) != 0; }
std::uint64_t bits(Vector found) { return static_cast<std::uint16_t>(_mm_movemask_epi8(found)); }
#endif

/// 16 bytes, and their distances from `{` with 0x20 set: `[ \ ]` become `{ | }`, three in a row.
struct Bytes {
  Vector bytes;
  Vector distances;

  explicit Bytes(const char* p) : bytes(load(p)), distances(minus(either(bytes, splat(0x20)), splat('{'))) {}

  // a minimum and an equation are cheaper than a comparison of unsigned bytes
  Vector controls() const { return equal(minimum(bytes, splat(0x1F)), bytes); }

  /// All marks, and `|`, which is rare.
  Vector marks() const {
    return either(either(controls(), equal(bytes, splat('"'))),
                  equal(minimum(distances, splat(2)), distances));
  }

  void add_to(Marks& marks, int shift) const {
    marks.quotes |= bits(equal(bytes, splat('"'))) << shift;
    marks.backslashes |= bits(equal(bytes, splat('\\'))) << shift;
    marks.controls |= bits(controls()) << shift;
    marks.opening |= bits(equal(distances, splat(0))) << shift;
    marks.closing |= bits(equal(distances, splat(2))) << shift;
  }
};

/// Whether any of 64 bytes is a mark. Most blocks of a long string have none.
bool has_marks(const char* p) {
  return is_any(either(either(Bytes(p).marks(), Bytes(p + 16).marks()),
                       either(Bytes(p + 32).marks(), Bytes(p + 48).marks())));
}

Marks marks_of(const char* p) {
  Marks marks;
  for (int i = 0; i < 64; i += 16) Bytes(p + i).add_to(marks, i);
  return marks;
}

#else

bool has_marks(const char*) { return true; }

Marks marks_of(const char* p) {
  Marks marks;
  for (int i = 0; i < 64; ++i) {
    const char c = p[i];
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (c == '"') marks.quotes |= bit;
    if (c == '\\') marks.backslashes |= bit;
    if (c == '{' || c == '[') marks.opening |= bit;
    if (c == '}' || c == ']') marks.closing |= bit;
    if (static_cast<unsigned char>(c) < 0x20) marks.controls |= bit;
  }
  return marks;
}

#endif

std::size_t count(std::uint64_t bits) { return static_cast<std::size_t>(std::popcount(bits)); }

/// Sets every bit that follows an odd number of bits, itself included.
std::uint64_t after_odd(std::uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

/// The bytes that a backslash escapes. `is_escaped` says it of the first byte.
std::uint64_t escaped_by(std::uint64_t backslashes, bool is_escaped) {
  std::uint64_t escaped = is_escaped ? 1 : 0;
  backslashes &= ~escaped;
  while (backslashes != 0) {
    const std::uint64_t next = (backslashes & -backslashes) << 1;
    escaped |= next;
    backslashes &= (backslashes - 1) & ~next;
  }
  return escaped;
}

}  // namespace

JsonScanner::Result JsonScanner::scan(std::string_view text) {
  if (result_ != Result::more || text.size() == offset_) return result_;
  if (kind_ == Kind::unknown && begin(text.front()) != Result::more) return result_;
  switch (kind_) {
    case Kind::number:
      return scan_number(text);
    case Kind::literal:
      return scan_literal(text);
    default:
      return scan_nested(text);
  }
}

JsonScanner::Result JsonScanner::begin(char first) {
  switch (first) {
    case '{':
    case '[':
      kind_ = Kind::nested;
      depth_ = 1;
      offset_ = 1;
      break;
    case '"':
      kind_ = Kind::nested;
      in_string_ = true;
      offset_ = 1;
      break;
    case 't':
    case 'f':
    case 'n':
      kind_ = Kind::literal;
      break;
    default:
      if (first != '-' && (first < '0' || first > '9')) return stop(Result::invalid, 0);
      kind_ = Kind::number;
  }
  return Result::more;
}

JsonScanner::Result JsonScanner::stop(Result result, std::size_t offset) {
  offset_ = offset;
  return result_ = result;
}

JsonScanner::Result JsonScanner::scan_number(std::string_view text) {
  while (offset_ < text.size() && is_number_char(text[offset_])) ++offset_;
  if (offset_ == text.size()) return Result::more;
  return stop(is_white_space(text[offset_]) ? Result::complete : Result::invalid, offset_);
}

JsonScanner::Result JsonScanner::scan_literal(std::string_view text) {
  const std::string_view literal = text[0] == 't' ? "true" : text[0] == 'f' ? "false" : "null";
  for (; offset_ < literal.size(); ++offset_) {
    if (offset_ == text.size()) return Result::more;
    if (text[offset_] != literal[offset_]) return stop(Result::invalid, offset_);
  }
  return stop(Result::complete, offset_);
}

/// Scans an object, an array or a string, 64 bytes at a time.
JsonScanner::Result JsonScanner::scan_nested(std::string_view text) {
  for (std::size_t begin = offset_; begin < text.size(); begin += 64) {
    if (!has_marks(text.data() + begin)) continue;
    Marks marks = marks_of(text.data() + begin);
    const std::size_t size = std::min<std::size_t>(text.size() - begin, 64);
    if (size < 64) marks.keep((std::uint64_t{1} << size) - 1);
    const std::uint64_t escaped = escaped_by(marks.backslashes, offset_ > begin);
    const std::uint64_t quotes = marks.quotes & ~escaped;
    const std::uint64_t inside = after_odd(quotes) ^ (in_string_ ? ~std::uint64_t{0} : 0);
    const std::uint64_t opening = marks.opening & ~inside;
    const std::uint64_t closing = marks.closing & ~inside;
    std::uint64_t left = (marks.controls & ~escaped) | (marks.backslashes & ~inside);
    if (count(closing) < depth_) {
      depth_ += count(opening) - count(closing);
    } else {  // the value may end here; a string that is the value has depth 0
      left |= opening | closing | (depth_ == 0 ? quotes : 0);
    }
    in_string_ = inside >> 63 != 0;
    for (; left != 0; left &= left - 1) {
      const std::size_t at = begin + static_cast<std::size_t>(std::countr_zero(left));
      if (!scan_byte(text, at, (inside & left & -left) != 0)) return result_;
    }
    if (((marks.backslashes & ~escaped) >> (size - 1)) == 0) continue;
    // both bytes of an escape at once, when both have arrived
    if (begin + size == text.size()) return stop(Result::more, begin + size - 1);
    offset_ = begin + size + 1;
  }
  offset_ = text.size();
  return Result::more;
}

/// Scans a byte that may end the scan. Returns whether the scan goes on.
bool JsonScanner::scan_byte(std::string_view text, std::size_t at, bool is_in_string) {
  switch (text[at]) {
    case '{':
    case '[':
      ++depth_;
      return true;
    case '}':
    case ']':
      if (--depth_ > 0) return true;
      [[fallthrough]];
    case '"':
      stop(Result::complete, at + 1);
      return false;
    case '\t':
    case '\r':
      if (!is_in_string) return true;
      break;
    case '\n': {
      if (is_in_string) break;
      const std::string_view line = text.substr(at + 1, 2);
      // scanned again when more bytes have arrived
      const bool is_cut_short = line.empty() || line == "-";
      if (line != "--" && !is_cut_short) return true;
      stop(is_cut_short ? Result::more : Result::cut_off, is_cut_short ? at : at + 1);
      return false;
    }
    default:
      break;
  }
  stop(Result::invalid, at);
  return false;
}

}  // namespace postsource

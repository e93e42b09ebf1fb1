#include "postsource/json_scanner.h"

#include <bit>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace postsource {
namespace {

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

bool is_number_char(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Finds every byte that can change the state of a scan, 64 bytes at a time: quotes, backslashes, brackets,
/// braces and control characters. It also finds `|`, which is rare. Reads up to 63 bytes past the end.
class MarkScanner {
 public:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  MarkScanner(const char* data, std::size_t begin, std::size_t end) : data_(data), block_(begin), end_(end) {
    load();
  }

  std::size_t next() {
    while (mask_ == 0) {
      if (end_ - block_ <= 64) return npos;
      block_ += 64;
      load();
    }
    const std::size_t found = block_ + static_cast<std::size_t>(std::countr_zero(mask_));
    mask_ &= mask_ - 1;
    return found;
  }

 private:
  void load() {
    const std::size_t size = end_ - block_;
    if (size == 0) return;
    mask_ = 0;
    for (int i = 0; i < 4; ++i) mask_ |= marks(data_ + block_ + 16 * i) << (16 * i);
    if (size < 64) mask_ &= (std::uint64_t{1} << size) - 1;
  }

  // with 0x20 set, `[ \ ]` become `{ | }`, three in a row
#if defined(__wasm_simd128__)
  static std::uint64_t marks(const char* p) {
    const v128_t bytes = wasm_v128_load(p);
    const v128_t brackets =
        wasm_i8x16_sub(wasm_v128_or(bytes, wasm_u8x16_const_splat(0x20)), wasm_u8x16_const_splat('{'));
    return wasm_i8x16_bitmask(wasm_v128_or(wasm_v128_or(wasm_i8x16_eq(bytes, wasm_i8x16_const_splat('"')),
                                                        wasm_u8x16_lt(bytes, wasm_u8x16_const_splat(0x20))),
                                           wasm_u8x16_lt(brackets, wasm_u8x16_const_splat(3))));
  }
#elif defined(__SSE2__)
  static std::uint64_t marks(const char* p) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
    const __m128i offsets = _mm_sub_epi8(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), _mm_set1_epi8('{'));
    const __m128i brackets = _mm_cmpeq_epi8(_mm_min_epu8(offsets, _mm_set1_epi8(2)), offsets);
    const __m128i found = _mm_or_si128(_mm_or_si128(quotes, controls), brackets);
    return static_cast<std::uint16_t>(_mm_movemask_epi8(found));
  }
#else
  static std::uint64_t marks(const char* p) {
    std::uint64_t mask = 0;
    for (int i = 0; i < 16; ++i) {
      const bool mark = p[i] == '"' || is_control(p[i]) || ((p[i] | 0x20) >= '{' && (p[i] | 0x20) <= '}');
      mask |= std::uint64_t{mark} << i;
    }
    return mask;
  }
#endif

  const char* data_;
  std::size_t block_;
  std::size_t end_;
  std::uint64_t mask_ = 0;
};

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
    case '"':
      kind_ = Kind::nested;
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

/// Scans an object, an array or a string.
JsonScanner::Result JsonScanner::scan_nested(std::string_view text) {
  MarkScanner marks(text.data(), offset_, text.size());
  for (std::size_t at; (at = marks.next()) != MarkScanner::npos;) {
    if (at < offset_) continue;  // escaped
    const char c = text[at];
    if (in_string_) {
      if (c == '"') {
        in_string_ = false;
        if (depth_ == 0) return stop(Result::complete, at + 1);
      } else if (c == '\\') {
        // both bytes at once, when both have arrived
        if (at + 1 == text.size()) return stop(Result::more, at);
        offset_ = at + 2;
      } else if (is_control(c)) {
        return stop(Result::invalid, at);
      }
      continue;
    }
    switch (c) {
      case '"':
        in_string_ = true;
        break;
      case '{':
      case '[':
        ++depth_;
        break;
      case '}':
      case ']':
        if (--depth_ == 0) return stop(Result::complete, at + 1);
        break;
      case '\n': {
        const std::string_view line = text.substr(at + 1, 2);
        if (line == "--") return stop(Result::cut_off, at + 1);
        if (line.empty() || line == "-")
          return stop(Result::more, at);  // scanned again when more bytes have arrived
        break;
      }
      default:
        if (is_control(c) && !is_white_space(c)) return stop(Result::invalid, at);
    }
  }
  offset_ = text.size();
  return Result::more;
}

}  // namespace postsource

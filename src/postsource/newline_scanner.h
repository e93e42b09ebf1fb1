#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#else
#include <cstring>
#endif

namespace postsource {

/// Finds every CR and LF in a range of memory, 64 bytes at a time.
/// Reads up to 63 bytes past the end, whose values do not matter.
class NewlineScanner {
 public:
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  NewlineScanner(const char* data, std::size_t begin, std::size_t end)
      : data_(data), block_(begin), end_(end) {
    load();
  }

  /// Returns the offset of the next CR or LF, or npos. The caller may change bytes before it, but not after
  /// it.
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
    mask_ = newlines(data_ + block_);
    if (size < 64) mask_ &= (std::uint64_t{1} << size) - 1;
  }

#if defined(__wasm_simd128__)
  static std::uint64_t newlines(const char* p) {
    const v128_t a = wasm_v128_load(p), b = wasm_v128_load(p + 16);
    const v128_t c = wasm_v128_load(p + 32), d = wasm_v128_load(p + 48);
    // most blocks lie within a line, where no byte is as small as a line end
    const v128_t smallest = wasm_u8x16_min(wasm_u8x16_min(a, b), wasm_u8x16_min(c, d));
    if (!wasm_v128_any_true(wasm_u8x16_le(smallest, wasm_u8x16_const_splat('\r')))) return 0;
    return bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48;
  }
  static std::uint64_t bits(v128_t bytes) {
    return wasm_i8x16_bitmask(wasm_v128_or(wasm_i8x16_eq(bytes, wasm_i8x16_const_splat('\n')),
                                           wasm_i8x16_eq(bytes, wasm_i8x16_const_splat('\r'))));
  }
#elif defined(__SSE2__)
  static std::uint64_t newlines(const char* p) {
    const auto* blocks = reinterpret_cast<const __m128i*>(p);
    const __m128i a = _mm_loadu_si128(blocks), b = _mm_loadu_si128(blocks + 1);
    const __m128i c = _mm_loadu_si128(blocks + 2), d = _mm_loadu_si128(blocks + 3);
    // most blocks lie within a line, where no byte is as small as a line end
    const __m128i smallest = _mm_min_epu8(_mm_min_epu8(a, b), _mm_min_epu8(c, d));
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(smallest, _mm_set1_epi8('\r')), smallest)) == 0)
      return 0;
    return bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48;
  }
  static std::uint64_t bits(__m128i bytes) {
    const __m128i found =
        _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
    return static_cast<std::uint16_t>(_mm_movemask_epi8(found));
  }
#else
  static std::uint64_t newlines(const char* p) {
    std::uint64_t mask = 0;
    for (int i = 0; i < 64; ++i) mask |= std::uint64_t{p[i] == '\n' || p[i] == '\r'} << i;
    return mask;
  }
#endif

  const char* data_;
  std::size_t block_;
  std::size_t end_;
  std::uint64_t mask_ = 0;
};

}  // namespace postsource

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

namespace postsource {

inline bool is_ascii(std::string_view text) {
  std::size_t i = 0;
#if defined(__wasm_simd128__)
  v128_t seen = wasm_u64x2_const_splat(0);
  for (; i + 64 <= text.size(); i += 64) {
    const char* at = text.data() + i;
    const v128_t first = wasm_v128_or(wasm_v128_load(at), wasm_v128_load(at + 16));
    const v128_t second = wasm_v128_or(wasm_v128_load(at + 32), wasm_v128_load(at + 48));
    seen = wasm_v128_or(seen, wasm_v128_or(first, second));
  }
  for (; i + 16 <= text.size(); i += 16) seen = wasm_v128_or(seen, wasm_v128_load(text.data() + i));
  if (wasm_i8x16_bitmask(seen) != 0) return false;
#endif
  unsigned char rest = 0;
  for (; i < text.size(); ++i) rest |= static_cast<unsigned char>(text[i]);
  return rest < 0x80;
}

/// Returns how many UTF-16 code units `text` has, if it is valid UTF-8: one for every byte that begins a
/// character, and one more for a character of four bytes.
inline std::size_t utf16_length(std::string_view text) {
  std::size_t units = 0;
  std::size_t i = 0;
#if defined(__wasm_simd128__)
  for (; i + 16 <= text.size(); i += 16) {
    const v128_t bytes = wasm_v128_load(text.data() + i);
    const v128_t begins = wasm_i8x16_gt(bytes, wasm_i8x16_const_splat(-65));
    const v128_t four = wasm_u8x16_ge(bytes, wasm_u8x16_const_splat(0xF0));
    units += static_cast<std::size_t>(std::popcount(wasm_i8x16_bitmask(begins)) +
                                      std::popcount(wasm_i8x16_bitmask(four)));
  }
#endif
  for (; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    units += ((byte & 0xC0) != 0x80) + (byte >= 0xF0);
  }
  return units;
}

}  // namespace postsource

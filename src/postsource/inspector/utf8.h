#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postsource {

/// Where the first byte that is not UTF-8 stands, from `from` on, which begins a character; npos where there
/// is none. Of a sequence that is broken off, its first byte.
/// https://encoding.spec.whatwg.org/#utf-8-decoder
std::size_t find_invalid_utf8(std::string_view text, std::size_t from = 0);

/// `text` as a decoder gives it: every maximal piece that is not UTF-8 is one U+FFFD.
std::string decode_utf8(std::string_view text);

/// Puts a `?` in the place of every byte that is not UTF-8: all others stay where they are.
void mask_invalid_utf8(std::string& text);

/// A piece of `text` for people: at most some 40 bytes from its beginning, cut between characters.
std::string excerpt(std::string_view text);

/// An excerpt between backticks.
std::string quote(std::string_view text);

/// The character at the beginning of `text`, for people: `'}'`, `U+0000`, `byte 0xFF` or `the end`.
std::string describe_character(std::string_view text);

}  // namespace postsource

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace postsource {

/// Returns the offset of the first byte that is not UTF-8, or npos. For an incomplete sequence this is its
/// first byte. The search begins at `from`, which must begin a character.
/// https://encoding.spec.whatwg.org/#utf-8-decoder
std::size_t find_invalid_utf8(std::string_view text, std::size_t from = 0);

/// Decodes `text`: every maximal invalid part becomes one U+FFFD.
std::string decode_utf8(std::string_view text);

/// Replaces every byte that is not UTF-8 by a `?`, so that offsets stay the same.
void mask_invalid_utf8(std::string& text);

/// Returns the beginning of `text` for people: about 40 bytes at most, cut between characters.
std::string excerpt(std::string_view text);

/// Returns an excerpt between backticks.
std::string quote(std::string_view text);

/// Describes the character at the beginning of `text` for people: `'}'`, `U+0000`, `byte 0xFF` or `the end`.
std::string describe_character(std::string_view text);

}  // namespace postsource

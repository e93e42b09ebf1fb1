#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

struct Sequence {
  std::size_t size;  // at least 1
  bool valid;
};

/// Reads the beginning of `text`: a character, or the maximal part of an invalid one.
Sequence read_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, true};
  const std::size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0) return {1, false};
  // [spec] no overlong form, no surrogate, nothing beyond U+10FFFF; the second byte decides
  unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < lowest || byte(i) > highest) return {i, false};
    lowest = 0x80;
    highest = 0xBF;
  }
  return {length, true};
}

std::string hexadecimal(unsigned value, int digits) {
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += "0123456789ABCDEF"[(value >> (4 * i)) & 0xF];
  return text;
}

}  // namespace

std::size_t find_invalid_utf8(std::string_view text, std::size_t from) {
  while (from < text.size()) {
    const Sequence sequence = read_sequence(text.substr(from));
    if (!sequence.valid) return from;
    from += sequence.size;
  }
  return text.npos;
}

std::string decode_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t bad; (bad = find_invalid_utf8(text)) != text.npos;) {
    out += text.substr(0, bad);
    out += "\xEF\xBF\xBD";
    text.remove_prefix(bad + read_sequence(text.substr(bad)).size);
  }
  out += text;
  return out;
}

void mask_invalid_utf8(std::string& text) {
  for (std::size_t bad = 0; (bad = find_invalid_utf8(text, bad)) != text.npos;) {
    const std::size_t end = bad + read_sequence(std::string_view(text).substr(bad)).size;
    for (; bad < end; ++bad) text[bad] = '?';
  }
}

std::string excerpt(std::string_view text) {
  constexpr std::size_t kMost = 40;
  if (text.size() <= kMost) return decode_utf8(text);
  std::size_t end = kMost;
  while (end > kMost - 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return decode_utf8(text.substr(0, end)) + "…";
}

std::string quote(std::string_view text) { return "`" + excerpt(text) + "`"; }

std::string describe_character(std::string_view text) {
  if (text.empty()) return "the end";
  const Sequence sequence = read_sequence(text);
  const auto lead = static_cast<unsigned char>(text.front());
  if (!sequence.valid) return "byte 0x" + hexadecimal(lead, 2);
  if (lead < 0x20 || lead == 0x7F) return "U+" + hexadecimal(lead, 4);
  if (text.starts_with("\xEF\xBB\xBF")) return "U+FEFF";
  return "'" + std::string(text.substr(0, sequence.size)) + "'";
}

}  // namespace postsource

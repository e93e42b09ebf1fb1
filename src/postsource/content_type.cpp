#include "postsource/content_type.h"

#include <algorithm>
#include <utility>

namespace postsource {
namespace {

constexpr char kDefaultBoundary = '-';

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// Removes and returns what precedes the first of `ends`, or everything.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const std::string_view taken = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(taken.size());
  return taken;
}

/// Reads the value of a parameter, which follows its `=`.
std::string take_value(std::string_view& text) {
  text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
  if (!text.starts_with('"')) return std::string(trim(take_until(text, ";,")));

  // [spec] quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
  text.remove_prefix(1);
  std::string value;
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\' && text.size() > 1) text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  take_until(text, ";,");
  return value;
}

std::string_view essence(std::string_view value) { return trim(take_until(value, ";,")); }

}  // namespace

ContentType parse_content_type(std::string_view value) {
  ContentType type{.essence = std::string(essence(value)), .boundary = parse_boundary(value)};
  std::transform(type.essence.begin(), type.essence.end(), type.essence.begin(), lower);
  return type;
}

std::string parse_boundary(std::string_view value) {
  std::string boundary;
  take_until(value, ";,");
  while (value.starts_with(';')) {
    value.remove_prefix(1);
    const std::string_view name = trim(take_until(value, "=;,"));
    if (!value.starts_with('=')) continue;
    value.remove_prefix(1);
    std::string parameter = take_value(value);
    if (boundary.empty() && equals_ignoring_case(name, "boundary")) boundary = std::move(parameter);
  }
  // [spec] a boundary does not end in white space: white space there is padding
  boundary.erase(boundary.find_last_not_of(" \t") + 1);
  if (boundary.empty()) boundary += kDefaultBoundary;
  return boundary;
}

bool is_json_type(std::string_view value) {
  const std::string_view type = essence(value);
  if (equals_ignoring_case(type, "application/json") || equals_ignoring_case(type, "text/json")) return true;
  constexpr std::string_view kSuffix = "+json";
  return type.find('/') != type.npos && type.size() >= kSuffix.size() &&
         equals_ignoring_case(type.substr(type.size() - kSuffix.size()), kSuffix);
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const std::size_t begin = std::min(text.size(), text.find_first_not_of(kWhiteSpace));
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) + 1 - begin);
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace postsource

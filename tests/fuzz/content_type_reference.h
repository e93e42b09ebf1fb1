#pragma once

#include <string>
#include <string_view>

#include "postsource/content_type.h"

namespace postsource::reference {

inline std::string lower_trimmed(std::string text) {
  constexpr const char* kWhiteSpace = " \t\r\n";
  text.erase(text.find_last_not_of(kWhiteSpace) + 1);
  text.erase(0, text.find_first_not_of(kWhiteSpace));
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return text;
}

/// Reads a Content-Type character by character, one state for each rule of the grammar:
/// https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1, and the rules of parse_content_type() beyond it.
inline ContentType read_content_type(std::string_view header) {
  enum class State { type, name, before_value, token, quoted_string, quoted_pair, behind_quotes };
  State state = State::type;
  std::string type, name, value, boundary;
  const auto end_parameter = [&] {
    if (state == State::token) value.erase(value.find_last_not_of(" \t\r\n") + 1);
    if (state == State::token) value.erase(0, value.find_first_not_of("\r\n \t"));
    if (state == State::quoted_pair) value += '\\';
    if (boundary.empty() && lower_trimmed(name) == "boundary") boundary = value;
    name.clear();
    value.clear();
  };
  for (const char c : header) {
    const bool in_quotes = state == State::quoted_string || state == State::quoted_pair;
    if (!in_quotes && (c == ';' || c == ',')) {
      end_parameter();
      state = State::name;
      if (c == ',') break;
      continue;
    }
    switch (state) {
      case State::type:
        type += c;
        break;
      case State::name:
        if (c == '=') {
          state = State::before_value;
        } else {
          name += c;
        }
        break;
      case State::before_value:
        if (c == ' ' || c == '\t') break;
        state = c == '"' ? State::quoted_string : State::token;
        if (c != '"') value += c;
        break;
      case State::token:
        value += c;
        break;
      case State::quoted_string:
        if (c == '"') {
          state = State::behind_quotes;
        } else if (c == '\\') {
          state = State::quoted_pair;
        } else {
          value += c;
        }
        break;
      case State::quoted_pair:
        value += c;
        state = State::quoted_string;
        break;
      case State::behind_quotes:
        break;
    }
  }
  end_parameter();
  while (boundary.ends_with(' ') || boundary.ends_with('\t')) boundary.pop_back();
  return {.essence = lower_trimmed(type), .boundary = boundary.empty() ? "-" : boundary};
}

inline bool is_json_type(std::string_view header) {
  const std::string type = read_content_type(header).essence;
  const bool has_suffix = type.find('/') != type.npos && type.ends_with("+json");
  return type == "application/json" || type == "text/json" || has_suffix;
}

}  // namespace postsource::reference

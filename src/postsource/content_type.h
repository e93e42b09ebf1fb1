#pragma once

#include <string>
#include <string_view>

namespace postsource {

/// What a `Content-Type` header says, as far as reading a stream needs it.
struct ContentType {
  std::string essence;   ///< `type/subtype` in lower case, without parameters.
  std::string boundary;  ///< Of a multipart body; `-` where the header names none, as servers of GraphQL do.
};

/// Reads the value of a `Content-Type` header. Nothing in it is an error: what cannot be read is absent.
/// Of a list (servers have sent their own `Accept` back) the first entry counts.
/// https://www.rfc-editor.org/rfc/rfc9110#section-8.3
ContentType parse_content_type(std::string_view value);

/// Its boundary alone.
std::string parse_boundary(std::string_view value);

/// Whether the value of a `Content-Type` header names JSON: `application/json`, `text/json`, or any `+json`.
/// https://mimesniff.spec.whatwg.org/#json-mime-type
bool is_json_type(std::string_view value);

/// `text` without the white space around it: space, tab, CR and LF.
std::string_view trim(std::string_view text);

/// Whether the two are the same but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace postsource

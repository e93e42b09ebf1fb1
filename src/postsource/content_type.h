#pragma once

#include <string>
#include <string_view>

namespace postsource {

/// The parts of a `Content-Type` header that the parsers need.
struct ContentType {
  std::string essence;   ///< `type/subtype` in lower case, without parameters.
  std::string boundary;  ///< Of a multipart body; `-`, as GraphQL servers use it, if the header names none.
};

/// Reads the value of a `Content-Type` header. Never fails: a part that cannot be read is empty. If the value
/// is a list, which some servers copy from the request's `Accept`, the first entry counts.
/// https://www.rfc-editor.org/rfc/rfc9110#section-8.3
ContentType parse_content_type(std::string_view value);

/// Returns the boundary of parse_content_type(value).
std::string parse_boundary(std::string_view value);

/// Whether the value of a `Content-Type` header names JSON: `application/json`, `text/json`, or any `+json`.
/// https://mimesniff.spec.whatwg.org/#json-mime-type
bool is_json_type(std::string_view value);

/// Returns `text` without leading and trailing spaces, tabs, CRs and LFs.
std::string_view trim(std::string_view text);

/// Whether the two are equal, ignoring the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace postsource

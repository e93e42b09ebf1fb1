#include "postsource/inspector/response.h"

#include <algorithm>

#include "postsource/content_type.h"

namespace postsource {
namespace {

/// Returns the value of a header that occurs once, or null if there is none.
const std::string* find_header(const Context& context, std::string_view name) {
  if (!context.headers) return nullptr;
  const auto found = std::ranges::find_if(
      *context.headers, [&](const auto& header) { return equals_ignoring_case(header.first, name); });
  return found == context.headers->end() ? nullptr : &found->second;
}

/// [spec] the values of the field lines with its name, in order, each separated from the next by a comma
std::string combined(const Context& context, std::string_view name) {
  std::string value;
  for (const auto& [other, line] : *context.headers) {
    if (equals_ignoring_case(other, name)) value += (value.empty() ? "" : ", ") + line;
  }
  return value;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return text;
}

void judge_status(const Context& context, const std::string& essence, Findings& findings) {
  if (context.status == 0 || context.status == 200) return;
  const std::string found = std::to_string(context.status);
  const bool is_graphql = context.protocol == Context::Protocol::graphql;
  const bool is_plain_stream = essence == "text/event-stream" && !is_graphql;
  if (context.status == 204 && !is_graphql) {
    findings.add("no-content", {}, "200 as long as there is a stream", found);
  } else if (context.status == 204 || is_plain_stream || essence.empty()) {
    findings.add("status", {}, "200", found);
  } else {
    findings.add("status-of-result", {}, "200", found);
  }
}

void judge_boundary(const Context& context, Findings& findings) {
  const std::string boundary = find_parameter(context.content_type, "boundary");
  if (boundary.empty()) {
    findings.add("boundary-parameter", {}, "boundary=...", context.content_type);
    return;
  }
  // [spec] bchars
  const auto is_allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
  };
  if (boundary.size() > 70 || boundary.back() == ' ' || !std::ranges::all_of(boundary, is_allowed)) {
    findings.add("boundary-syntax", {}, "1 to 70 of the characters allowed", boundary);
  }
}

/// Judges headers that make proxies or caches delay or replace a stream.
void judge_way(const Context& context, Findings& findings) {
  if (!context.headers) return;
  const bool is_cacheable = context.method.empty() || equals_ignoring_case(context.method, "GET");
  if (is_cacheable) {
    const std::string control = combined(context, "cache-control");
    const std::string value = lower(control);
    if (value.find("no-store") == value.npos && value.find("no-cache") == value.npos) {
      findings.add("cache-control", {}, "no-store or no-cache", control.empty() ? "none" : control);
    }
  }
  const std::string* encoding = find_header(context, "content-encoding");
  // `none` is no registered coding, but servers send it to keep proxies from compressing
  const auto says = [&](std::string_view name) { return equals_ignoring_case(trim(*encoding), name); };
  if (encoding != nullptr && !says("identity") && !says("none")) {
    findings.add("content-encoding", {}, "no such header", *encoding);
  }
  const std::string* length = find_header(context, "content-length");
  if (length != nullptr) findings.add("content-length", {}, "no such header", *length);
}

}  // namespace

Context with_content_type(Context context) {
  const std::string* header = find_header(context, "content-type");
  if (context.content_type.empty() && header != nullptr) context.content_type = *header;
  return context;
}

void judge_response(const Context& context, Findings& findings) {
  const std::string& type = context.content_type;
  const std::string essence = parse_content_type(type).essence;
  judge_status(context, essence, findings);
  const bool is_events = essence == "text/event-stream";
  const bool is_multipart = essence == "multipart/mixed";
  if (context.status == 204 && type.empty()) return;
  if (!is_events && !is_multipart && !is_json_type(essence)) {
    findings.add("content-type", {}, "text/event-stream, multipart/mixed or JSON",
                 type.empty() ? "none" : type);
    return;
  }
  const std::size_t last_quote = type.rfind('"');
  if (type.find(',', last_quote == type.npos ? 0 : last_quote) != type.npos) {
    findings.add("content-type-list", {}, "one type", type);
  }
  const std::string charset = find_parameter(type, "charset");
  if (is_events && !charset.empty() && !equals_ignoring_case(charset, "utf-8")) {
    findings.add("charset", {}, "utf-8", charset);
  }
  if (is_multipart) judge_boundary(context, findings);
  if (is_events || is_multipart) judge_way(context, findings);
}

std::string find_parameter(std::string_view content_type, std::string_view name) {
  while (!content_type.empty()) {
    content_type.remove_prefix(std::min(content_type.size(), content_type.find(';')));
    if (content_type.empty()) break;
    content_type.remove_prefix(1);
    const std::size_t equals = content_type.find('=');
    if (equals == content_type.npos) break;
    const std::string_view found = trim(content_type.substr(0, equals));
    if (!equals_ignoring_case(found, name)) continue;
    std::string_view value = trim(content_type.substr(equals + 1));
    if (value.starts_with('"')) return std::string(value.substr(1, value.find('"', 1) - 1));
    return std::string(trim(value.substr(0, value.find_first_of(";,"))));
  }
  return {};
}

}  // namespace postsource

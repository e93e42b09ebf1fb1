#include "postsource/inspector/inspector_json.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "postsource/content_type.h"
#include "postsource/inspector/json_document.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

/// Writes an object, member by member, in the order of the calls.
class ObjectWriter {
 public:
  void text(std::string_view name, std::string_view value) {
    begin(name);
    write_string(value);
  }
  void number(std::string_view name, double value) {
    begin(name);
    // microseconds are precise enough
    constexpr double kFurthest = 9e15;
    const auto thousandths =
        static_cast<long long>(std::llround(std::fmin(std::fmax(value * 1000, -kFurthest), kFurthest)));
    out_ += (thousandths < 0 ? "-" : "") + std::to_string(std::abs(thousandths) / 1000);
    const int rest = static_cast<int>(std::abs(thousandths % 1000));
    if (rest == 0) return;
    std::string digits = std::to_string(1000 + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    out_ += "." + digits;
  }
  void whole(std::string_view name, std::uint64_t value) { json(name, std::to_string(value)); }
  void json(std::string_view name, std::string_view text) {
    begin(name);
    out_ += text;
  }
  std::string take() { return std::move(out_) + "}"; }

 private:
  void begin(std::string_view name) {
    out_ += out_.empty() ? '{' : ',';
    write_string(name);
    out_ += ':';
  }
  void write_string(std::string_view value) {
    out_ += '"';
    for (const char c : decode_utf8(value)) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (byte < 0x20) {
        constexpr std::string_view kDigits = "0123456789abcdef";
        out_ += "\\u00";
        out_ += kDigits[byte >> 4];
        out_ += kDigits[byte & 15];
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string out_;
};

std::string to_json(const Finding& finding) {
  ObjectWriter out;
  out.text("severity", name_of(finding.rule->severity));
  out.text("rule", finding.rule->id);
  out.text("standard", finding.rule->standard);
  if (finding.byte) out.whole("byte", *finding.byte);
  if (!finding.expected.empty()) out.text("expected", finding.expected);
  if (!finding.found.empty()) out.text("found", finding.found);
  out.text("message", finding.message);
  return out.take();
}

}  // namespace

std::string compact_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) continue;
    out += c;
    if (in_string && c == '\\' && i + 1 < json.size()) {
      out += json[++i];
    } else if (c == '"') {
      in_string = !in_string;
    }
  }
  return decode_utf8(out);
}

std::string to_json(const Message& message) {
  ObjectWriter out;
  out.whole("number", message.number);
  out.text("kind", name_of(message.kind));
  out.whole("begin", message.begin);
  out.whole("end", message.end);
  out.whole("size", message.end - message.begin);
  out.number("time", message.time_ms);
  if (message.part != 0) out.whole("part", message.part);
  if (message.event) out.text("event", *message.event);
  if (message.id) out.text("id", *message.id);
  if (message.retry) out.text("retry", *message.retry);
  if (message.operation) out.text("operation", *message.operation);
  if (!message.headers.empty()) out.text("headers", message.headers);
  if (message.is_json) {
    out.json("payload", compact_json(message.payload));
  } else if (!message.payload.empty() || message.kind == Message::Kind::comment) {
    out.text("text", message.payload);
  }
  std::string findings = "[";
  for (const Finding& finding : message.findings) {
    if (findings.size() > 1) findings += ',';
    findings += to_json(finding);
  }
  out.json("findings", findings + "]");
  return out.take();
}

std::string to_json(const Rule& rule) {
  ObjectWriter out;
  out.text("rule", rule.id);
  out.text("severity", name_of(rule.severity));
  out.json("once", rule.once ? "true" : "false");
  out.text("standard", rule.standard);
  out.text("sentence", rule.sentence);
  return out.take();
}

namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Reads headers from an object or a list of pairs. Returns nothing if there are none.
std::optional<Headers> read_headers(const JsonDocument& document, const JsonNode* list) {
  using Kind = JsonNode::Kind;
  if (list == nullptr || (list->kind != Kind::object && list->kind != Kind::list)) return {};
  Headers headers;
  for (const JsonNode* header : document.children(*list)) {
    const auto pair = document.children(*header);
    if (list->kind == Kind::object) {
      headers.emplace_back(header->key, header->string);
    } else if (pair.size() == 2) {
      headers.emplace_back(pair[0]->string, pair[1]->string);
    }
  }
  return headers;
}

}  // namespace

std::optional<Context> context_from_json(std::string_view text) {
  using Kind = JsonNode::Kind;
  const Text copy{.bytes = std::string(text), .source = {}};
  const JsonDocument document(copy, nullptr, JsonDocument::Detail::all);
  if (!document.valid() || document.root().kind != Kind::object) return {};
  const auto string = [&](std::string_view name) {
    const JsonNode* found = document.member(document.root(), name);
    return found == nullptr ? std::string() : found->string;
  };
  const auto number = [&](std::string_view name) -> std::optional<double> {
    const JsonNode* found = document.member(document.root(), name);
    if (found == nullptr || found->kind != Kind::number) return {};
    return std::strtod(std::string(document.text(*found)).c_str(), nullptr);
  };
  Context context;
  context.content_type = string("contentType");
  const double status = number("status").value_or(0);
  context.status = status > 0 && status < 1000 ? static_cast<int>(status) : 0;
  context.method = string("method");
  const std::string protocol = string("protocol");
  if (protocol == "plain") context.protocol = Context::Protocol::plain;
  if (protocol == "graphql") context.protocol = Context::Protocol::graphql;
  context.opened_ms = number("openedAt");
  const auto most = number("maxMessageBytes");
  if (most && *most >= 1) context.max_message_bytes = static_cast<std::size_t>(std::min(*most, 1e9));
  context.keep_alive_ms = number("keepAliveMs").value_or(context.keep_alive_ms);

  const auto headers = [&](std::string_view name) {
    return read_headers(document, document.member(document.root(), name));
  };
  for (const auto& [name, value] : headers("requestHeaders").value_or(Headers())) {
    if (equals_ignoring_case(name, "accept")) context.accept = value;
  }
  context.headers = headers("headers");
  return context;
}

}  // namespace postsource

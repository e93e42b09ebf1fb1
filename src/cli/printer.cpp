#include "printer.h"

#include <string>
#include <string_view>
#include <utility>

#include "postsource/inspector/inspector_json.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

constexpr std::size_t kLongestPayload = 2000;

/// Returns how many bytes the control character at `i` has, or 0 if there is none.
std::size_t control_size(std::string_view text, std::size_t i) {
  const auto byte = static_cast<unsigned char>(text[i]);
  if (byte < 0x20 || byte == 0x7F) return 1;
  return byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0 ? 2 : 0;
}

/// Replaces control characters by JSON escapes, so that a stream cannot control the terminal. `text` must be
/// valid UTF-8.
std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t size = control_size(text, i);
    if (size == 0) {
      out += text[i];
    } else if (text[i] == '\n') {
      out += "\\n";
    } else if (text[i] == '\r') {
      out += "\\r";
    } else {
      i += size - 1;
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(text[i]));
    }
  }
  return out;
}

std::string printable(std::string_view text) {
  std::string out = visible(decode_utf8(text.substr(0, kLongestPayload)));
  if (text.size() > kLongestPayload) out += fmt::format(" … {} bytes in all", text.size());
  return out;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace

fmt::text_style Printer::style_of(Severity severity) const {
  switch (severity) {
    case Severity::error:
      return style(fmt::fg(fmt::terminal_color::red) | fmt::emphasis::bold);
    case Severity::warning:
      return style(fmt::fg(fmt::terminal_color::yellow));
    case Severity::note:
      break;
  }
  return style(fmt::fg(fmt::terminal_color::cyan));
}

void Printer::print(Message message) {
  const bool is_said = message.kind != Message::Kind::response && message.kind != Message::Kind::end;
  if (is_said) ++messages_;
  for (const Finding& finding : message.findings) ++counts_[static_cast<std::size_t>(finding.rule->severity)];
  if (!options_.has_findings) {
    if (!is_said) return;
    message.findings.clear();
  }
  if (options_.format == Format::json) {
    fmt::print("{}\n", with_connection(visible(to_json(message))));
  } else if (is_said || !message.findings.empty()) {
    print_line(message);
    for (const Finding& finding : message.findings) print_finding(finding);
  }
  std::fflush(stdout);
}

std::string Printer::with_connection(std::string json) const {
  if (connection_ < 2) return json;
  json.pop_back();
  return fmt::format("{},\"connection\":{}}}", json, connection_);
}

void Printer::print_line(const Message& message) const {
  const auto faint = style(fmt::emphasis::faint);
  if (connection_ > 1) fmt::print(faint, "{:>2}/", connection_);
  fmt::print(faint, "{:>4} {:>10.3f} s {:>8} B  ", message.number, message.time_ms / 1000,
             message.end - message.begin);
  fmt::print(style(fmt::emphasis::bold), "{}", name_of(message.kind));
  if (message.part != 0) fmt::print(" part {}", message.part);
  if (message.event) fmt::print(" {}", printable(*message.event));
  if (message.id) fmt::print(faint, " id {}", printable(*message.id));
  if (message.retry) fmt::print(faint, " retry {}", printable(*message.retry));
  if (message.operation) fmt::print(faint, " operation {}", printable(*message.operation));
  const std::string payload = message.is_json ? compact_json(message.payload) : message.payload;
  if (!payload.empty()) fmt::print("  {}", printable(payload));
  fmt::print("\n");
}

void Printer::print_finding(const Finding& finding) const {
  const Rule& rule = *finding.rule;
  fmt::print("     ");
  fmt::print(style_of(rule.severity), "{} {}", name_of(rule.severity), rule.id);
  if (finding.byte) fmt::print(" at byte {}", *finding.byte);
  fmt::print(": {}\n", printable(finding.message));
  const auto faint = style(fmt::emphasis::faint);
  if (!finding.expected.empty() || !finding.found.empty()) {
    fmt::print(faint, "       expected {}, found {}\n", printable(finding.expected),
               printable(finding.found));
  }
  fmt::print(faint, "       {}\n", rule.standard);
}

void Printer::print_summary(std::FILE* out) const {
  fmt::print(out, "{} in {}: {}, {}, {}\n", counted(messages_, "message"), counted(bytes_, "byte"),
             counted(count(Severity::error), "error"), counted(count(Severity::warning), "warning"),
             counted(count(Severity::note), "note"));
}

void Printer::print_rules() const {
  for (const Rule& rule : kRules) {
    if (options_.format == Format::json) {
      fmt::print("{}\n", to_json(rule));
      continue;
    }
    fmt::print(style_of(rule.severity), "{:<7} {}", name_of(rule.severity), rule.id);
    fmt::print("\n        {}\n", rule.sentence);
    fmt::print(style(fmt::emphasis::faint), "        {}\n", rule.standard);
  }
}

}  // namespace postsource

#include "postsource/inspector/multipart_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "postsource/content_type.h"
#include "postsource/inspector/response.h"
#include "postsource/inspector/utf8.h"
#include "postsource/part_headers.h"

namespace postsource {
namespace {

constexpr double kLateMs = 100;
constexpr std::size_t kMostOutside = 4096;   // how much of a preamble or epilogue is shown
constexpr std::size_t kMostWhiteSpace = 64;  // that a Content-Length may count after a value

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

MultipartOptions options_of(const Context& context) {
  return {.max_message_bytes = context.max_message_bytes,
          .json_by_default = context.protocol != Context::Protocol::plain};
}

RuleRef rule_of(MultipartRule rule) {
  constexpr std::array<RuleRef, 8> kOf = {"json-syntax",     "delimiter-line", "header-line",
                                          "header-size",     "message-size",   "json-syntax",
                                          "json-incomplete", "json-trailing"};
  return kOf[static_cast<std::size_t>(rule)];
}

std::string_view expected_by(MultipartRule rule) {
  constexpr std::array<std::string_view, 8> kBy = {"",
                                                   "the end of the line",
                                                   "a name and a colon",
                                                   "smaller headers",
                                                   "a smaller body",
                                                   "a JSON value",
                                                   "the rest of the JSON value",
                                                   "the next delimiter"};
  return kBy[static_cast<std::size_t>(rule)];
}

}  // namespace

MultipartReader::MultipartReader(Journal& journal, const Context& context)
    : journal_(&journal),
      dash_boundary_("--" + parse_content_type(context.content_type).boundary),
      options_(options_of(context)),
      parser_(workspace_, std::string_view(dash_boundary_).substr(2), options_),
      graphql_(journal, context) {}

void MultipartReader::feed(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size() && !failed_; ++i, ++at_) read(bytes[i]);
}

void MultipartReader::read(char c) {
  const auto delimiter = match_delimiter(c);
  if (delimiter) read_delimiter(*delimiter);

  events_.clear();
  const bool was_closed = closed_;
  const Status status = parser_.feed({&c, 1}, events_);
  for (const MultipartEvent& event : events_) report(event);
  if (delimiter) {
    delimiter_begin_ = delimiter->begin;
    is_delimiter_ = true;
  } else if (closed_ ? was_closed : !delimiter_begin_) {
    watch_outside(c);
  }
  watch_line(c);
  if (status != Status::ok) fail();
}

/// Reports a delimiter. `c` is the byte that confirmed it.
std::optional<MultipartReader::Delimiter> MultipartReader::match_delimiter(char c) const {
  if (is_delimiter_ || !line_.starts_with(dash_boundary_)) return {};
  const std::string_view rest = std::string_view(line_).substr(dash_boundary_.size());
  if (rest.empty() && is_white_space(c)) return Delimiter{.begin = line_begin_, .is_close = false};
  if (rest == "-" && c == '-') return Delimiter{.begin = line_begin_, .is_close = true};
  return {};
}

void MultipartReader::read_delimiter(const Delimiter& delimiter) {
  Findings& findings = journal_->findings;
  const double late = value_ms_ ? boundary_ms_ - *value_ms_ : 0;
  if (late > kLateMs) {
    findings.add("delimiter-late", delimiter.begin, "the delimiter with its part",
                 std::to_string(static_cast<long long>(late)) + " ms after it");
  }
  value_ms_.reset();
  if (closed_) {
    outside_.clear();
  } else if (!delimiter_begin_) {
    report_preamble(delimiter.begin);
  } else if (delimiter.begin == delimiter_end_) {
    findings.add("part-empty", delimiter.begin, "a part", "another delimiter");
  }
}

/// Reports the preamble. The first delimiter begins at `end`.
void MultipartReader::report_preamble(Offset end) {
  outside_.resize(static_cast<std::size_t>(std::min<Offset>(end, outside_.size())));
  const std::string preamble(trim(outside_));
  const std::size_t begin = outside_.find_first_not_of(" \t\r\n");
  outside_.clear();
  if (preamble.empty()) return;
  journal_->findings.add("preamble", begin, "the delimiter " + dash_boundary_, excerpt(preamble));
  journal_->report(
      {.kind = Message::Kind::preamble, .begin = begin, .end = begin + preamble.size(), .payload = preamble});
}

void MultipartReader::report_missing_delimiter() {
  const std::string_view found = trim(outside_);
  const std::size_t begin = found.empty() ? 0 : outside_.find_first_not_of(" \t\r\n");
  journal_->findings.add("no-delimiter", begin, "the delimiter " + dash_boundary_,
                         found.empty() ? "nothing" : excerpt(found));
}

void MultipartReader::watch_line(char c) {
  if (c != '\n') {
    if (line_.size() <= dash_boundary_.size() + 1) line_ += c;
    if (line_.size() == dash_boundary_.size()) boundary_ms_ = journal_->now();
    last_ = c;
    return;
  }
  if (is_delimiter_) {
    delimiter_end_ = at_ + 1;
    // bytes after a close delimiter have none
    if (line_.ends_with("--") && line_.size() > dash_boundary_.size() + 1) delimiter_begin_ = delimiter_end_;
    if (last_ != '\r' && !closed_) journal_->findings.add("line-end", at_, "CR LF", "LF");
  }
  is_delimiter_ = false;
  line_.clear();
  line_begin_ = at_ + 1;
  last_ = c;
}

/// Keeps bytes outside of the parts.
void MultipartReader::watch_outside(char c) {
  if (outside_.empty() && closed_ && is_white_space(c)) return;
  if (outside_.empty()) outside_begin_ = at_;
  if (outside_.size() < kMostOutside) outside_ += c;
  if (!is_white_space(c)) outside_end_ = at_ + 1;
}

void MultipartReader::report(const MultipartEvent& event) {
  Message message;
  if (event.kind == MultipartEvent::Kind::end) {
    closed_ = true;
    outside_.clear();
    message.kind = Message::Kind::complete;
    message.begin = line_begin_;
    message.end = at_ + 1;
    graphql_.complete(line_begin_);
    journal_->report(std::move(message));
    return;
  }
  message.kind = Message::Kind::part;
  message.part = ++parts_;
  if (std::exchange(closed_, false)) {
    outside_.clear();
    journal_->findings.add("part-after-close", delimiter_begin_, "the end of the body", "another part");
    graphql_.reopen();
  }
  message.begin = delimiter_begin_.value_or(0);
  message.headers = event.headers;
  message.payload = event.body;

  // headers, blank line and body are contiguous, from the end of the delimiter line on
  const auto before_body = static_cast<std::size_t>(event.body.data() - event.headers.data());
  const std::string_view between(event.headers.data() + event.headers.size(),
                                 before_body - event.headers.size());
  const std::size_t blank_line = std::min(between.size(), between.find('\n') + 1);
  const Offset body_begin = delimiter_end_ + before_body;
  message.end = body_begin + event.body.size();
  const std::size_t least = between.size() - blank_line + event.body.size();
  judge_headers(event, least, event.is_json ? least + kMostWhiteSpace : least);
  if (event.is_json) {
    value_ms_ = journal_->now();
    Text text{.bytes = message.payload, .source = {}};
    text.source.append(0, body_begin);
    const std::size_t bad = find_invalid_utf8(text.bytes);
    if (bad != text.bytes.npos) {
      journal_->findings.add("json-utf-8", body_begin + bad, "UTF-8",
                             describe_character(std::string_view(text.bytes).substr(bad)));
    }
    graphql_.read(message, text);
  }
  journal_->report(std::move(message));
}

void MultipartReader::judge_headers(const MultipartEvent& event, std::size_t least, std::size_t most) {
  Findings& findings = journal_->findings;
  const auto place = [&](std::string_view value) {
    return delimiter_end_ + static_cast<Offset>(value.data() - event.headers.data());
  };
  const std::string_view type = find_header(event.headers, "content-type");
  // other content types are fine unless the parts are declared to be GraphQL
  const bool is_graphql = graphql_.is_declared() || type.empty() || trim(event.body).starts_with('{');
  if (options_.json_by_default && is_graphql && !is_json_type(type)) {
    findings.add("part-content-type", type.empty() ? delimiter_end_ : place(type), "application/json",
                 type.empty() ? "none" : excerpt(type));
  }
  const std::string_view length = find_header(event.headers, "content-length");
  if (length.empty()) return;
  std::size_t bytes = 0;
  const auto [stop, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (error != std::errc() || stop != length.data() + length.size() || bytes < least || bytes > most) {
    findings.add("part-content-length", place(length), std::to_string(least), excerpt(length));
  }
}

void MultipartReader::fail() {
  failed_ = true;
  const MultipartFailure& failure = parser_.failure();
  const char byte = static_cast<char>(failure.byte);
  const std::string found = describe_character({&byte, 1});
  std::string message;
  if (failure.rule == MultipartRule::json_end) {
    message = "part " + std::to_string(failure.part) + ": byte " + std::to_string(failure.offset) +
              ": unexpected " + found + " after the JSON value";
  }
  journal_->findings.add(rule_of(failure.rule), failure.stream_offset, std::string(expected_by(failure.rule)),
                         found, std::move(message));
  journal_->report({.kind = Message::Kind::stopped,
                    .begin = delimiter_begin_.value_or(0),
                    .end = failure.stream_offset + 1,
                    .part = failure.part});
}

void MultipartReader::finish() {
  Findings& findings = journal_->findings;
  switch (parser_.finish()) {
    case MultipartEnd::closed:
      if (outside_.empty()) break;
      findings.add("epilogue", outside_begin_, "nothing", excerpt(outside_));
      journal_->report({.kind = Message::Kind::epilogue,
                        .begin = outside_begin_,
                        .end = outside_end_,
                        .payload = outside_});
      break;
    case MultipartEnd::no_parts:
      report_missing_delimiter();
      break;
    case MultipartEnd::truncated:
      findings.add("part-incomplete", at_, "the rest of the part", "the end of the stream");
      journal_->report({.kind = Message::Kind::truncated,
                        .begin = delimiter_begin_.value_or(0),
                        .end = at_,
                        .part = parts_ + 1});
      [[fallthrough]];
    case MultipartEnd::unclosed:
      findings.add("close-delimiter", at_, dash_boundary_ + "--", "the end of the stream");
      break;
    case MultipartEnd::failed:
      return;
  }
  graphql_.end();
}

}  // namespace postsource

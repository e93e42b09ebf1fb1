#include "postsource/inspector/sse_reader.h"

#include <algorithm>

#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kMostIds = 4096;  // how many ids are compared
constexpr std::size_t kLongestId = 256;

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void SseReader::feed(std::string_view bytes) {
  while (!bytes.empty() && !stopped_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      line_begin_ = ++at_;
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view piece = bytes.substr(0, end);
    if (!append(piece)) return;
    bytes.remove_prefix(piece.size());
    if (bytes.empty()) return;
    after_cr_ = bytes.front() == '\r';
    end_line();
    bytes.remove_prefix(1);
    line_begin_ = ++at_;
  }
}

/// Appends a piece of the line, unless the message would become too large.
bool SseReader::append(std::string_view piece) {
  if (piece.empty()) return true;
  const Offset begin = block_.is_empty ? line_begin_ : block_.begin;
  const Offset limit = begin + max_message_bytes_;
  if (at_ + piece.size() > limit) {
    journal_->findings.add("message-size", limit, "at most " + std::to_string(max_message_bytes_) + " bytes",
                           "more");
    journal_->report({.kind = Message::Kind::stopped, .begin = begin, .end = limit});
    stopped_ = true;
    line_ = {};
    block_ = {};
    return false;
  }
  line_ += piece;
  at_ += piece.size();
  return true;
}

void SseReader::end_line() {
  std::string_view line = line_;
  Offset begin = line_begin_;
  // [spec] the UTF-8 decode algorithm strips one leading byte order mark
  if (begin == 0 && line.starts_with(kByteOrderMark)) {
    journal_->findings.add("bom", 0, "none", "U+FEFF");
    line.remove_prefix(kByteOrderMark.size());
    begin += kByteOrderMark.size();
  }
  const std::size_t bad = find_invalid_utf8(line);
  if (bad != line.npos) {
    journal_->findings.add("utf-8", begin + bad, "UTF-8", describe_character(line.substr(bad)));
  }
  if (line.empty()) {
    end_block(true);
  } else if (line.starts_with(':')) {
    read_comment(line, begin);
  } else {
    read_field(line, begin);
  }
  line_.clear();
}

void SseReader::read_comment(std::string_view line, Offset begin) {
  line.remove_prefix(1);
  const Offset findings_begin = block_.is_empty ? 0 : begin;
  journal_->report({.kind = Message::Kind::comment,
                    .begin = begin,
                    .end = at_,
                    .payload = std::string(line.starts_with(' ') ? line.substr(1) : line)},
                   findings_begin);
}

void SseReader::read_field(std::string_view line, Offset begin) {
  if (block_.is_empty) block_.begin = begin;
  block_.is_empty = false;
  block_.end = begin + line.size();

  const std::size_t colon = std::min(line.size(), line.find(':'));
  Field field{.name = line.substr(0, colon), .value = {}, .begin = begin, .value_begin = block_.end};
  if (colon < line.size()) {
    // [spec] if value starts with a U+0020 SPACE character, remove it
    const std::size_t value = colon + (line.substr(colon + 1).starts_with(' ') ? 2 : 1);
    field.value = line.substr(value);
    field.value_begin = begin + value;
  }
  if (field.name == "data") {
    // [spec] append the field value to the data buffer, then append a single U+000A LINE FEED
    if (block_.has_data) block_.data.bytes += '\n';
    block_.has_data = true;
    block_.data.source.append(block_.data.bytes.size(), field.value_begin);
    block_.data.bytes += field.value;
  } else if (field.name == "event") {
    block_.event = field.value;
  } else if (field.name == "id") {
    read_id(field);
  } else if (field.name == "retry") {
    read_retry(field);
  } else {
    report_unknown(field, line);
  }
}

void SseReader::read_id(const Field& field) {
  // [spec] if the field value does not contain U+0000 NULL, set the last event ID buffer
  const std::size_t null = field.value.find('\0');
  if (null != field.value.npos) {
    journal_->findings.add("sse-id-null", field.value_begin + null, "an id without U+0000", "U+0000");
  } else {
    block_.id = field.value;
  }
}

void SseReader::read_retry(const Field& field) {
  if (!is_digits(field.value)) {
    journal_->findings.add("sse-retry", field.value_begin, "ASCII digits", quote(field.value));
    return;
  }
  block_.retry = field.value;
  const std::string_view digits =
      field.value.substr(std::min(field.value.size(), field.value.find_first_not_of('0')));
  constexpr std::string_view kLongest = "2147483647";
  if (digits.size() > kLongest.size() || (digits.size() == kLongest.size() && digits > kLongest)) {
    journal_->findings.add("sse-retry-range", field.value_begin, "at most 2147483647", quote(digits));
  }
}

void SseReader::report_unknown(const Field& field, std::string_view line) {
  std::string message;
  if (line.starts_with(kByteOrderMark)) {
    message =
        "a byte order mark is skipped at the start of the stream only; here it is part of the field's name";
  } else if (field.name.ends_with(' ') || field.name.starts_with(' ')) {
    message = "white space before a field's colon belongs to its name, which is unknown then";
  } else if (line.starts_with('{') || line.starts_with('[')) {
    message = "this line looks like JSON, but lacks `data:` and is ignored";
  }
  journal_->findings.add("sse-field", field.begin, "event, data, id or retry", quote(field.name),
                         std::move(message));
}

void SseReader::end_block(bool is_terminated) {
  if (block_.is_empty) return;
  if (!is_terminated) {
    journal_->findings.add("sse-incomplete", at_, "a blank line", "the end of the stream");
  }
  Message message{.kind = Message::Kind::fields,
                  .begin = block_.begin,
                  .end = block_.end,
                  .event = block_.event,
                  .id = block_.id,
                  .retry = block_.retry,
                  .payload = block_.data.bytes};
  if (graphql_.claims(block_.event.value_or(""), block_.data)) {
    graphql_.read(message, block_.data, block_.has_data);
  } else {
    judge_event(block_, is_terminated && block_.has_data);
    if (block_.has_data) {
      message.kind = Message::Kind::event;
      message.is_json = JsonDocument(block_.data, nullptr).valid();
    }
  }
  if (!is_terminated) message.kind = Message::Kind::truncated;
  journal_->report(std::move(message));
  block_ = {};
}

/// Judges an event that does not belong to GraphQL.
void SseReader::judge_event(const Block& block, bool is_dispatched) {
  Findings& findings = journal_->findings;
  if (block.event && !block.event->empty() && !block.has_data) {
    findings.add("sse-no-data", block.begin, "a data line", quote(*block.event) + " without one");
  }
  if (block.id) has_ids_ = true;
  if (!is_dispatched) return;
  if (block.event == "error" || block.event == "open") {
    findings.add("sse-event-name", block.begin, "another name", quote(*block.event));
  }
  // the first event may be the only one
  if (++events_ == 2 && !has_ids_) findings.add("sse-id-missing", block.begin, "an id", "none so far");
  if (!block.id || block.id->empty() || block.id->size() > kLongestId || ids_.size() >= kMostIds) return;
  if (!ids_.insert(*block.id).second) {
    findings.add("sse-id-repeated", block.begin, "an id that is new", quote(*block.id) + " again");
  }
}

void SseReader::finish() {
  if (stopped_) return;
  if (!line_.empty()) end_line();
  end_block(false);
  graphql_.finish();
}

}  // namespace postsource

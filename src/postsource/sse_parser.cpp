#include "postsource/sse_parser.h"

#include <algorithm>
#include <cstring>

#include "postsource/newline_scanner.h"

namespace postsource {
namespace {

/// Whether `line` is the field `name`. [spec] The value follows the first colon, without one leading space;
/// a line without a colon is a field with an empty value.
bool is_field(std::string_view line, std::string_view name, std::string_view& value) {
  if (!line.starts_with(name)) return false;
  if (line.size() == name.size()) {
    value = line.substr(name.size());
    return true;
  }
  if (line[name.size()] != ':') return false;
  const std::size_t begin = name.size() + 1;
  value = line.substr(begin < line.size() && line[begin] == ' ' ? begin + 1 : begin);
  return true;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// memmove() to a lower address for the few dozen bytes that a line has: a call, or WebAssembly's
/// memory.copy, takes longer than the bytes do.
void move_down(char* to, const char* from, std::size_t size) {
  constexpr std::size_t kBlock = 16;
  constexpr std::size_t kWorthACall = 512;
  if (size < kBlock) {
    for (; size > 0; --size) *to++ = *from++;
    return;
  }
  if (size >= kWorthACall) {
    std::memmove(to, from, size);
    return;
  }
  // the last block may overlap the one before: it is read first, as that one may overwrite it
  char last[kBlock], block[kBlock];
  std::memcpy(last, from + size - kBlock, kBlock);
  for (std::size_t i = 0; i + kBlock <= size; i += kBlock) {
    std::memcpy(block, from + i, kBlock);
    std::memcpy(to + i, block, kBlock);
  }
  std::memcpy(to + size - kBlock, last, kBlock);
}

}  // namespace

Status SseParser::feed(std::string_view bytes, std::vector<SseEvent>& out) {
  std::copy(bytes.begin(), bytes.end(), room(bytes.size()));
  return commit(bytes.size(), out);
}

Status SseParser::commit(std::size_t n, std::vector<SseEvent>& out) {
  if (status_ != Status::ok) return status_;
  begin_chunk();

  const std::size_t reported_before = out.size();
  const char* bytes = input_.data();
  const std::size_t size = input_.kept() + n;
  NewlineScanner newlines(bytes, input_.kept(), size);
  for (std::size_t end; status_ == Status::ok && (end = newlines.next()) != NewlineScanner::npos;) {
    const bool cr = bytes[end] == '\r';
    const bool rest_of_crlf = after_cr_ && !cr && end == line_begin_;
    after_cr_ = cr;
    if (!rest_of_crlf) process_line(line_begin_, end, out);
    line_begin_ = end + 1;
  }
  if (size - line_begin_ > options_.max_message_bytes) status_ = Status::limit_exceeded;
  if (status_ != Status::ok) {  // nothing is worth keeping
    block_ = {};
    line_begin_ = size;
  }

  end_chunk(size, out.size() > reported_before);
  return status_;
}

void SseParser::process_line(std::size_t begin, std::size_t end, std::vector<SseEvent>& out) {
  if (end - begin > options_.max_message_bytes) {
    status_ = Status::limit_exceeded;
    return;
  }
  if (at_start_) {
    at_start_ = false;
    // [spec] UTF-8 decode strips one leading byte order mark
    if (view({begin, end}).starts_with("\xEF\xBB\xBF")) begin += 3;
  }
  if (begin == end) return dispatch(out);

  const std::string_view line = view({begin, end});
  std::string_view value;
  const auto span = [&] { return Span{end - value.size(), end}; };
  switch (line[0]) {
    case 'd':
      if (is_field(line, "data", value)) return append_data(span());
      break;
    case 'e':
      if (is_field(line, "event", value)) {
        block_.type = workspace_->symbols.intern(value);
        return;
      }
      break;
    case 'i':
      if (is_field(line, "id", value)) {
        // [spec] a value containing U+0000 leaves the id unchanged
        if (value.find('\0') != value.npos) return;
        block_.has_id = true;
        block_.id = span();
        return;
      }
      break;
    case 'r':
      // [spec] a value of ASCII digits alone is the new reconnection time; any other is ignored
      if (is_field(line, "retry", value) && is_digits(value)) {
        return process_ignored(SseEvent::Kind::retry, value, out);
      }
      break;
    case ':':
      if (options_.report_ignored) process_ignored(SseEvent::Kind::comment, line.substr(1), out);
      return;
    default:
      break;
  }
  if (options_.report_ignored) process_ignored(SseEvent::Kind::ignored_line, line, out);
}

/// Reports a line that is no part of its block. Its text is copied: the block's data may move over it.
void SseParser::process_ignored(SseEvent::Kind kind, std::string_view text, std::vector<SseEvent>& out) {
  SseEvent& event = out.emplace_back();
  event.kind = kind;
  event.symbol = workspace_->symbols.add_transient(text);
  event.data = workspace_->symbols[event.symbol];
}

/// Joins a data line to those before it, in place: what stands between them is framing and gives the room.
void SseParser::append_data(Span value) {
  if (!block_.has_data) {
    block_.has_data = true;
    block_.data = value;
    return;
  }
  if (block_.data.size() + 1 + value.size() > options_.max_message_bytes) {
    status_ = Status::limit_exceeded;
    return;
  }
  char* bytes = input_.data();
  if (block_.has_id && block_.id.begin >= block_.data.begin) {
    // an id stands between the data lines: move it behind this one
    const std::size_t id_size = block_.id.size();
    std::rotate(bytes + block_.id.begin, bytes + block_.id.end, bytes + value.end);
    block_.id = {value.end - id_size, value.end};
    value = {value.begin - id_size, block_.id.begin};
  }
  bytes[block_.data.end] = '\n';
  move_down(bytes + block_.data.end + 1, bytes + value.begin, value.size());
  block_.data.end += 1 + value.size();
}

void SseParser::dispatch(std::vector<SseEvent>& out) {
  if (block_.has_id) id_ = view(block_.id);
  // [spec] without data nothing is dispatched, but the last event id has moved
  const bool is_event = block_.has_data || (options_.dispatch_without_data && block_.type != 0);
  if (!block_.has_data) block_.data = {line_begin_, line_begin_};
  if (is_event || block_.has_id) {
    SseEvent& event = out.emplace_back();
    event.kind = is_event ? SseEvent::Kind::event : SseEvent::Kind::id;
    event.has_id = block_.has_id;
    event.last_event_id = id_;
    if (is_event) {
      event.symbol = block_.type;
      event.type = workspace_->symbols[block_.type];
      event.data = view(block_.data);
    }
  }
  block_ = {};
}

void SseParser::begin_chunk() {
  if (!block_type_.empty()) {
    block_.type = workspace_->symbols.intern(block_type_);
    block_type_.clear();
  }
  id_ = last_event_ids_[current_id_];
}

/// Keeps what the next chunk may complete: the block's data and id in the order they lie in, then the line.
void SseParser::end_chunk(std::size_t size, bool reported) {
  if (id_.data() != last_event_ids_[current_id_].data()) {
    current_id_ ^= 1;  // what was reported may view the other
    last_event_ids_[current_id_] = id_;
  }
  if (block_.type >= SymbolTable::kInterned) block_type_ = workspace_->symbols[block_.type];

  const bool id_first = block_.id.begin < block_.data.begin;
  Span& first = id_first ? block_.id : block_.data;
  Span& second = id_first ? block_.data : block_.id;
  input_.keep(view(first), view(second), view({line_begin_, size}), reported);
  first = {0, first.size()};
  second = {first.end, first.end + second.size()};
  line_begin_ = second.end;
}

void SseParser::reset() {
  input_.clear();
  status_ = Status::ok;
  at_start_ = true;
  after_cr_ = false;
  line_begin_ = 0;
  block_ = {};
  id_ = {};
  last_event_ids_ = {};
  block_type_ = {};
}

}  // namespace postsource

#include "postsource/sse_parser.h"

#include <algorithm>
#include <cstring>

#include "postsource/newline_scanner.h"

namespace postsource {
namespace {

/// Whether `line` is the field `name`. [spec] The value follows the first colon, without one leading space;
/// a line without a colon is a field with an empty value.
bool is_field(std::string_view line, std::string_view name, std::string_view& value) {
  if (name.empty() || !line.starts_with(name)) return false;
  if (line.size() == name.size()) {
    value = line.substr(name.size());
    return true;
  }
  if (line[name.size()] != ':') return false;
  const std::size_t begin = name.size() + 1;
  value = line.substr(begin < line.size() && line[begin] == ' ' ? begin + 1 : begin);
  return true;
}

enum class Field : unsigned char { none, data, event, id, retry };

Field field_of(std::string_view line, std::string_view& value) {
  std::string_view name;
  Field field = Field::none;
  switch (line[0]) {
    case 'd':
      name = "data";
      field = Field::data;
      break;
    case 'e':
      name = "event";
      field = Field::event;
      break;
    case 'i':
      name = "id";
      field = Field::id;
      break;
    case 'r':
      name = "retry";
      field = Field::retry;
      break;
    default:
      break;
  }
  return is_field(line, name, value) ? field : Field::none;
}

/// The number of bytes of a line that show whether it is a field: the longest name and its colon.
constexpr std::size_t kDecisive = std::string_view{"event:"}.size();

/// An incomplete line up to this size is kept as it is: looking at it for every chunk takes longer.
constexpr std::size_t kWorthShortening = 256;

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// memmove() to a lower address for lines of a few dozen bytes, for which the call, or WebAssembly's
/// memory.copy, takes longer than the copy itself.
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
  // the last block may overlap the previous one, whose copy may overwrite it: read it first
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
  char* const to = room(bytes.size());
  if (to == nullptr) return status_ = Status::limit_exceeded;
  std::copy(bytes.begin(), bytes.end(), to);
  return commit(bytes.size(), out);
}

Status SseParser::commit(std::size_t n, std::vector<SseEvent>& out) {
  if (status_ != Status::ok) return status_;

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
  const std::size_t kept = shorten_line(size);
  if (status_ != Status::ok) {  // the rest is not needed
    block_ = {};
    line_begin_ = kept;
  }
  end_chunk(kept);
  return status_;
}

/// Drops the bytes of an incomplete line without effect that are not needed to recognize it as such, and to
/// report it if it is within the limit. Returns the size of what is left of the buffer's `size` bytes.
std::size_t SseParser::shorten_line(std::size_t size) {
  std::string_view line = view({line_begin_, size});
  if (line.size() <= std::min(kWorthShortening, options_.max_message_bytes)) return size;
  if (at_start_) line = without_byte_order_mark(line);
  if (line.size() < kDecisive) return size;
  std::string_view value;
  if (field_of(line, value) != Field::none) {
    if (line.size() > options_.max_message_bytes) status_ = Status::limit_exceeded;
    return size;
  }
  const std::size_t needed = options_.report_ignored ? options_.max_message_bytes + 1 : 0;
  return size - line.size() + std::min(line.size(), std::max(needed, kDecisive));
}

void SseParser::process_line(std::size_t begin, std::size_t end, std::vector<SseEvent>& out) {
  if (at_start_) {
    at_start_ = false;
    begin = end - without_byte_order_mark(view({begin, end})).size();
  }
  if (begin == end) return dispatch(out);

  const std::string_view line = view({begin, end});
  std::string_view value;
  const Field field = field_of(line, value);
  if (line.size() > options_.max_message_bytes) {
    if (field != Field::none) status_ = Status::limit_exceeded;
    return;
  }
  const Span span{end - value.size(), end};
  switch (field) {
    case Field::data:
      return append_data(span);
    case Field::event:
      return set_type(value);
    case Field::id:
      // [spec] a value containing U+0000 leaves the id unchanged
      if (value.find('\0') != value.npos) return;
      block_.has_id = true;
      block_.id_is_parked = false;
      block_.id = span;
      return;
    case Field::retry:
      // [spec] a value of ASCII digits alone is the new reconnection time; any other is ignored
      if (is_digits(value)) return report(SseEvent::Kind::retry, value, out);
      break;
    case Field::none:
      break;
  }
  if (!options_.report_ignored) return;
  if (line[0] == ':') return report(SseEvent::Kind::comment, line.substr(1), out);
  report(SseEvent::Kind::ignored_line, line, out);
}

/// Reports a line that adds nothing to its block. The text is copied, because the block's data may overwrite
/// it.
void SseParser::report(SseEvent::Kind kind, std::string_view text, std::vector<SseEvent>& out) {
  SseEvent& event = out.emplace_back();
  event.kind = kind;
  event.symbol = workspace_->symbols.add_transient(text);
  event.data = workspace_->symbols[event.symbol];
}

void SseParser::set_type(std::string_view value) {
  block_.type = workspace_->symbols.try_intern(value);
  if (block_.type == SymbolTable::kInterned) rare_type_ = value;
}

void SseParser::append_data(Span value) {
  if (block_.has_data) return join_data(value);
  block_.has_data = true;
  block_.data = value;
}

/// Appends a data line to the previous ones in place. The framing between them provides the room.
void SseParser::join_data(Span value) {
  const std::size_t end = block_.data.end + 1 + value.size();
  if (end - block_.data.begin > options_.max_message_bytes) {
    status_ = Status::limit_exceeded;
    return;
  }
  if (block_.has_id && block_.id.begin >= block_.data.end) {
    // the id occupies the place of this line: park it, or every further line would move it again
    if (!block_.id_is_parked) parked_id_ = view(block_.id);
    block_.id_is_parked = true;
    block_.id.move_to(end);
  }
  char* bytes = input_.data();
  bytes[block_.data.end] = '\n';
  move_down(bytes + block_.data.end + 1, bytes + value.begin, value.size());
  block_.data.end = end;
}

void SseParser::dispatch(std::vector<SseEvent>& out) {
  if (block_.id_is_parked) {
    std::copy(parked_id_.begin(), parked_id_.end(), input_.data() + block_.id.begin);
    parked_id_ = {};
  }
  if (block_.has_id) last_event_id_ = view(block_.id);
  // [spec] without data nothing is dispatched, but the last event id has moved
  const bool is_event = block_.has_data || (options_.dispatch_without_data && block_.type != 0);
  if (is_event || block_.has_id) {
    SseEvent& event = out.emplace_back();
    event.kind = is_event ? SseEvent::Kind::event : SseEvent::Kind::id;
    event.has_id = block_.has_id;
    event.last_event_id = last_event_id_;
    if (is_event) {
      const bool is_rare = block_.type == SymbolTable::kInterned;
      event.symbol = is_rare ? workspace_->symbols.add_transient(rare_type_) : block_.type;
      event.type = workspace_->symbols[event.symbol];
      event.data = view(block_.has_data ? block_.data : Span{line_begin_, line_begin_});
    }
  }
  block_ = {};
}

/// Keeps what the next chunk may complete: the block's data and id, then the incomplete line.
void SseParser::end_chunk(std::size_t size) {
  if (last_event_id_.data() != kept_ids_[kept_id_].data()) {
    kept_id_ ^= 1;  // reported events may view the other one
    last_event_id_ = kept_ids_[kept_id_] = last_event_id_;
  }
  if (!block_.has_data) block_.data = {line_begin_, line_begin_};
  if (!block_.has_id) block_.id = {line_begin_, line_begin_};
  const bool id_first = block_.id.begin < block_.data.begin;
  Span& first = id_first ? block_.id : block_.data;
  Span& second = id_first ? block_.data : block_.id;
  Span line{line_begin_, size};
  const std::size_t begin = first.begin;
  move_behind(first, second);
  move_behind(second, line);
  input_.keep(begin, line.end);
  first.move_to(0);
  second.move_to(first.end);
  line_begin_ = second.end;
}

void SseParser::move_behind(Span piece, Span& next) {
  if (next.begin == piece.end) return;
  std::memmove(input_.data() + piece.end, input_.data() + next.begin, next.size());
  next.move_to(piece.end);
}

void SseParser::reset() {
  input_.clear();
  status_ = Status::ok;
  at_start_ = true;
  after_cr_ = false;
  line_begin_ = 0;
  block_ = {};
  rare_type_ = {};
  parked_id_ = {};
  last_event_id_ = {};
  kept_ids_ = {};
}

}  // namespace postsource

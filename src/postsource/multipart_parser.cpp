#include "postsource/multipart_parser.h"

#include <algorithm>
#include <utility>

#include "postsource/content_type.h"
#include "postsource/newline_scanner.h"
#include "postsource/part_headers.h"

namespace postsource {
namespace {

constexpr std::size_t kLongestKnownHeaders = 256;

bool is_padding(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

Status MultipartParser::feed(std::string_view bytes, std::vector<MultipartEvent>& out) {
  char* const to = room(bytes.size());
  if (to == nullptr) return status_ = Status::limit_exceeded;
  std::copy(bytes.begin(), bytes.end(), to);
  return commit(bytes.size(), out);
}

Status MultipartParser::commit(std::size_t n, std::vector<MultipartEvent>& out) {
  if (status_ != Status::ok) return status_;

  Offset at = end_;
  end_ += n;
  while (at < end_ && status_ == Status::ok) at = at_delimiter_ ? match_delimiter(at, out) : read(at, out);
  if (status_ == Status::ok) check_limits();

  const bool in_part =
      in_headers() || state_ == State::body || state_ == State::before_json || state_ == State::json;
  const Offset kept = status_ != Status::ok ? end_
                      : in_part             ? headers_begin_
                      : at_delimiter_       ? line_begin_
                                            : end_;
  input_.keep(static_cast<std::size_t>(kept - base_), static_cast<std::size_t>(end_ - base_));
  base_ = kept;
  return status_;
}

/// Continues to compare a line with a delimiter: `--boundary` and then `--` or white space.
/// [spec] It is sufficient that the boundary appear in its entirety following the CRLF. A line whose boundary
/// only begins with ours is no delimiter.
MultipartParser::Offset MultipartParser::match_delimiter(Offset at, Events& out) {
  for (; at < end_; ++at) {
    const char c = byte(at);
    const Offset matched = at - line_begin_;
    if (matched < dash_boundary_.size()) {
      if (c == dash_boundary_[static_cast<std::size_t>(matched)]) continue;
    } else if (matched == dash_boundary_.size()) {
      if (c == '-') continue;
      if (c == '\n' || is_padding(c)) {
        end_part(out);
        if (status_ == Status::ok) state_ = State::delimiter_line;
        return at;
      }
    } else if (c == '-') {
      end_part(out);
      if (status_ == Status::ok) close(out);
      return at + 1;
    }
    if (line_begin_ == 0 && matched == 2 && (c == '\r' || c == '\n') && options_.json_by_default) {
      // Cosmo Router sends boundaries early. If there was no part, these hyphens come first.
      close(out);
      ++part_;
      return at;
    }
    at_delimiter_ = false;
    return state_ == State::before_json || state_ == State::after_json ? line_begin_ : at;
  }
  return at;
}

/// Continues the current state where no delimiter can be.
MultipartParser::Offset MultipartParser::read(Offset at, Events& out) {
  switch (state_) {
    case State::preamble:
    case State::body:
    case State::epilogue:
      return skip_lines(at);
    case State::delimiter_line:
      return read_delimiter_line(at);
    case State::close_line:
      return read_close_line(at);
    case State::headers:
    case State::maybe_headers:
      return read_header_line(at);
    case State::before_json:
    case State::after_json:
      return read_white_space(at);
    case State::json:
      break;
  }
  return read_json(out);
}

/// Skips to the next line that could be a delimiter.
MultipartParser::Offset MultipartParser::skip_lines(Offset at) {
  const auto size = static_cast<std::size_t>(end_ - base_);
  const char* bytes = input_.data();
  NewlineScanner newlines(bytes, static_cast<std::size_t>(at - base_), size);
  for (std::size_t found; (found = newlines.next()) != NewlineScanner::npos;) {
    if (bytes[found] == '\r' || (found + 1 < size && bytes[found + 1] != '-')) continue;
    begin_line(base_ + found + 1);
    return line_begin_;
  }
  return end_;
}

/// [spec] transport-padding: white space that a transport has added
MultipartParser::Offset MultipartParser::read_delimiter_line(Offset at) {
  while (at < end_ && is_padding(byte(at))) ++at;
  if (at == end_) return at;
  if (byte(at) != '\n') {
    fail(MultipartRule::delimiter_line, line_begin_, at);
    return at;
  }
  ++at;
  state_ = State::headers;
  headers_begin_ = at;
  begin_line(at);
  return at;
}

/// Another part can follow a close delimiter only if the rest of its line is white space.
MultipartParser::Offset MultipartParser::read_close_line(Offset at) {
  while (at < end_ && is_padding(byte(at))) ++at;
  if (at == end_) return at;
  if (byte(at) != '\n') {
    state_ = State::epilogue;
    return at;
  }
  ++at;
  state_ = State::maybe_headers;
  headers_begin_ = at;
  begin_line(at);
  return at;
}

/// Skips a header block that equals the previous one, which was valid.
bool MultipartParser::skip_known_headers(Offset at) {
  if (known_headers_.empty() || state_ != State::headers || at != headers_begin_) return false;
  if (!view(at, end_).starts_with(known_headers_)) return false;
  const Offset end = at + known_headers_.size();
  headers_end_ = before_line_end(at, end);
  state_ = known_is_json_ ? State::before_json : State::body;
  body_begin_ = end;
  begin_line(end);
  return true;
}

MultipartParser::Offset MultipartParser::read_header_line(Offset at) {
  if (skip_known_headers(at)) return body_begin_;
  const std::string_view rest = view(at, end_);
  const std::size_t newline = rest.find('\n');
  if (newline == rest.npos) return end_;
  const Offset next = at + newline + 1;
  const std::string_view line = view(line_begin_, before_line_end(line_begin_, next));
  if (line.empty()) {
    headers_end_ = line_begin_;
    begin_body(next);
    if (next - headers_begin_ <= kLongestKnownHeaders && state_ != State::epilogue) {
      known_headers_ = view(headers_begin_, next);
      known_is_json_ = state_ == State::before_json;
    }
    return next;
  }
  const std::size_t error = find_header_error(line, line_begin_ == headers_begin_);
  if (next - headers_begin_ > options_.max_header_bytes) {
    refuse_headers(MultipartRule::header_size, headers_begin_ + options_.max_header_bytes);
  } else if (error != line.npos) {
    refuse_headers(MultipartRule::header_line, line_begin_ + error);
  }
  begin_line(next);
  return next;
}

/// Handles lines that are no header block: they are the epilogue if one is possible, else a failure.
void MultipartParser::refuse_headers(MultipartRule rule, Offset at) {
  if (state_ == State::headers) return fail(rule, headers_begin_, at);
  state_ = State::epilogue;
}

MultipartParser::Offset MultipartParser::read_white_space(Offset at) {
  for (; at < end_; ++at) {
    const char c = byte(at);
    if (c == '\n') {
      begin_line(at + 1);
      return at + 1;
    }
    if (is_padding(c)) continue;
    if (state_ == State::after_json) {
      fail(MultipartRule::json_end, body_begin_, at);
    } else {
      state_ = State::json;
      value_begin_ = at;
      json_.reset();
    }
    return at;
  }
  return at;
}

MultipartParser::Offset MultipartParser::read_json(Events& out) {
  const JsonScanner::Result result = json_.scan(view(value_begin_, end_));
  if (result == JsonScanner::Result::more) return end_;
  const Offset at = value_begin_ + json_.offset();
  if (result == JsonScanner::Result::complete) {
    if (check_body(at)) report(at, true, out);
    state_ = State::after_json;
  } else if (check_body(at + 1)) {
    const bool cut_off = result == JsonScanner::Result::cut_off;
    fail(cut_off ? MultipartRule::json_complete : MultipartRule::json_value, body_begin_, at);
  }
  return at;
}

void MultipartParser::begin_line(Offset at) {
  line_begin_ = at;
  at_delimiter_ = true;
}

void MultipartParser::begin_body(Offset at) {
  const std::string_view type = find_header(view(headers_begin_, headers_end_), "content-type");
  const bool is_certain = state_ == State::headers;
  const bool is_json = type.empty() ? options_.json_by_default && is_certain : is_json_type(type);
  state_ = is_json ? State::before_json : is_certain ? State::body : State::epilogue;
  body_begin_ = at;
  begin_line(at);
}

/// Ends the part, if one is open, at the delimiter at line_begin_.
void MultipartParser::end_part(Events& out) {
  at_delimiter_ = false;
  if (state_ == State::headers && line_begin_ > headers_begin_) {
    // [spec] body-part := MIME-part-headers [CRLF *OCTET]: no blank line, no body
    headers_end_ = line_begin_;
    begin_body(line_begin_);
    at_delimiter_ = false;
  }
  if (state_ == State::body) {
    // [spec] the CRLF preceding the boundary delimiter line is part of the delimiter
    const Offset body_end = before_line_end(body_begin_, line_begin_);
    if (check_body(body_end)) report(body_end, false, out);
  } else if (state_ == State::before_json && check_body(line_begin_) && headers_end_ > headers_begin_) {
    fail(MultipartRule::json_complete, body_begin_, line_begin_);
  }
  // a delimiter line after another one, or after a close delimiter, opens the part that was already counted
  if (!in_headers() && state_ != State::epilogue) ++part_;
}

void MultipartParser::close(Events& out) {
  at_delimiter_ = false;
  state_ = State::close_line;
  if (!std::exchange(is_closed_, true)) out.emplace_back().kind = MultipartEvent::Kind::end;
}

void MultipartParser::report(Offset body_end, bool is_json, Events& out) {
  MultipartEvent& event = out.emplace_back();
  event.is_json = is_json;
  event.headers = view(headers_begin_, headers_end_);
  event.body = view(is_json ? value_begin_ : body_begin_, body_end);
  is_closed_ = false;
}

/// Fails if an unfinished part is already too large. Bytes that may turn out to be its delimiter, or the
/// blank line after its headers, do not count yet, so that the slicing makes no difference.
void MultipartParser::check_limits() {
  const Offset end = at_delimiter_ ? line_begin_ : end_;
  switch (state_) {
    case State::headers:
    case State::maybe_headers:
      if (end - headers_begin_ > options_.max_header_bytes && view(line_begin_, end) != "\r") {
        refuse_headers(MultipartRule::header_size, headers_begin_ + options_.max_header_bytes);
      }
      break;
    case State::body:
      if (at_delimiter_) {
        check_body(before_line_end(body_begin_, end));
      } else {
        check_body(end > body_begin_ && byte(end - 1) == '\r' ? end - 1 : end);
      }
      break;
    case State::before_json:
    case State::json:
      check_body(end);
      break;
    default:
      break;
  }
}

/// Fails if a body that extends to `end` is too large.
bool MultipartParser::check_body(Offset end) {
  if (end - body_begin_ <= options_.max_message_bytes) return true;
  fail(MultipartRule::body_size, body_begin_, body_begin_ + options_.max_message_bytes);
  return false;
}

void MultipartParser::fail(MultipartRule rule, Offset from, Offset at) {
  const bool is_limit = rule == MultipartRule::header_size || rule == MultipartRule::body_size;
  status_ = is_limit ? Status::limit_exceeded : Status::malformed;
  failure_ = {rule, static_cast<unsigned char>(byte(at)), part_, at - from, at};
}

/// Returns `end`, moved before the CRLF or LF that may precede it. `begin` is the lowest result.
MultipartParser::Offset MultipartParser::before_line_end(Offset begin, Offset end) const {
  if (end == begin || byte(end - 1) != '\n') return end;
  --end;
  return end > begin && byte(end - 1) == '\r' ? end - 1 : end;
}

MultipartEnd MultipartParser::finish() const {
  if (status_ != Status::ok) return MultipartEnd::failed;
  const MultipartEnd nothing_lost = is_closed_ ? MultipartEnd::closed : MultipartEnd::unclosed;
  switch (state_) {
    case State::preamble:
      return MultipartEnd::no_parts;
    case State::headers:
      // an early delimiter announces a part, but no byte of a part is lost
      return at_delimiter_ && line_begin_ == headers_begin_ ? nothing_lost : MultipartEnd::truncated;
    case State::body:
    case State::before_json:
    case State::json:
      return MultipartEnd::truncated;
    default:
      return nothing_lost;
  }
}

void MultipartParser::reset() {
  input_.clear();
  failure_ = {};
  status_ = Status::ok;
  state_ = State::preamble;
  at_delimiter_ = true;
  is_closed_ = false;
  part_ = 0;
  known_headers_ = {};
  base_ = end_ = line_begin_ = 0;
}

}  // namespace postsource

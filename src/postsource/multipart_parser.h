#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/json_scanner.h"
#include "postsource/status.h"
#include "postsource/workspace.h"

namespace postsource {

/// One thing that a multipart stream said. All text views memory of the parser's workspace: bytes as they
/// came.
struct MultipartEvent {
  enum class Kind : std::uint8_t {
    part,
    end,  ///< The close delimiter. More parts may follow, against the standard, and then another end.
  };
  Kind kind = Kind::part;
  bool is_json = false;
  std::string_view
      headers;  ///< The header lines with their line ends, without the blank line; find_header() reads it.
  std::string_view body;  ///< Of a JSON part the value, without white space around it.
};

struct MultipartOptions {
  /// The most bytes that the body of a part may have; of JSON, with the white space before the value.
  std::size_t max_message_bytes = std::size_t{16} << 20;
  /// The most bytes that the header lines of a part may have, with their line ends.
  std::size_t max_header_bytes = std::size_t{16} << 10;
  /// As with GraphQL: a part without a Content-Type is JSON rather than text, and a stream whose first line
  /// is `--` is one without parts.
  bool json_by_default = false;
};

/// What a failed stream has broken.
enum class MultipartRule : std::uint8_t {
  none,
  delimiter_line,  ///< Nothing but white space stands behind a boundary on its line.
  header_line,     ///< A header line is a name, a colon and a value, and a blank line ends the headers.
  header_size,     ///< max_header_bytes
  body_size,       ///< max_message_bytes
  json_value,      ///< The body of a JSON part is a JSON value.
  json_complete,   ///< The value is complete when its part ends.
  json_end,        ///< Nothing but white space stands between the value and the next delimiter.
};

/// Where and how a stream failed.
struct MultipartFailure {
  MultipartRule rule = MultipartRule::none;
  unsigned char byte = 0;    ///< The first one that is wrong, or too many.
  std::uint32_t part = 0;    ///< Counted from 1; a delimiter line counts with the part that it opens.
  std::uint64_t offset = 0;  ///< Of the byte, from the first of the body, the headers or the delimiter line.
  std::uint64_t stream_offset = 0;  ///< Of the byte, from the first of the stream.
};

/// What the end of the bytes means for a stream.
enum class MultipartEnd : std::uint8_t {
  closed,     ///< The last part was followed by the close delimiter: the stream is complete.
  unclosed,   ///< Every part that came was reported, but no close delimiter followed the last one.
  truncated,  ///< The last part is not complete, and was not reported.
  no_parts,   ///< No delimiter at all: another boundary, or no multipart stream.
  failed,     ///< The stream had failed before.
};

/// Parses a multipart/mixed stream by https://www.rfc-editor.org/rfc/rfc2046#section-5.1
///
/// A JSON part is reported as soon as its JSON value is complete, since many servers send the delimiter only
/// with the next part. Any other part ends at its delimiter. LF counts for CRLF; a delimiter line directly
/// behind another one opens no part. Content-Length is not used: a value says itself where it ends, and
/// where it does not, the delimiter is right and a length that counts characters, or lies, is not.
///
/// A close delimiter is reported as an `end`, and what follows it is the epilogue, which is ignored. But it
/// does not end the reading, since some servers close the body after every part (gqlgen 0.17). Parts follow
/// where the epilogue has another delimiter line, or begins with a header block whose Content-Type is JSON.
/// The events are then `part end part end …`, with never two ends in a row. Only the end of the bytes tells
/// which was the last.
///
/// Any slicing of the stream gives the same events, the same failure and the same end, and costs O(bytes).
class MultipartParser {
 public:
  /// `boundary` is that of the Content-Type, without line ends: see parse_content_type().
  MultipartParser(Workspace& workspace, std::string_view boundary, MultipartOptions options = {})
      : input_(workspace), options_(options), dash_boundary_("--") {
    dash_boundary_ += boundary;
  }

  /// Appends to `out` all that `bytes` complete. After a failure nothing more is appended and every call
  /// gives the same status until reset(); what was complete before the failure is in `out`. The views in
  /// `out` are valid until the next feed of any parser of the workspace.
  [[nodiscard]] Status feed(std::string_view bytes, std::vector<MultipartEvent>& out);

  /// The two halves of feed() for a caller that can write the bytes in place:
  /// `n` bytes written to room(n), then commit(n).
  char* room(std::size_t n) { return input_.room(n); }
  [[nodiscard]] Status commit(std::size_t n, std::vector<MultipartEvent>& out);

  /// What it means that the bytes end here. A part that is not complete is never reported.
  MultipartEnd finish() const;

  /// Of the last status that was not ok.
  const MultipartFailure& failure() const { return failure_; }

  /// Back to the start of a new stream with the same boundary, all memory of the old one freed.
  void reset();

 private:
  using Offset = std::uint64_t;  // from the stream's first byte

  enum class State : std::uint8_t {
    preamble,
    delimiter_line,  // behind the boundary
    headers,
    body,         // of a part that is not JSON
    before_json,  // white space before the value
    json,
    after_json,     // white space behind the value
    close_line,     // behind a close delimiter
    maybe_headers,  // behind its line: the headers of a part, or the beginning of the epilogue
    epilogue,
  };
  using Events = std::vector<MultipartEvent>;

  Offset match_delimiter(Offset at, Events& out);
  Offset read(Offset at, Events& out);
  Offset skip_lines(Offset at);
  Offset read_delimiter_line(Offset at);
  Offset read_close_line(Offset at);
  Offset read_header_line(Offset at);
  void refuse_headers(MultipartRule rule, Offset at);
  bool skip_known_headers(Offset at);
  Offset read_json(Events& out);
  Offset read_white_space(Offset at);

  void begin_line(Offset at);
  void begin_body(Offset at);
  void end_part(Events& out);
  void close(Events& out);
  bool in_headers() const { return state_ == State::headers || state_ == State::maybe_headers; }
  void report(Offset body_end, bool is_json, Events& out);
  void check_limits();
  bool check_body(Offset end);
  void fail(MultipartRule rule, Offset from, Offset at);

  std::string_view view(Offset begin, Offset end) const {
    return {input_.data() + (begin - base_), static_cast<std::size_t>(end - begin)};
  }
  char byte(Offset at) const { return input_.data()[at - base_]; }
  Offset before_line_end(Offset begin, Offset end) const;

  InputBuffer input_;
  MultipartOptions options_;
  std::string dash_boundary_;  // `--` and the boundary: what every delimiter line begins with
  std::string known_headers_;  // the last header block with its blank line: most parts have the same
  bool known_is_json_ = false;
  MultipartFailure failure_;
  Status status_ = Status::ok;
  State state_ = State::preamble;
  bool at_delimiter_ = true;  // the bytes from line_begin_ on, if any, match a delimiter so far
  bool is_closed_ = false;    // the last event was an end
  std::uint32_t part_ = 0;
  Offset base_ = 0;  // of the buffer's first byte
  Offset end_ = 0;   // of the bytes that have come
  Offset line_begin_ = 0;
  Offset headers_begin_ = 0;
  Offset headers_end_ = 0;
  Offset body_begin_ = 0;
  Offset value_begin_ = 0;
  JsonScanner json_;
};

}  // namespace postsource

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

/// A part of a multipart stream, or its end. The texts view memory of the parser's workspace. They are raw
/// bytes, not validated as UTF-8.
struct MultipartEvent {
  enum class Kind : std::uint8_t {
    part,
    end,  ///< The close delimiter. Some servers violate the standard and send more parts, and then another
          ///< end.
  };
  Kind kind = Kind::part;
  bool is_json = false;
  std::string_view
      headers;  ///< The header lines with their line ends, without the blank line; find_header() reads it.
  std::string_view body;  ///< For a JSON part, the value without surrounding white space.
};

struct MultipartOptions {
  /// The maximum size of a part's body in bytes. White space before a JSON value counts.
  std::size_t max_message_bytes = std::size_t{16} << 20;
  /// The maximum size of a part's header lines in bytes, with their line ends.
  std::size_t max_header_bytes = std::size_t{16} << 10;
  /// Reads the stream as GraphQL servers write it: a part without a Content-Type is JSON instead of text, and
  /// a stream whose first line is `--` has no parts.
  bool json_by_default = false;
};

/// The rule that a failed stream violates.
enum class MultipartRule : std::uint8_t {
  none,
  delimiter_line,  ///< Only white space follows a boundary on its line.
  header_line,     ///< A header line is a name, a colon and a value, and a blank line ends the headers.
  header_size,     ///< max_header_bytes
  body_size,       ///< max_message_bytes
  json_value,      ///< The body of a JSON part is a JSON value.
  json_complete,   ///< The value is complete when its part ends.
  json_end,        ///< Only white space follows the value before the next delimiter.
};

/// Where and how a stream failed.
struct MultipartFailure {
  MultipartRule rule = MultipartRule::none;
  unsigned char byte = 0;    ///< The first byte that is wrong, or beyond the limit.
  std::uint32_t part = 0;    ///< Counts from 1. A delimiter line belongs to the part that it opens.
  std::uint64_t offset = 0;  ///< Of the byte, from the start of the body, the headers or the delimiter line.
  std::uint64_t stream_offset = 0;  ///< Of the byte, from the start of the stream.
};

/// The state of a stream when its bytes end.
enum class MultipartEnd : std::uint8_t {
  closed,     ///< The close delimiter followed the last part. The stream is complete.
  unclosed,   ///< Every part was reported, but no close delimiter followed the last one.
  truncated,  ///< The last part is incomplete and was not reported.
  no_parts,   ///< There was no delimiter: the boundary is another one, or the stream is not multipart.
  failed,     ///< The stream had failed before.
};

/// Parses a multipart/mixed stream by https://www.rfc-editor.org/rfc/rfc2046#section-5.1
///
/// A JSON part is reported as soon as its JSON value is complete, because many servers send the delimiter
/// with the next part. Any other part ends at its delimiter. LF is accepted for CRLF. A delimiter line
/// directly after another one opens no part. Content-Length is ignored, because a JSON value or a delimiter
/// shows where a part ends, and some servers count characters or send a wrong length.
///
/// A close delimiter is reported as an `end`. The epilogue after it is ignored. Parsing continues, because
/// some servers send a close delimiter after every part (gqlgen 0.17): the epilogue opens another part if it
/// has a delimiter line, or begins with a header block whose Content-Type is JSON. The events are then `part
/// end part end …`, never with two ends in a row. The last end is known only when the bytes end.
///
/// Any slicing of the stream gives the same events, the same failure and the same end, and costs O(bytes).
class MultipartParser {
 public:
  /// `boundary` is that of the Content-Type, without line ends: see parse_content_type().
  MultipartParser(Workspace& workspace, std::string_view boundary, MultipartOptions options = {})
      : input_(workspace), options_(options), dash_boundary_("--") {
    dash_boundary_ += boundary;
  }

  /// Appends to `out` everything that `bytes` complete. After a failure nothing more is appended, and every
  /// call returns the same status until reset(). Parts that were complete before the failure are in `out`.
  /// The views in `out` are valid until the next feed of any parser of the workspace.
  [[nodiscard]] Status feed(std::string_view bytes, std::vector<MultipartEvent>& out);

  /// The two halves of feed() for a caller that can write the bytes in place: write `n` bytes to room(n),
  /// then call commit(n).
  char* room(std::size_t n) { return input_.room(n); }
  [[nodiscard]] Status commit(std::size_t n, std::vector<MultipartEvent>& out);

  /// Returns the state of the stream when its bytes end now. An incomplete part is never reported.
  MultipartEnd finish() const;

  /// The details of the last status that was not ok.
  const MultipartFailure& failure() const { return failure_; }

  /// Prepares for a new stream with the same boundary, and frees all memory.
  void reset();

 private:
  using Offset = std::uint64_t;  // from the stream's first byte

  enum class State : std::uint8_t {
    preamble,
    delimiter_line,  // after the boundary
    headers,
    body,         // of a part that is not JSON
    before_json,  // white space before the value
    json,
    after_json,     // white space after the value
    close_line,     // after a close delimiter
    maybe_headers,  // after its line: the headers of a part, or the beginning of the epilogue
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
  std::string dash_boundary_;  // `--` and the boundary, with which every delimiter line begins
  std::string known_headers_;  // the last header block with its blank line; most parts have the same
  bool known_is_json_ = false;
  MultipartFailure failure_;
  Status status_ = Status::ok;
  State state_ = State::preamble;
  bool at_delimiter_ = true;  // the bytes from line_begin_ on, if any, match a delimiter so far
  bool is_closed_ = false;    // the last event was an end
  std::uint32_t part_ = 0;
  Offset base_ = 0;  // of the buffer's first byte
  Offset end_ = 0;   // of the bytes that have arrived
  Offset line_begin_ = 0;
  Offset headers_begin_ = 0;
  Offset headers_end_ = 0;
  Offset body_begin_ = 0;
  Offset value_begin_ = 0;
  JsonScanner json_;
};

}  // namespace postsource

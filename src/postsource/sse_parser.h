#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/status.h"
#include "postsource/workspace.h"

namespace postsource {

/// One report of an event stream, in the order of the stream.
/// The texts view memory of the parser's workspace. They are raw bytes, not validated as UTF-8.
struct SseEvent {
  enum class Kind : std::uint8_t {
    event,         ///< An event to dispatch.
    id,            ///< A block without data that set the last event id.
    retry,         ///< `data` is the new reconnection time in milliseconds: any number of digits.
    comment,       ///< `data` is what follows the colon. Only with SseOptions::report_ignored.
    ignored_line,  ///< `data` is a line without effect: an unknown field, or a `retry` that is not digits.
                   ///< Only with SseOptions::report_ignored.
  };
  Kind kind = Kind::event;
  bool has_id = false;             ///< The block had a valid `id` field.
  std::uint32_t symbol = 0;        ///< Of `type` for events, of `data` for retry, comment and ignored_line.
  std::string_view type;           ///< Empty if the block names none. It is then a `message`.
  std::string_view data;           ///< The data lines, joined by LF.
  std::string_view last_event_id;  ///< The last event id after this block, for events and ids.
};

struct SseOptions {
  /// The maximum size in bytes of the joined data of an event, and of a single field with its name. A line
  /// without effect may be of any size: it is not kept, and not reported if it is longer than this.
  std::size_t max_message_bytes = std::size_t{16} << 20;
  bool report_ignored = false;
  /// Also dispatches a block that names an event but has no data. The standard forbids it, but GraphQL over
  /// SSE servers end a stream with `event: complete` alone.
  bool dispatch_without_data = false;
};

/// Parses an event stream as the standard says,
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
///
/// Any slicing of the stream gives the same events and the same status, and costs O(bytes).
/// An incomplete last block is never reported.
class SseParser {
 public:
  explicit SseParser(Workspace& workspace, SseOptions options = {})
      : workspace_(&workspace), input_(workspace), options_(options) {}
  SseParser(const SseParser&) = delete;
  SseParser& operator=(const SseParser&) = delete;

  /// Appends to `out` everything that `bytes` complete. After a failure nothing more is appended, and every
  /// call returns the same status until reset(). Events that were complete before the failure are in `out`.
  /// The views in `out` are valid until the next feed of any parser of the workspace.
  [[nodiscard]] Status feed(std::string_view bytes, std::vector<SseEvent>& out);

  /// The two halves of feed() for a caller that can write the bytes in place: write `n` bytes to room(n),
  /// then call commit(n).
  char* room(std::size_t n) { return input_.room(n); }
  [[nodiscard]] Status commit(std::size_t n, std::vector<SseEvent>& out);

  /// Prepares for a new stream, clears the last event id and frees all memory.
  void reset();

  /// The current last event id. The view is valid until the second next call.
  std::string_view last_event_id() const { return last_event_id_; }

  /// Whether the bytes so far end within a line.
  bool in_line() const { return !unfinished_line().empty(); }
  /// The incomplete line at the end of the bytes so far, without a leading byte order mark of the stream. The
  /// view is valid until the next call of room().
  std::string_view unfinished_line() const {
    const std::string_view line{input_.data() + line_begin_, input_.kept() - line_begin_};
    return at_start_ ? without_byte_order_mark(line) : line;
  }

 private:
  struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t size() const { return end - begin; }
    void move_to(std::size_t place) { *this = {place, place + size()}; }
  };
  /// The fields of the current block so far.
  struct Block {
    bool has_data = false;
    bool has_id = false;
    bool id_is_parked = false;  // the id is in parked_id_; its span is where it returns to
    std::uint32_t type = 0;     // kInterned if it is in rare_type_
    Span data;                  // in the buffer, the data lines joined in place
    Span id;                    // in the buffer
  };

  /// [spec] UTF-8 decode strips one leading byte order mark
  static std::string_view without_byte_order_mark(std::string_view line) {
    return line.substr(line.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  }
  std::size_t shorten_line(std::size_t size);
  void process_line(std::size_t begin, std::size_t end, std::vector<SseEvent>& out);
  void report(SseEvent::Kind kind, std::string_view text, std::vector<SseEvent>& out);
  void set_type(std::string_view value);
  void append_data(Span value);
  void join_data(Span value);
  void dispatch(std::vector<SseEvent>& out);
  void end_chunk(std::size_t size);
  void move_behind(Span piece, Span& next);
  std::string_view view(Span span) const { return {input_.data() + span.begin, span.size()}; }

  Workspace* workspace_;
  InputBuffer input_;
  SseOptions options_;
  Status status_ = Status::ok;
  bool at_start_ = true;   // no line has ended yet, so a byte order mark may come first
  bool after_cr_ = false;  // the last line ended in CR; an LF directly after it belongs to it
  std::size_t line_begin_ = 0;
  Block block_;
  std::string rare_type_;           // the block's type if the symbol table does not intern it
  std::string parked_id_;           // the block's id while data lines follow it
  std::string_view last_event_id_;  // views the buffer; from the next chunk on, kept_ids_
  std::array<std::string, 2> kept_ids_;
  std::size_t kept_id_ = 0;
};

}  // namespace postsource

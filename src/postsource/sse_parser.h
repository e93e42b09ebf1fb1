#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postsource {

class Workspace;

/// Why a parser stopped. Sticky: after a failure every call gives the same status until reset().
enum class Status : std::uint8_t {
  ok,
  limit_exceeded,  ///< A message, or a line of one, is larger than the limit.
};

/// One thing that a stream said, in the order it said it.
struct SseEvent {
  enum class Kind : std::uint8_t {
    event,        ///< An event to dispatch: `type`, `data`, `last_event_id`.
    id,           ///< A block without data that moved the last event id.
    retry,        ///< `data` holds the digits of the reconnection time in milliseconds, however many.
    comment,      ///< `data` is what follows the colon. Reported only on demand.
    ignored_line, ///< `data` is a line the standard ignores: an unknown field, or a `retry` that is not digits. Reported only on demand.
  };
  Kind kind = Kind::event;
  bool has_id = false;  ///< The block had a valid `id` field of its own.
  std::string_view type;           ///< `message` where the block names none.
  std::string_view data;
  std::string_view last_event_id;  ///< The one in force after this event's block.
};

struct SseOptions {
  std::size_t max_message_bytes = 16u << 20;  ///< The joined data of an event, and each single line.
  bool report_ignored = false;                ///< Also report comments and ignored lines.
};
// class SseParser {
//   explicit SseParser(Workspace& workspace, SseOptions options = {});
//   [[nodiscard]] Status feed(std::string_view bytes, std::vector<SseEvent>& out);   // views valid until the next feed of any parser of that workspace
//   void reset();
// };
}  // namespace postsource

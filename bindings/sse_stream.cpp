#include "postsource/sse_parser.h"
#include "stream.h"

namespace postsource {
namespace {

SseParser& parser(Address handle) { return static_cast<EventStream<SseParser>&>(stream(handle)).parser; }

}  // namespace

POSTSOURCE_EXPORT("sseOpen") Address sse_open(Word max_message_bytes, Word report_ignored) {
  return handle_of(new EventStream<SseParser>(
      {.max_message_bytes = max_message_bytes, .report_ignored = report_ignored != 0}));
}
POSTSOURCE_EXPORT("sseReset") void sse_reset(Address handle) { parser(handle).reset(); }
POSTSOURCE_EXPORT("sseInLine") Word sse_in_line(Address handle) { return parser(handle).in_line(); }

}  // namespace postsource

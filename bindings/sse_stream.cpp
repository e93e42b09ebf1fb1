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
/// The first byte of the line that the bytes so far end within; 0 where they do not.
POSTSOURCE_EXPORT("sseLineStart") Word sse_line_start(Address handle) {
  const std::string_view line = parser(handle).unfinished_line();
  return line.empty() ? 0 : static_cast<unsigned char>(line.front());
}

}  // namespace postsource

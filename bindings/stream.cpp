// The exports that all modules have: the two calls for each chunk, and the calls that read and free.

#include "stream.h"

namespace postsource {

Workspace workspace;
Table table;
std::vector<SseEvent> sse_events;

POSTSOURCE_EXPORT("room") Address room(Address handle, Word n) { return address(stream(handle).room(n)); }
POSTSOURCE_EXPORT("feed") Address feed(Address handle, Word n) { return stream(handle).feed(n); }
POSTSOURCE_EXPORT("close") void close_stream(Address handle) { delete &stream(handle); }
POSTSOURCE_EXPORT("symbolAddress") Address symbol_address(Word symbol) {
  return address(workspace.symbols[symbol].data());
}
POSTSOURCE_EXPORT("symbolSize") Word symbol_size(Word symbol) {
  return static_cast<Word>(workspace.symbols[symbol].size());
}

}  // namespace postsource

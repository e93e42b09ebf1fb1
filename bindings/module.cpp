// The boundary to JavaScript: lifetimes and calls only. Once a chunk: room to write it to, then a feed that
// gives the address of a table (event_table.h). Handles and addresses are plain numbers; js/wasm.ts alone
// sees them.

#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <cstdint>
#include <vector>

#include "event_table.h"
#include "postsource/sse_parser.h"

// embind prints one number, to name a type that nobody bound. For that alone the C library would bring all of
// printf, a quarter of the module; the compiler calls it by any of these names.
extern "C" {
int sprintf(char* out, const char*, ...) { return *out = '\0'; }
int siprintf(char* out, const char*, ...) { return *out = '\0'; }
int __small_sprintf(char* out, const char*, ...) { return *out = '\0'; }
}

namespace {

using namespace postsource;

using Address = std::uintptr_t;

// One thread, one module: all streams borrow the same memory while they parse.
Workspace workspace;
std::vector<SseEvent> events;
EventTable table;

Address address(const void* pointer) { return reinterpret_cast<Address>(pointer); }
SseParser& parser(Address handle) { return *reinterpret_cast<SseParser*>(handle); }

Address sse_open(std::uint32_t max_message_bytes, bool report_ignored, bool dispatch_without_data) {
  return address(new SseParser(workspace, {.max_message_bytes = max_message_bytes,
                                           .report_ignored = report_ignored,
                                           .dispatch_without_data = dispatch_without_data}));
}
void sse_close(Address handle) { delete &parser(handle); }
void sse_reset(Address handle) { parser(handle).reset(); }
bool sse_in_line(Address handle) { return parser(handle).in_line(); }
Address symbol_address(std::uint32_t symbol) { return address(workspace.symbols[symbol].data()); }
std::uint32_t symbol_size(std::uint32_t symbol) {
  return static_cast<std::uint32_t>(workspace.symbols[symbol].size());
}

}  // namespace

// The two calls that every chunk makes. embind's way in costs some 70 ns a call where the page's policy
// forbids it to write code (DYNAMIC_EXECUTION=0), a plain export a few: with one event a chunk that is a
// quarter of all the time.
extern "C" {
EMSCRIPTEN_KEEPALIVE Address sse_room(Address handle, std::uint32_t n) {
  return address(parser(handle).room(n));
}

EMSCRIPTEN_KEEPALIVE Address sse_feed(Address handle, std::uint32_t n) {
  events.clear();
  const Status status = parser(handle).commit(n, events);
  return address(table.encode(status, events));
}
}

EMSCRIPTEN_BINDINGS(postsource) {
  using emscripten::function;
  function("sseOpen", &sse_open);
  function("sseClose", &sse_close);
  function("sseReset", &sse_reset);
  function("sseInLine", &sse_in_line);
  function("symbolAddress", &symbol_address);
  function("symbolSize", &symbol_size);
}

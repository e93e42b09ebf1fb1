#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "postsource/workspace.h"
#include "table.h"

/// Exports a function to JavaScript under this name. embind would add 2 kB to a page to convert numbers to
/// numbers.
#define POSTSOURCE_EXPORT(name) extern "C" __attribute__((export_name(name)))

namespace postsource {

// Handles and addresses are plain numbers. Only js/wasm uses them.
using Address = std::uintptr_t;
using Word = std::uint32_t;

/// The workspace of all streams of the module, which has one thread.
extern Workspace workspace;
extern Table table;
extern std::vector<SseEvent> sse_events;

inline Address address(const void* pointer) { return reinterpret_cast<Address>(pointer); }

/// The address of the table of what a parser reported.
template <typename Event>
Address encode(Status status, const std::vector<Event>& events) {
  return address(table.encode(status, std::span<const Event>(events)));
}

/// A parser of any format, with the calls that all formats share. Its handle is its address.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Returns the address to write the next `n` bytes to, or null if there is no memory for them.
  virtual char* room(std::size_t n) = 0;
  /// Parses the `n` bytes that were written to room(). Returns the table of what they complete.
  virtual Address feed(std::size_t n) = 0;
};

inline Stream& stream(Address handle) { return *reinterpret_cast<Stream*>(handle); }
inline Address handle_of(Stream* stream) { return address(stream); }

/// A stream whose parser reports events.
template <typename Parser>
class EventStream final : public Stream {
 public:
  explicit EventStream(SseOptions options) : parser(workspace, options) {}
  char* room(std::size_t n) override { return parser.room(n); }
  Address feed(std::size_t n) override {
    sse_events.clear();
    const Status status = parser.commit(n, sse_events);
    return encode(status, sse_events);
  }
  Parser parser;
};

}  // namespace postsource

// The boundary to JavaScript: lifetimes and calls only. Once a chunk: room to write it to, then a feed that
// gives the address of a table (table.h). Handles and addresses are plain numbers; js/wasm/module.ts alone
// sees them.

#include <emscripten/bind.h>
#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "postsource/content_type.h"
#include "postsource/graphql_sse_parser.h"
#include "postsource/multipart_parser.h"
#include "postsource/sse_parser.h"
#include "table.h"

namespace {

using namespace postsource;

using Address = std::uintptr_t;
using Word = std::uint32_t;  // also for a bool, so that embind has one type less to convert

// One thread, one module: all streams borrow the same memory while they parse.
Workspace workspace;
std::vector<SseEvent> sse_events;
std::vector<MultipartEvent> multipart_events;
Table table;

Address address(const void* pointer) { return reinterpret_cast<Address>(pointer); }

template <typename Event>
Address encode(Status status, const std::vector<Event>& events) {
  return address(table.encode(status, std::span<const Event>(events)));
}

/// A parser of any format, behind the calls that all share.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual char* room(std::size_t n) = 0;
  /// The table of what the `n` bytes written there complete.
  virtual Address feed(std::size_t n) = 0;
};

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
using SseStream = EventStream<SseParser>;
using GraphqlSseStream = EventStream<GraphqlSseParser>;

class MultipartStream final : public Stream {
 public:
  MultipartStream(std::string_view boundary, MultipartOptions options, bool report_headers)
      : parser(workspace, boundary, options), report_headers_(report_headers) {}
  char* room(std::size_t n) override { return parser.room(n); }
  Address feed(std::size_t n) override {
    multipart_events.clear();
    const Status status = parser.commit(n, multipart_events);
    if (!report_headers_) {
      for (MultipartEvent& event : multipart_events) event.headers = {};
    }
    return encode(status, multipart_events);
  }
  MultipartParser parser;

 private:
  bool report_headers_;
};

Stream& stream(Address handle) { return *reinterpret_cast<Stream*>(handle); }
SseParser& sse(Address handle) { return static_cast<SseStream&>(stream(handle)).parser; }
MultipartParser& multipart(Address handle) { return static_cast<MultipartStream&>(stream(handle)).parser; }
Address open(Stream* opened) { return address(opened); }

Address sse_open(Word max_message_bytes, Word report_ignored) {
  return open(new SseStream({.max_message_bytes = max_message_bytes, .report_ignored = report_ignored != 0}));
}
void sse_reset(Address handle) { sse(handle).reset(); }
Word sse_in_line(Address handle) { return sse(handle).in_line(); }

Address graphql_sse_open(Word max_message_bytes) {
  return open(new GraphqlSseStream({.max_message_bytes = max_message_bytes}));
}
/// The table of what the end of the bytes completes.
Address graphql_sse_finish(Address handle) {
  sse_events.clear();
  const Status status = static_cast<GraphqlSseStream&>(stream(handle)).parser.finish(sse_events);
  return encode(status, sse_events);
}

/// `content_type` is the address of the header's value.
Address multipart_open(Address content_type, Word size, Word max_message_bytes, Word max_header_bytes,
                       Word json_by_default, Word report_headers) {
  const std::string_view value(reinterpret_cast<const char*>(content_type), size);
  return open(new MultipartStream(parse_boundary(value),
                                  {.max_message_bytes = max_message_bytes,
                                   .max_header_bytes = max_header_bytes,
                                   .json_by_default = json_by_default != 0},
                                  report_headers != 0));
}
Word multipart_finish(Address handle) { return static_cast<Word>(multipart(handle).finish()); }
/// The address of [rule, byte, part, offset, stream offset]; an offset beyond a word shows as the largest.
Address multipart_failure(Address handle) {
  static Word words[5];
  const MultipartFailure& failure = multipart(handle).failure();
  const auto word = [](std::uint64_t value) {
    return static_cast<Word>(std::min<std::uint64_t>(value, std::numeric_limits<Word>::max()));
  };
  words[0] = static_cast<Word>(failure.rule);
  words[1] = failure.byte;
  words[2] = failure.part;
  words[3] = word(failure.offset);
  words[4] = word(failure.stream_offset);
  return address(words);
}

void close_stream(Address handle) { delete &stream(handle); }
Address scratch(Word size) { return address(workspace.scratch(size)); }
Address symbol_address(Word symbol) { return address(workspace.symbols[symbol].data()); }
Word symbol_size(Word symbol) { return static_cast<Word>(workspace.symbols[symbol].size()); }

}  // namespace

// The two calls that every chunk makes. embind's way in costs some 70 ns a call where the page's policy
// forbids it to write code (DYNAMIC_EXECUTION=0), a plain export a few: with one event a chunk that is a
// quarter of all the time.
extern "C" {
EMSCRIPTEN_KEEPALIVE Address room(Address handle, Word n) { return address(stream(handle).room(n)); }
EMSCRIPTEN_KEEPALIVE Address feed(Address handle, Word n) { return stream(handle).feed(n); }
}

EMSCRIPTEN_BINDINGS(postsource) {
  using emscripten::function;
  function("sseOpen", &sse_open);
  function("sseReset", &sse_reset);
  function("sseInLine", &sse_in_line);
  function("graphqlSseOpen", &graphql_sse_open);
  function("graphqlSseFinish", &graphql_sse_finish);
  function("multipartOpen", &multipart_open);
  function("multipartFinish", &multipart_finish);
  function("multipartFailure", &multipart_failure);
  function("close", &close_stream);
  function("scratch", &scratch);
  function("symbolAddress", &symbol_address);
  function("symbolSize", &symbol_size);
}

// Two slicings of the same bytes and the slow reference must give the same log and the same end. The first
// four bytes choose the limit, the reports, and the slicings.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "postsource/sse_parser.h"
#include "sse_reference.h"

namespace {

using namespace postsource;

struct Outcome {
  std::vector<std::string> log;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

std::string text(const SseEvent& event) {
  switch (event.kind) {
    case SseEvent::Kind::event:
      return "event " + std::string(event.type) + "|" + std::string(event.data) + "|" +
             std::string(event.last_event_id);
    case SseEvent::Kind::id:
      return "id " + std::string(event.last_event_id);
    case SseEvent::Kind::retry:
      return "retry " + std::string(event.data);
    case SseEvent::Kind::comment:
      return "comment " + std::string(event.data);
    case SseEvent::Kind::ignored_line:
      return "ignored " + std::string(event.data);
  }
  std::abort();
}

/// Parses in chunks whose sizes depend on `seed`; with 0 in one chunk.
Outcome parse(std::string_view stream, SseOptions options, unsigned seed) {
  Workspace workspace;
  SseParser parser(workspace, options);
  Outcome outcome;
  while (!stream.empty() && !outcome.failed) {
    const std::size_t size = seed == 0 ? stream.size() : std::min<std::size_t>(stream.size(), seed % 37);
    seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
    const std::unique_ptr<char[]> exact(new char[size]);
    std::copy_n(stream.begin(), size, exact.get());
    stream.remove_prefix(size);
    std::vector<SseEvent> events;
    outcome.failed = parser.feed({exact.get(), size}, events) != Status::ok;
    for (const SseEvent& event : events) outcome.log.push_back(text(event));
  }
  return outcome;
}

[[noreturn]] void report(const char* what, const Outcome& expected, const Outcome& actual) {
  std::fprintf(stderr, "%s\nexpected%s:\n", what, expected.failed ? " (fails)" : "");
  for (const std::string& entry : expected.log) std::fprintf(stderr, "  %s\n", entry.c_str());
  std::fprintf(stderr, "actual%s:\n", actual.failed ? " (fails)" : "");
  for (const std::string& entry : actual.log) std::fprintf(stderr, "  %s\n", entry.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 4) return 0;
  const SseOptions options{.max_message_bytes = bytes[0] == 0 ? std::size_t{16} << 20 : bytes[0],
                           .report_ignored = (bytes[1] & 1) != 0,
                           .dispatch_without_data = (bytes[1] & 2) != 0};
  const std::string_view stream(reinterpret_cast<const char*>(bytes) + 4, size - 4);

  Outcome expected;
  expected.log = reference::parse_event_stream(stream, options.max_message_bytes, options.report_ignored,
                                               options.dispatch_without_data, expected.failed);
  const unsigned seeds[] = {0, bytes[2] + 1u, bytes[3] * 257u + 1u};
  for (const unsigned seed : seeds) {
    const Outcome actual = parse(stream, options, seed);
    if (actual != expected) report(seed == 0 ? "in one piece" : "in slices", expected, actual);
  }
  return 0;
}

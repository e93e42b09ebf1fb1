// Three slicings of the same bytes, and the slow reference with the protocol's names, must give the same
// events, and the same last event at the end. The first four bytes choose the limit and the slicings.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "postsource/content_type.h"
#include "postsource/graphql_sse_parser.h"
#include "sse_reference.h"

namespace {

using namespace postsource;

struct Outcome {
  std::vector<std::string> log;
  std::vector<std::string> last;
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
    default:
      return "retry " + std::string(event.data);
  }
}

/// Parses in chunks whose sizes depend on `seed`; with 0 in one chunk.
Outcome parse(std::string_view stream, SseOptions options, unsigned seed) {
  Workspace workspace;
  GraphqlSseParser parser(workspace, options);
  Outcome outcome;
  std::vector<SseEvent> events;
  while (!stream.empty() && !outcome.failed) {
    const std::size_t size = seed == 0 ? stream.size() : std::min<std::size_t>(stream.size(), seed % 37);
    seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
    const std::unique_ptr<char[]> exact(new char[size]);
    std::copy_n(stream.begin(), size, exact.get());
    stream.remove_prefix(size);
    events.clear();
    outcome.failed = parser.feed({exact.get(), size}, events) != Status::ok;
    for (const SseEvent& event : events) outcome.log.push_back(text(event));
  }
  if (outcome.failed) return outcome;
  events.clear();
  if (parser.finish(events) != Status::ok) return outcome;
  for (const SseEvent& event : events) {
    if (event.type != "next" && event.type != "complete") std::abort();
    outcome.last.push_back(text(event));
  }
  return outcome;
}

/// The protocol's name for an event of the reference's log; empty if the event is dropped.
std::string renamed(const std::string& entry) {
  if (!entry.starts_with("event ")) return entry;
  const std::size_t bar = entry.find('|');
  const std::string type = entry.substr(6, bar - 6);
  const std::string data = entry.substr(bar + 1, entry.rfind('|') - bar - 1);
  const std::string rest = entry.substr(bar);
  const std::string trimmed(trim(data));
  if (type.empty() || type == "message") {
    if (trimmed == "done") return "event complete" + rest;
    if (trimmed.starts_with('{') || trimmed.starts_with('[')) return "event next" + rest;
  }
  if (type == "done" || type == "close" || type == "complete") return "event complete" + rest;
  return data.empty() ? "" : entry;
}

std::vector<std::string> read_by_reference(std::string_view stream, SseOptions options, bool& failed) {
  std::vector<std::string> log;
  for (const std::string& entry :
       reference::parse_event_stream(stream, options.max_message_bytes, false, true, failed)) {
    if (std::string name = renamed(entry); !name.empty()) log.push_back(std::move(name));
  }
  return log;
}

/// An event without its last event id, which an incomplete line does not set.
std::string without_id(const std::string& entry) { return entry.substr(0, entry.rfind('|')); }

/// The end must add the event that a blank line would have added.
void check_end(const Outcome& outcome, std::string_view stream, SseOptions options) {
  bool failed = false;
  const std::vector<std::string> log = read_by_reference(std::string(stream) + "\n\n", options, failed);
  std::string last;
  for (std::size_t i = outcome.log.size(); i < log.size() && !failed; ++i) {
    if (log[i].starts_with("event next|") || log[i].starts_with("event complete|")) last = without_id(log[i]);
  }
  const std::string reported = outcome.last.empty() ? "" : without_id(outcome.last[0]);
  if (outcome.last.size() > 1 || reported != last) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 4) return 0;
  const SseOptions options{.max_message_bytes = bytes[0] == 0 ? std::size_t{16} << 20 : bytes[0]};
  const std::string_view stream(reinterpret_cast<const char*>(bytes) + 4, size - 4);
  // the reference's log separates its fields by bars
  if (stream.find('|') != stream.npos) return 0;

  const Outcome whole = parse(stream, options, 0);
  bool failed = false;
  const std::vector<std::string> expected = read_by_reference(stream, options, failed);
  if (whole.log != expected || whole.failed != failed) {
    for (const std::string& entry : expected) std::fprintf(stderr, "expected %s\n", entry.c_str());
    for (const std::string& entry : whole.log) std::fprintf(stderr, "actual   %s\n", entry.c_str());
    std::abort();
  }
  if (!failed) check_end(whole, stream, options);
  for (const unsigned seed : {bytes[2] + 1u, bytes[3] * 257u + 1u}) {
    if (parse(stream, options, seed) != whole) std::abort();
  }
  return 0;
}

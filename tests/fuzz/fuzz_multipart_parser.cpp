// Three slicings of the same bytes and the slow reference must give the same parts, the same failure and the
// same end. The first four bytes choose the limits, what is JSON and the slicings; then comes a line with the
// response's Content-Type.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "multipart_reference.h"
#include "postsource/content_type.h"
#include "postsource/multipart_parser.h"

namespace {

using namespace postsource;

struct Outcome {
  std::vector<std::string> log;
  MultipartFailure failure;
  MultipartEnd end = MultipartEnd::closed;
};

bool operator==(const Outcome& a, const Outcome& b) {
  return a.log == b.log && a.end == b.end && a.failure.rule == b.failure.rule &&
         a.failure.byte == b.failure.byte && a.failure.part == b.failure.part &&
         a.failure.offset == b.failure.offset && a.failure.stream_offset == b.failure.stream_offset;
}

std::string text(const MultipartEvent& event) {
  if (event.kind == MultipartEvent::Kind::end) return "end";
  return (event.is_json ? "json " : "body ") + std::string(event.headers) + "|" + std::string(event.body);
}

/// Parses in chunks whose sizes depend on `seed`; with 0 in one chunk. The parser may have read other streams
/// before. Its reports are read before the next feed.
Outcome parse(MultipartParser& parser, std::string_view stream, unsigned seed) {
  parser.reset();
  Outcome outcome;
  Status status = Status::ok;
  std::vector<MultipartEvent> events;
  while (!stream.empty()) {
    const std::size_t size = seed == 0 ? stream.size() : std::min<std::size_t>(stream.size(), seed % 37);
    seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
    const std::unique_ptr<char[]> exact(new char[size]);
    std::copy_n(stream.begin(), size, exact.get());
    stream.remove_prefix(size);
    events.clear();
    const Status before = status;
    status = parser.feed({exact.get(), size}, events);
    if (before != Status::ok && (status != before || !events.empty())) std::abort();  // a failure lasts
    for (const MultipartEvent& event : events) outcome.log.push_back(text(event));
  }
  outcome.failure = parser.failure();
  outcome.end = parser.finish();
  const MultipartRule rule = outcome.failure.rule;
  const bool is_limit = rule == MultipartRule::header_size || rule == MultipartRule::body_size;
  const Status expected = rule == MultipartRule::none ? Status::ok
                          : is_limit                  ? Status::limit_exceeded
                                                      : Status::malformed;
  if (status != expected) std::abort();
  return outcome;
}

void print(const char* what, const Outcome& outcome) {
  const MultipartFailure& failure = outcome.failure;
  std::fprintf(stderr, "%s: end %d, rule %d, part %u, offset %llu, stream offset %llu, byte %d\n", what,
               static_cast<int>(outcome.end), static_cast<int>(failure.rule), failure.part,
               static_cast<unsigned long long>(failure.offset),
               static_cast<unsigned long long>(failure.stream_offset), failure.byte);
  for (const std::string& entry : outcome.log) std::fprintf(stderr, "  %s\n", entry.c_str());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 4) return 0;
  const MultipartOptions options{.max_message_bytes = bytes[0] == 0 ? std::size_t{16} << 20 : bytes[0],
                                 .max_header_bytes = bytes[1] == 0 ? std::size_t{16} << 10 : bytes[1],
                                 .json_by_default = (bytes[2] & 1) != 0};
  std::string_view stream(reinterpret_cast<const char*>(bytes) + 4, size - 4);
  const std::string_view content_type = stream.substr(0, stream.find('\n'));
  stream.remove_prefix(std::min(stream.size(), content_type.size() + 1));
  const std::string boundary = parse_content_type(content_type).boundary;

  reference::MultipartStream reference(stream, boundary, options);
  reference.read();
  const Outcome expected{reference.log, reference.failure, reference.end};
  Workspace workspace;
  MultipartParser parser(workspace, boundary, options);
  for (const unsigned seed : {0u, bytes[2] + 1u, bytes[3] * 257u + 1u}) {
    const Outcome actual = parse(parser, stream, seed);
    if (actual == expected) continue;
    print("expected", expected);
    print(seed == 0 ? "in one piece" : "in slices", actual);
    std::abort();
  }
  return 0;
}

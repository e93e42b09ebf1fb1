// The same bytes in three slicings and in the slow reference: the same parts, the same failure, the same end.
// The first four bytes choose the limits, the boundary and the slicings; zeros take the boundary from the
// stream, so that any vector is a seed.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "multipart_reference.h"
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

/// A slicing: chunks whose sizes follow from `seed`; all in one where it is 0.
Outcome parse(std::string_view stream, const std::string& boundary, MultipartOptions options, unsigned seed) {
  Workspace workspace;
  MultipartParser parser(workspace, boundary, options);
  Outcome outcome;
  Status status = Status::ok;
  while (!stream.empty() && status == Status::ok) {
    const std::size_t size = seed == 0 ? stream.size() : std::min<std::size_t>(stream.size(), seed % 37);
    seed = seed == 0 ? 0 : seed * 1103515245u + 12345u;
    const std::unique_ptr<char[]> exact(new char[size]);
    std::copy_n(stream.begin(), size, exact.get());
    stream.remove_prefix(size);
    std::vector<MultipartEvent> events;
    status = parser.feed({exact.get(), size}, events);
    for (const MultipartEvent& event : events) outcome.log.push_back(text(event));
  }
  outcome.failure = parser.failure();
  outcome.end = parser.finish();
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

std::string boundary_of(std::string_view stream, unsigned choice) {
  constexpr const char* kBoundaries[] = {"", "-", "graphql", "b"};
  if (choice > 0) return kBoundaries[choice];
  std::size_t line = 0;
  while (line != stream.npos && !stream.substr(line).starts_with("--")) {
    const std::size_t newline = stream.find('\n', line);
    line = newline == stream.npos ? newline : newline + 1;
  }
  if (line == stream.npos) return "-";
  const std::string_view rest = stream.substr(line + 2);
  return std::string(rest.substr(0, rest.find_first_of(" \t\r\n")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 4) return 0;
  const unsigned header_limit = bytes[1] >> 3;
  const MultipartOptions options{.max_message_bytes = bytes[0] == 0 ? std::size_t{16} << 20 : bytes[0],
                                 .max_header_bytes = header_limit == 0 ? std::size_t{16} << 10 : header_limit,
                                 .json_by_default = (bytes[1] & 1) == 0};
  const std::string_view stream(reinterpret_cast<const char*>(bytes) + 4, size - 4);
  const std::string boundary = boundary_of(stream, bytes[1] >> 1 & 3);

  reference::MultipartStream reference(stream, boundary, options);
  reference.read();
  const Outcome expected{reference.log, reference.failure, reference.end};
  const unsigned seeds[] = {0, bytes[2] + 1u, bytes[3] * 257u + 1u};
  for (const unsigned seed : seeds) {
    const Outcome actual = parse(stream, boundary, options, seed);
    if (actual == expected) continue;
    print("expected", expected);
    print(seed == 0 ? "in one piece" : "in slices", actual);
    std::abort();
  }
  return 0;
}

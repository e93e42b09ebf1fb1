// Reads one event stream repeatedly: `parse_stream READER WORKLOAD CHUNK_BYTES ROUNDS` prints the bytes of a
// round and the nanoseconds of the fastest round. The reader is `sse`, the parser, or `memchr`, a plain
// search for the line ends of the same chunks, which is the lower bound for any parser.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/sse_parser.h"

namespace {

using namespace postsource;

constexpr std::size_t kStreamBytes = std::size_t{1} << 20;

/// Appends one event; `n` is its number.
void add_event(std::string_view workload, std::size_t n, std::string& stream) {
  const std::string number = std::to_string(n);
  if (workload == "token") {  // 165 bytes: the event that a chat completion sends for each token
    stream += "data: {\"id\":\"chatcmpl-" + number +
              "\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,";
    stream +=
        "\"choices\":[{\"index\":0,\"delta\":{\"content\":\" "
        "fox\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n";
  } else if (workload == "graphql") {
    stream += "event: next\ndata: {\"data\":{\"messages\":[{\"id\":\"msg-" + number + "\",\"text\":\"";
    for (int i = 0; i < 36; ++i) stream += "quick ";
    stream += "\"}]}}\n\n";
  } else if (workload == "id") {
    stream += "id: " + number + "\nevent: tick\ndata: {\"n\":" + number + "}\n\n";
  } else if (workload == "tiny") {
    stream += n % 2 == 0 ? "data: " + number + "\n\n" : std::string(":\n\n");
  } else if (workload == "lines") {
    for (int i = 0; i < 1000; ++i) stream += "data: the quick brown fox jumps over the lazy dog\n";
    stream += "\n";
  } else {
    std::fprintf(stderr, "no such workload: token, graphql, id, tiny or lines\n");
    std::exit(2);
  }
}

std::size_t parse(SseParser& parser, std::string_view stream, std::size_t chunk_bytes) {
  static std::vector<SseEvent> events;
  std::size_t count = 0;
  for (; !stream.empty(); stream.remove_prefix(std::min(chunk_bytes, stream.size()))) {
    events.clear();
    if (parser.feed(stream.substr(0, chunk_bytes), events) != Status::ok) std::abort();
    count += events.size();
  }
  return count;
}

std::size_t find_line_ends(std::string_view stream, std::size_t chunk_bytes) {
  std::size_t count = 0;
  for (; !stream.empty(); stream.remove_prefix(std::min(chunk_bytes, stream.size()))) {
    const std::string_view chunk = stream.substr(0, chunk_bytes);
    const char* at = chunk.data();
    const char* const end = at + chunk.size();
    while (const void* found = std::memchr(at, '\n', static_cast<std::size_t>(end - at))) {
      at = static_cast<const char*>(found) + 1;
      ++count;
    }
  }
  return count;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: parse_stream sse|memchr WORKLOAD CHUNK_BYTES ROUNDS\n");
    return 2;
  }
  const bool is_parser = std::string_view(argv[1]) == "sse";
  const std::size_t chunk_bytes = std::strtoull(argv[3], nullptr, 10);
  const std::size_t rounds = std::strtoull(argv[4], nullptr, 10);
  std::string stream;
  for (std::size_t n = 0; stream.size() < kStreamBytes; ++n) add_event(argv[2], n, stream);

  Workspace workspace;
  SseParser parser(workspace);
  std::size_t count = 0;
  auto fastest = std::chrono::nanoseconds::max();
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    count += is_parser ? parse(parser, stream, chunk_bytes) : find_line_ends(stream, chunk_bytes);
    fastest = std::min(fastest, std::chrono::nanoseconds(std::chrono::steady_clock::now() - begin));
  }
  std::printf("%zu %lld %zu\n", stream.size(), static_cast<long long>(fastest.count()), count);
}

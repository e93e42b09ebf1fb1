#include "stream_work.h"

#include "postsource/graphql_sse_parser.h"
#include "postsource/inspector/inspector_json.h"
#include "postsource/multipart_parser.h"
#include "postsource/sse_parser.h"
#include "work.h"

namespace postsource {
namespace {

constexpr std::uint64_t kSetUp = 20'000;  // the cost of a reader before its first byte

template <typename Event, typename Parser>
void read(Parser&& parser, const std::vector<std::string_view>& chunks) {
  std::vector<Event> events;
  for (const std::string_view chunk : chunks) {
    events.clear();
    (void)parser.feed(chunk, events);
  }
}

void inspect(std::string_view context, const std::vector<std::string_view>& chunks) {
  Inspector inspector(context_from_json(context).value());
  std::vector<Message> messages;
  for (const std::string_view chunk : chunks) {
    messages.clear();
    inspector.feed(chunk, 0, messages);
  }
  messages.clear();
  inspector.finish(0, messages);
}

void read(Reader reader, const std::vector<std::string_view>& chunks) {
  Workspace workspace;
  switch (reader) {
    case Reader::sse:
      return read<SseEvent>(SseParser(workspace), chunks);
    case Reader::sse_with_ignored_lines:
      return read<SseEvent>(SseParser(workspace, {.report_ignored = true}), chunks);
    case Reader::graphql_sse:
      return read<SseEvent>(GraphqlSseParser(workspace), chunks);
    case Reader::multipart:
      return read<MultipartEvent>(MultipartParser(workspace, "b"), chunks);
    case Reader::multipart_json:
      return read<MultipartEvent>(MultipartParser(workspace, "b", {.json_by_default = true}), chunks);
    case Reader::inspector_sse:
      return inspect(R"({"contentType":"text/event-stream"})", chunks);
    case Reader::inspector_graphql_sse:
      return inspect(R"({"contentType":"text/event-stream","protocol":"graphql"})", chunks);
    case Reader::inspector_multipart:
      return inspect(R"({"contentType":"multipart/mixed; boundary=b; subscriptionSpec=1.0"})", chunks);
    case Reader::inspector_json:
      return inspect(R"({"contentType":"application/json"})", chunks);
  }
}

}  // namespace

std::uint64_t work_of(Reader reader, const std::vector<std::string_view>& chunks) {
  const std::uint64_t before = work_done();
  read(reader, chunks);
  return work_done() - before;
}

std::uint64_t most_work(Reader reader, const std::vector<std::string_view>& chunks) {
  std::uint64_t bytes = 0;
  for (const std::string_view chunk : chunks) bytes += chunk.size();
  const WorkLimits limits = limits_of(reader);
  return kSetUp + limits.per_byte * bytes + limits.per_chunk * chunks.size();
}

}  // namespace postsource

// The same bytes whole, byte by byte and in chunks must give the same messages. Each is a JSON text on one
// line, and all its offsets are in the stream. The first four bytes choose the protocol and the slicing.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "postsource/inspector/inspector_json.h"

namespace {

using namespace postsource;

constexpr std::string_view kContexts[] = {
    R"({"contentType":"multipart/mixed; boundary=graphql; subscriptionSpec=1.0","maxMessageBytes":1000})",
    R"({"contentType":"multipart/mixed; deferSpec=20220824; boundary=\"-\""})",
    R"({"contentType":"multipart/mixed; boundary=b","requestHeaders":{"accept":"multipart/mixed;subscriptionSpec=1.0"}})",
    R"({"contentType":"multipart/mixed; boundary=b","protocol":"plain"})",
    R"({"contentType":"text/event-stream","protocol":"graphql"})",
    R"({"contentType":"text/event-stream","maxMessageBytes":200})",
    R"({"contentType":"text/event-stream","protocol":"plain","status":200,"headers":{"a":"b"}})",
    R"({"contentType":"application/json"})",
    R"({"contentType":"application/graphql-response+json","protocol":"plain","maxMessageBytes":100})",
};

std::string inspect(const Context& context, std::string_view stream, std::size_t size) {
  Inspector inspector(context);
  std::vector<Message> messages;
  for (std::size_t at = 0; at < stream.size(); at += size) {
    const std::string_view chunk = stream.substr(at, size);
    const std::unique_ptr<char[]> exact(new char[chunk.size()]);
    std::copy(chunk.begin(), chunk.end(), exact.get());
    inspector.feed({exact.get(), chunk.size()}, 0, messages);
  }
  inspector.finish(0, messages);

  std::string lines;
  for (const Message& message : messages) {
    if (message.begin > message.end || message.end > stream.size()) std::abort();
    for (const Finding& finding : message.findings) {
      if (finding.byte && *finding.byte > stream.size()) std::abort();
    }
    const std::string line = to_json(message);
    // a duplicate key, a name in invalid UTF-8 and 512 levels are still JSON
    if (line.find('\n') != line.npos || !nlohmann::json::accept(line)) {
      std::fprintf(stderr, "no JSON: %s\n", line.c_str());
      std::abort();
    }
    lines += line + "\n";
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const Context context = context_from_json(kContexts[data[0] % std::size(kContexts)]).value();
  const std::size_t chunk = 2 + data[1] % 60;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 4, size - 4);
  const std::string whole = inspect(context, stream, std::max<std::size_t>(1, stream.size()));
  for (const std::size_t length : {std::size_t{1}, chunk}) {
    const std::string sliced = inspect(context, stream, length);
    if (sliced == whole) continue;
    std::fprintf(stderr, "whole:\n%s\nin chunks of %zu:\n%s\n", whole.c_str(), length, sliced.c_str());
    std::abort();
  }
  return 0;
}

#include <algorithm>
#include <limits>
#include <string_view>

#include "postsource/content_type.h"
#include "postsource/multipart_parser.h"
#include "stream.h"

namespace postsource {
namespace {

std::vector<MultipartEvent> multipart_events;

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

MultipartParser& parser(Address handle) { return static_cast<MultipartStream&>(stream(handle)).parser; }

}  // namespace

/// Returns the address of `size` bytes for a Content-Type, which multipartOpen reads.
POSTSOURCE_EXPORT("scratch") Address scratch(Word size) { return address(workspace.scratch(size)); }

/// Opens a stream. `content_type` is the address of the header's value.
POSTSOURCE_EXPORT("multipartOpen")
Address multipart_open(Address content_type, Word size, Word max_message_bytes, Word max_header_bytes,
                       Word json_by_default, Word report_headers) {
  const std::string_view value(reinterpret_cast<const char*>(content_type), size);
  return handle_of(new MultipartStream(parse_boundary(value),
                                       {.max_message_bytes = max_message_bytes,
                                        .max_header_bytes = max_header_bytes,
                                        .json_by_default = json_by_default != 0},
                                       report_headers != 0));
}

POSTSOURCE_EXPORT("multipartFinish") Word multipart_finish(Address handle) {
  return static_cast<Word>(parser(handle).finish());
}

/// Returns the address of [rule, byte, part, offset, stream offset]. An offset that exceeds a word is given
/// as the largest word.
POSTSOURCE_EXPORT("multipartFailure") Address multipart_failure(Address handle) {
  static Word words[5];
  const MultipartFailure& failure = parser(handle).failure();
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

}  // namespace postsource

// The cost of reading is O(bytes) for every stream and every slicing. It is counted, not timed.

#include <gtest/gtest.h>

#include <numeric>

#include "stream_work.h"
#include "vectors.h"

namespace postsource {
namespace {

constexpr std::size_t kLongEnough = 40'000;  // so that quadratic cost far exceeds the limits

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

/// Cuts the stream into chunks of `size` bytes; with 0 into its lines.
std::vector<std::string_view> cut(std::string_view stream, std::size_t size) {
  std::vector<std::string_view> chunks;
  while (!stream.empty()) {
    const std::size_t line = stream.find('\n');
    const std::size_t end = size > 0 ? size : line == stream.npos ? line : line + 1;
    chunks.push_back(stream.substr(0, end));
    stream.remove_prefix(chunks.back().size());
  }
  return chunks;
}

void expect_linear(Reader reader, const std::string& stream, std::initializer_list<std::size_t> sizes) {
  for (const std::size_t size : sizes) {
    const auto chunks = cut(stream, size);
    const std::uint64_t work = work_of(reader, chunks);
    EXPECT_LE(work, most_work(reader, chunks))
        << "reader " << static_cast<int>(reader) << ", chunks of " << size << ": "
        << static_cast<double>(work) / static_cast<double>(stream.size()) << " a byte for "
        << stream.substr(0, 60);
  }
}

struct Shape {
  const char* name;
  std::string head;      // once
  std::string repeated;  // until the stream is long enough
  std::vector<Reader> readers;
};

const std::vector<Reader> kEventStreams = {Reader::sse, Reader::sse_with_ignored_lines, Reader::graphql_sse,
                                           Reader::inspector_sse, Reader::inspector_graphql_sse};
const std::vector<Reader> kMultipart = {Reader::multipart, Reader::multipart_json,
                                        Reader::inspector_multipart};

std::vector<Shape> shapes() {
  const std::string big(kLongEnough / 2, 'x');
  std::string long_path;
  for (std::size_t i = 0; i < kLongEnough / 4; ++i) long_path += "1,";
  const std::string header = "Content-Type: application/json\r\n\r\n";
  return {
      {"events", "", "data: one\n\n", kEventStreams},
      {"a block of many lines", "", "data: x\n", kEventStreams},
      {"an id between data lines", "data\nid: " + big + "\n", "data: x\n", kEventStreams},
      {"ids and data lines in turn", "", "data: x\nid: 12345678\n", kEventStreams},
      {"an id before data lines", "id: " + big + "\n", "data: x\n", kEventStreams},
      {"a long name of an event", "event: " + big + "\n", "data: x\n", kEventStreams},
      {"names of events", "", "event: " + std::string(100, 'x') + "\n", kEventStreams},
      {"retry lines behind much data", "data: " + big + "\n", "retry: 1\n", kEventStreams},
      {"comments behind much data", "data: " + big + "\n", ":\n", kEventStreams},
      {"a line without an end", "data: ", "x", kEventStreams},
      {"blank lines", "", "\r\n", kEventStreams},
      {"a long id and events", "id: " + big + "\n\n", "data: x\n\n", kEventStreams},
      {"payloads with the id of a long path",
       "event: next\ndata: {\"hasNext\":true,\"pending\":[{\"id\":\"0\",\"path\":[" + long_path +
           "1]}],\n"
           "data: \"data\":{}}\n\n",
       "event: next\ndata: {\"hasNext\":true,\"incremental\":[{\"id\":\"0\",\"data\":{}}]}\n\n",
       {Reader::inspector_graphql_sse}},
      {"a body of many lines", "--b\r\n\r\n", "-- b\n", kMultipart},
      {"a JSON text of many lines", "--b\r\n" + header + "[", "\n-", kMultipart},
      {"a deep JSON text", "--b\r\n" + header, "[", kMultipart},
      {"escapes", "--b\r\n" + header + "\"", "\\\\", kMultipart},
      {"white space before a value", "--b\r\n" + header, "\n", kMultipart},
      {"parts", "", "--b\r\n" + header + "{}\r\n", kMultipart},
      {"close delimiters", "", "--b--\r\n" + header + "{}\r\n", kMultipart},
      {"what is no delimiter", "--b\r\n\r\n", "--b-\n", kMultipart},
      {"delimiters without parts", "", "--b\r\n", kMultipart},
      {"headers", "--b\r\n", "a:b\r\n", kMultipart},
      {"a preamble", "", "-\n", kMultipart},
      {"an epilogue", "--b--\r\n", "a:b\r\n", kMultipart},
  };
}

TEST(Work, OfEachShapeIsLinear) {
  for (const Shape& shape : shapes()) {
    SCOPED_TRACE(shape.name);
    const std::size_t times = (kLongEnough - shape.head.size()) / shape.repeated.size();
    for (const Reader reader : shape.readers) {
      expect_linear(reader, shape.head + repeated(shape.repeated, times), {0, 1, 64, kLongEnough});
    }
  }
}

TEST(Work, OfEachVectorWithOneLineRepeatedIsLinear) {
  for (const Vector& vector : load_vectors("sse")) {
    if (vector.input.size() > 300) continue;
    SCOPED_TRACE(vector.name);
    for (std::size_t begin = 0, end; begin < vector.input.size(); begin = end) {
      end = std::min(vector.input.size() - 1, vector.input.find('\n', begin)) + 1;
      const std::string line = vector.input.substr(begin, end - begin);
      const std::string stream =
          vector.input.substr(0, begin) + repeated(line, 10'000 / line.size()) + vector.input.substr(end);
      for (const Reader reader : kEventStreams) expect_linear(reader, stream, {0, 1});
    }
  }
}

}  // namespace
}  // namespace postsource

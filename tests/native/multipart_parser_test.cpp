#include "postsource/multipart_parser.h"

#include <gtest/gtest.h>

#include <memory>

#include "postsource/part_headers.h"
#include "vectors.h"

namespace postsource {
namespace {

struct Outcome {
  std::vector<std::string> log;
  Status status = Status::ok;
  MultipartFailure failure;
  MultipartEnd end = MultipartEnd::closed;
};

/// Feeds from a buffer of exactly the chunk's size, so that a sanitizer detects a read past the end.
Status feed(MultipartParser& parser, std::string_view chunk, std::vector<std::string>& log) {
  const std::unique_ptr<char[]> exact(new char[chunk.size()]);
  std::copy(chunk.begin(), chunk.end(), exact.get());
  std::vector<MultipartEvent> events;
  const Status status = parser.feed({exact.get(), chunk.size()}, events);
  for (const MultipartEvent& event : events) log.push_back(log_entry(event));
  return status;
}

Outcome parse(const std::vector<std::string_view>& chunks, std::string_view boundary,
              MultipartOptions options = {}) {
  Workspace workspace;
  MultipartParser parser(workspace, boundary, options);
  Outcome outcome;
  for (const std::string_view chunk : chunks) {
    outcome.status = feed(parser, chunk, outcome.log);
    if (outcome.status != Status::ok) break;
  }
  outcome.failure = parser.failure();
  outcome.end = parser.finish();
  return outcome;
}

constexpr MultipartOptions kJson{.json_by_default = true};

class MultipartVectors : public testing::TestWithParam<MultipartVector> {};

TEST_P(MultipartVectors, HoldsAtEverySlicing) {
  const MultipartVector& vector = GetParam();
  for_each_slicing(vector.input, [&](const std::vector<std::string_view>& chunks) {
    SCOPED_TRACE(testing::Message() << chunks.size() << " chunks, the first of " << chunks[0].size()
                                    << " bytes");
    const Outcome outcome = parse(chunks, vector.boundary, vector.options);
    ASSERT_EQ(outcome.log, vector.log);
    ASSERT_EQ(outcome.status, vector.status);
    ASSERT_EQ(outcome.end, vector.end);
    ASSERT_EQ(outcome.failure.rule, vector.failure.rule);
    ASSERT_EQ(outcome.failure.part, vector.failure.part);
    ASSERT_EQ(outcome.failure.offset, vector.failure.offset);
    ASSERT_EQ(outcome.failure.stream_offset, vector.failure.stream_offset);
    ASSERT_EQ(outcome.failure.byte, vector.failure.byte);
  });
}

INSTANTIATE_TEST_SUITE_P(Vectors, MultipartVectors, testing::ValuesIn(load_multipart_vectors()),
                         [](const auto& test) {
                           std::string name = test.param.file + "_" + test.param.name;
                           for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

TEST(MultipartParser, AJsonPartIsReportedByTheChunkThatCompletesIt) {
  Workspace workspace;
  MultipartParser parser(workspace, "graphql", kJson);
  std::vector<std::string> log;
  (void)feed(parser, "\r\n--graphql\r\n\r\n{\"payload\":{\"data\":1}", log);
  EXPECT_TRUE(log.empty());
  (void)feed(parser, "}", log);
  EXPECT_EQ(log, std::vector<std::string>{"part [] json [{\"payload\":{\"data\":1}}]"});
}

TEST(MultipartParser, APartThatIsNotJsonIsReportedByTheByteThatEndsItsBoundary) {
  Workspace workspace;
  MultipartParser parser(workspace, "b");
  std::vector<std::string> log;
  (void)feed(parser, "--b\r\n\r\none\r\n--b", log);
  EXPECT_TRUE(log.empty());
  (void)feed(parser, "\r", log);
  EXPECT_EQ(log, std::vector<std::string>{"part [] body [one]"});
}

TEST(MultipartParser, TheStreamEndsWithTheLastHyphen) {
  Workspace workspace;
  MultipartParser parser(workspace, "graphql");
  std::vector<std::string> log;
  (void)feed(parser, "--graphql-", log);
  EXPECT_TRUE(log.empty());
  EXPECT_NE(parser.finish(), MultipartEnd::closed);
  (void)feed(parser, "-", log);
  EXPECT_EQ(log, std::vector<std::string>{"end"});
  EXPECT_EQ(parser.finish(), MultipartEnd::closed);
}

TEST(MultipartParser, AFailureLastsUntilReset) {
  Workspace workspace;
  MultipartParser parser(workspace, "b", kJson);
  std::vector<std::string> log;
  EXPECT_EQ(feed(parser, "--b\n\n1 2\n--b--", log), Status::malformed);
  EXPECT_EQ(feed(parser, "\n--b\n\n3\n--b--", log), Status::malformed);
  EXPECT_EQ(log, std::vector<std::string>{"part [] json [1]"});
  EXPECT_EQ(parser.finish(), MultipartEnd::failed);
  EXPECT_EQ(parser.failure().rule, MultipartRule::json_end);

  parser.reset();
  log.clear();
  EXPECT_EQ(parser.failure().rule, MultipartRule::none);
  EXPECT_EQ(parser.finish(), MultipartEnd::no_parts);
  EXPECT_EQ(feed(parser, "--b\n\n4\n--b--", log), Status::ok);
  EXPECT_EQ(log, (std::vector<std::string>{"part [] json [4]", "end"}));
}

TEST(MultipartParser, ResetBeginsANewStream) {
  for (const std::string_view begun :
       {"--b\n\n[1,", "--b\nContent-Ty", "--b\nContent-Type: x\n\nbo", "--", "--b--"}) {
    Workspace workspace;
    MultipartParser parser(workspace, "b", kJson);
    std::vector<std::string> log;
    EXPECT_EQ(feed(parser, begun, log), Status::ok);
    parser.reset();
    log.clear();
    EXPECT_EQ(feed(parser, "--b\n\n2 x", log), Status::malformed);
    EXPECT_EQ(log, std::vector<std::string>{"part [] json [2]"});
    EXPECT_EQ(parser.failure().part, 1u);
    EXPECT_EQ(parser.failure().stream_offset, 7u);
  }
}

TEST(MultipartParser, StreamsOfOneWorkspaceAreIndependent) {
  constexpr std::size_t kLongest = 4096;
  std::vector<MultipartVector> vectors = load_multipart_vectors();
  std::erase_if(vectors, [](const auto& vector) { return vector.input.size() > kLongest; });
  Workspace workspace;
  std::vector<std::unique_ptr<MultipartParser>> parsers;
  std::vector<std::vector<std::string>> logs(vectors.size());
  for (const MultipartVector& vector : vectors) {
    parsers.push_back(std::make_unique<MultipartParser>(workspace, vector.boundary, vector.options));
  }
  for (std::size_t at = 0, step = 5; at < kLongest; at += step) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const std::string_view input = vectors[i].input;
      if (at < input.size()) (void)feed(*parsers[i], input.substr(at, step), logs[i]);
    }
  }
  for (std::size_t i = 0; i < vectors.size(); ++i) EXPECT_EQ(logs[i], vectors[i].log) << vectors[i].name;
}

TEST(MultipartParser, ReportsStayValidUntilTheNextFeed) {
  Workspace workspace;
  MultipartParser parser(workspace, "b", kJson);
  std::vector<MultipartEvent> events;
  // in small chunks, so that the unfinished part is in the parser's own memory
  for (const std::string_view chunk :
       {"--b\r\nA: 1\r\n\r\n{\"a\":", "1}\r\n--b\r\nContent-Type: x\r\n\r\nbod",
        "y\r\n--b\r\n\r\n[\"the beginning of a third"}) {
    const std::size_t reported = events.size();
    ASSERT_EQ(parser.feed(chunk, events), Status::ok);
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(reported));
    for (const MultipartEvent& event : events) {
      EXPECT_EQ(log_entry(event), event.is_json ? "part [A: 1\r\n] json [{\"a\":1}]"
                                                : "part [Content-Type: x\r\n] body [body]");
    }
  }
  EXPECT_EQ(events.size(), 1u);
}

TEST(MultipartParser, BodiesAreBytes) {
  std::string body;
  for (int i = 0; i < 256; ++i) body += static_cast<char>(i);
  Workspace workspace;
  MultipartParser parser(workspace, "b");
  std::vector<MultipartEvent> events;
  ASSERT_EQ(parser.feed("--b\n\n" + body + "\n--b--", events), Status::ok);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].body, body);
}

std::vector<std::string_view> in_steps(std::string_view bytes, std::size_t step) {
  std::vector<std::string_view> chunks;
  for (std::size_t at = 0; at < bytes.size(); at += step) chunks.push_back(bytes.substr(at, step));
  return chunks;
}

TEST(MultipartParser, DeepNestingNeedsNoStack) {
  constexpr std::size_t kDepth = 1'000'000;
  const std::string value = std::string(kDepth, '[') + std::string(kDepth, ']');
  const std::string stream = "--b\n\n" + value + "\n--b--";
  const Outcome outcome = parse(in_steps(stream, 1400), "b", kJson);
  EXPECT_TRUE(outcome.log == (std::vector<std::string>{"part [] json [" + value + "]", "end"}));
}

TEST(MultipartParser, ALongBoundaryAndLinesThatAreAlmostOne) {
  const std::string boundary(10'000, '-');
  const std::string almost(boundary.size() + 1, '-');
  const std::string body = almost + "\r\n" + boundary + "\r\n" + almost + "x";
  const std::string stream = almost + "\r\n--" + boundary + "\r\n\r\n" + body + "\r\n--" + boundary + "--";
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, boundary.size(), stream.size()}) {
    const Outcome outcome = parse(in_steps(stream, step), boundary);
    EXPECT_TRUE(outcome.log == (std::vector<std::string>{"part [] body [" + body + "]", "end"})) << step;
  }
}

TEST(PartHeaders, AreFoundByName) {
  constexpr std::string_view headers =
      "A: 1\r\nContent-Type :\r\n application/json\r\n\t; x=y \r\nb:2\na: 3\n";
  EXPECT_EQ(find_header(headers, "a"), "1");
  EXPECT_EQ(find_header(headers, "content-type"), "application/json\r\n\t; x=y");
  EXPECT_EQ(find_header(headers, "B"), "2");
  EXPECT_EQ(find_header(headers, "c"), "");
  EXPECT_EQ(find_header("", "a"), "");
}

TEST(ContentType, OfEveryVector) {
  for (const ContentTypeVector& vector : load_content_type_vectors()) {
    // a copy of exactly its size, so that a sanitizer detects a read past the end
    const std::vector<char> exact(vector.input.begin(), vector.input.end());
    const std::string_view input(exact.data(), exact.size());
    const ContentType type = parse_content_type(input);
    EXPECT_EQ(type.essence, vector.type.essence) << vector.name;
    EXPECT_EQ(type.boundary, vector.type.boundary) << vector.name;
    EXPECT_EQ(is_json_type(input), vector.is_json) << vector.name;
  }
}

}  // namespace
}  // namespace postsource

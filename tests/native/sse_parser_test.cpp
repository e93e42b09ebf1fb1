#include "postsource/sse_parser.h"

#include <gtest/gtest.h>

#include <memory>

#include "vectors.h"

namespace postsource {
namespace {

struct Outcome {
  std::vector<std::string> log;
  Status status = Status::ok;
};

/// Feeds from a buffer of exactly the chunk's size, so that a sanitizer detects a read past the end.
Status feed(SseParser& parser, std::string_view chunk, std::vector<std::string>& log) {
  const std::unique_ptr<char[]> exact(new char[chunk.size()]);
  std::copy(chunk.begin(), chunk.end(), exact.get());
  std::vector<SseEvent> events;
  const Status status = parser.feed({exact.get(), chunk.size()}, events);
  for (const SseEvent& event : events) log.push_back(log_entry(event));
  return status;
}

Outcome parse(const std::vector<std::string_view>& chunks, SseOptions options = {}) {
  Workspace workspace;
  SseParser parser(workspace, options);
  Outcome outcome;
  for (const std::string_view chunk : chunks) {
    outcome.status = feed(parser, chunk, outcome.log);
    if (outcome.status != Status::ok) break;
  }
  return outcome;
}

class SseVector : public testing::TestWithParam<Vector> {};

TEST_P(SseVector, HoldsAtEverySlicing) {
  const Vector& vector = GetParam();
  for_each_slicing(vector.input, [&](const std::vector<std::string_view>& chunks) {
    const Outcome outcome = parse(chunks, vector.options);
    ASSERT_EQ(outcome.log, vector.log) << vector.name << ", in " << chunks.size() << " chunks, the first of "
                                       << chunks[0].size() << " bytes";
    ASSERT_EQ(outcome.status, vector.fails ? Status::limit_exceeded : Status::ok);
  });
}

INSTANTIATE_TEST_SUITE_P(Vectors, SseVector, testing::ValuesIn(load_vectors("sse")), [](const auto& test) {
  std::string name = test.param.file + "_" + test.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
});

TEST(SseParser, AFailureLastsUntilReset) {
  Workspace workspace;
  SseParser parser(workspace, {.max_message_bytes = 8});
  std::vector<std::string> log;
  EXPECT_EQ(feed(parser, "data: 123456789\n\n", log), Status::limit_exceeded);
  EXPECT_EQ(feed(parser, "\n\ndata: a\n\n", log), Status::limit_exceeded);
  EXPECT_TRUE(log.empty());

  parser.reset();
  EXPECT_EQ(feed(parser, "data: a\n\n", log), Status::ok);
  EXPECT_EQ(log, std::vector<std::string>{"event message [a] id "});
}

TEST(SseParser, ResetBeginsANewStream) {
  Workspace workspace;
  SseParser parser(workspace);
  std::vector<std::string> log;
  EXPECT_EQ(feed(parser, "id: 1\ndata: a\n\nid: 2\nevent: x\ndata: b\nda", log), Status::ok);
  parser.reset();
  log.clear();
  EXPECT_EQ(feed(parser,
                 "\xEF\xBB\xBF"
                 "data: c\n\n",
                 log),
            Status::ok);
  EXPECT_EQ(log, std::vector<std::string>{"event message [c] id "});
}

TEST(SseParser, KnowsWhetherTheStreamStoppedWithinALine) {
  Workspace workspace;
  SseParser parser(workspace);
  std::vector<std::string> log;
  EXPECT_FALSE(parser.in_line());
  (void)feed(parser, "data: a", log);
  EXPECT_TRUE(parser.in_line());
  (void)feed(parser, "\n", log);
  EXPECT_FALSE(parser.in_line());
}

TEST(SseParser, ALineWithoutEffectIsNotKept) {
  Workspace workspace;
  SseParser parser(workspace, {.max_message_bytes = 100, .report_ignored = true});
  std::vector<std::string> log;
  (void)feed(parser, "data: a\n:", log);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(feed(parser, "comment", log), Status::ok);
    EXPECT_LE(parser.unfinished_line().size(), 101u);
  }
  (void)feed(parser, "\n\n", log);
  EXPECT_EQ(log, std::vector<std::string>{"event message [a] id "});
}

TEST(SseParser, StreamsOfOneWorkspaceAreIndependent) {
  const std::vector<Vector> vectors = load_vectors("sse");
  Workspace workspace;
  std::vector<std::unique_ptr<SseParser>> parsers;
  std::vector<std::vector<std::string>> logs(vectors.size());
  for (const Vector& vector : vectors)
    parsers.push_back(std::make_unique<SseParser>(workspace, vector.options));

  for (std::size_t at = 0, step = 5; at < 8192; at += step) {
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      const std::string_view input = vectors[i].input;
      if (at < input.size() && input.size() <= 8192) (void)feed(*parsers[i], input.substr(at, step), logs[i]);
    }
  }
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    if (vectors[i].input.size() > 8192) continue;
    EXPECT_EQ(logs[i], vectors[i].log) << vectors[i].name;
  }
}

TEST(SseParser, ReportsStayValidUntilTheNextFeed) {
  Workspace workspace;
  SseParser parser(workspace);
  std::vector<SseEvent> events;
  // in small chunks, so that the unfinished block is in the parser's own memory
  for (const std::string_view chunk :
       {"id: old\nda", "ta: one\n\nid: new\ndata: two\n\ndata: the beginning of a third"}) {
    events.clear();
    ASSERT_EQ(parser.feed(chunk, events), Status::ok);
  }
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(log_entry(events[0]), "event message [one] id old");
  EXPECT_EQ(log_entry(events[1]), "event message [two] id new");
}

}  // namespace
}  // namespace postsource

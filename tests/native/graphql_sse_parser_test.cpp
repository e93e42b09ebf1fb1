#include "postsource/graphql_sse_parser.h"

#include <gtest/gtest.h>

#include <cctype>
#include <memory>

#include "vectors.h"

namespace postsource {
namespace {

struct Outcome {
  std::vector<std::string> log;
  std::vector<std::string> last;
  Status status = Status::ok;
};

std::vector<std::string> log_of(const std::vector<SseEvent>& events) {
  std::vector<std::string> log;
  for (const SseEvent& event : events) log.push_back(log_entry(event));
  return log;
}

/// Feeds from buffers of exactly the chunks' sizes, so that a sanitizer detects a read past the end.
Outcome parse(const std::vector<std::string_view>& chunks, SseOptions options = {}) {
  Workspace workspace;
  GraphqlSseParser parser(workspace, options);
  Outcome outcome;
  std::vector<SseEvent> events;
  for (const std::string_view chunk : chunks) {
    const std::unique_ptr<char[]> exact(new char[chunk.size()]);
    std::copy(chunk.begin(), chunk.end(), exact.get());
    events.clear();
    outcome.status = parser.feed({exact.get(), chunk.size()}, events);
    for (std::string& entry : log_of(events)) outcome.log.push_back(std::move(entry));
  }
  if (outcome.status != Status::ok) return outcome;
  events.clear();
  outcome.status = parser.finish(events);
  outcome.last = log_of(events);
  return outcome;
}

class GraphqlSseVector : public testing::TestWithParam<Vector> {};

TEST_P(GraphqlSseVector, HoldsAtEverySlicing) {
  const Vector& vector = GetParam();
  for_each_slicing(vector.input, [&](const std::vector<std::string_view>& chunks) {
    const Outcome outcome = parse(chunks, vector.options);
    ASSERT_EQ(outcome.log, vector.log) << vector.name << ", in " << chunks.size() << " chunks, the first of "
                                       << chunks[0].size() << " bytes";
    ASSERT_EQ(outcome.last, vector.last);
    ASSERT_EQ(outcome.status, vector.fails ? Status::limit_exceeded : Status::ok);
  });
}

INSTANTIATE_TEST_SUITE_P(Vectors, GraphqlSseVector, testing::ValuesIn(load_vectors("graphql-sse")),
                         [](const auto& test) {
                           std::string name = test.param.file + "_" + test.param.name;
                           for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name;
                         });

TEST(GraphqlSseParser, ResetBeginsANewStream) {
  Workspace workspace;
  GraphqlSseParser parser(workspace);
  std::vector<SseEvent> events;
  EXPECT_EQ(parser.feed("id: 1\nevent: next\ndata: {\"half", events), Status::ok);
  parser.reset();
  EXPECT_EQ(parser.feed("event: next\ndata: {}\n\n", events), Status::ok);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].type, "next");
  EXPECT_EQ(events[0].data, "{}");
  EXPECT_EQ(events[0].last_event_id, "");
}

}  // namespace
}  // namespace postsource

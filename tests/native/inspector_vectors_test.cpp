#include "inspector_vectors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "postsource/inspector/inspector_json.h"

namespace postsource {
namespace {

using nlohmann::json;

std::string lines(const std::vector<Message>& messages) {
  std::string all;
  for (const Message& message : messages) all += to_json(message) + "\n";
  return all;
}

/// Cuts every chunk into pieces of `size` bytes.
std::vector<Chunk> in_pieces(const std::vector<Chunk>& chunks, std::size_t size) {
  std::vector<Chunk> pieces;
  for (const auto& [time, bytes] : chunks) {
    for (std::size_t at = 0; at < bytes.size(); at += size) pieces.push_back({time, bytes.substr(at, size)});
  }
  return pieces;
}

class InspectorVectors : public testing::TestWithParam<InspectorVector> {};

TEST_P(InspectorVectors, HasExactlyTheseFindings) {
  const InspectorVector& stream = GetParam();
  json found = json::array();
  json kinds = json::array();
  for (const Message& message : inspect(stream.context, stream.chunks, stream.end_ms)) {
    kinds.push_back(name_of(message.kind));
    EXPECT_EQ(message.number + 1, kinds.size());
    EXPECT_LE(message.begin, message.end);
    for (const Finding& finding : message.findings) {
      json entry = {{"rule", finding.rule->id}, {"message", message.number}};
      if (finding.byte) entry["byte"] = *finding.byte;
      // the texts are compared only if the vector has them
      const std::size_t i = found.size();
      const json listed = i < stream.findings.size() ? stream.findings[i] : json::object();
      if (listed.contains("found")) entry["found"] = finding.found;
      if (listed.contains("expected")) entry["expected"] = finding.expected;
      if (listed.contains("text")) entry["text"] = finding.message;
      found.push_back(entry);
    }
  }
  EXPECT_EQ(found, stream.findings) << found.dump(2);
  if (!stream.kinds.is_null()) {
    EXPECT_EQ(kinds, stream.kinds);
  }
  const bool breaks = std::any_of(found.begin(), found.end(),
                                  [&](const json& finding) { return finding["rule"] == stream.rule; });
  EXPECT_EQ(breaks, !stream.rule.empty() && !stream.is_nearby);
}

TEST_P(InspectorVectors, AreTheSameAtEverySlicing) {
  const InspectorVector& stream = GetParam();
  const std::string whole = lines(inspect(stream.context, stream.chunks, stream.end_ms));
  for (const std::size_t size : {1, 2, 3, 7}) {
    ASSERT_EQ(lines(inspect(stream.context, in_pieces(stream.chunks, size), stream.end_ms)), whole)
        << "in pieces of " << size;
  }
  constexpr std::size_t kLongestForOneCut = 1500;
  for (std::size_t i = 0; i < stream.chunks.size(); ++i) {
    const auto& [time, bytes] = stream.chunks[i];
    for (std::size_t cut = 1; cut < std::min(bytes.size(), kLongestForOneCut); ++cut) {
      std::vector<Chunk> chunks = stream.chunks;
      chunks[i].bytes = bytes.substr(0, cut);
      chunks.insert(chunks.begin() + static_cast<std::ptrdiff_t>(i) + 1, {time, bytes.substr(cut)});
      ASSERT_EQ(lines(inspect(stream.context, chunks, stream.end_ms)), whole)
          << "chunk " << i << " cut at " << cut;
    }
  }
}

TEST_P(InspectorVectors, AreJsonTexts) {
  const InspectorVector& stream = GetParam();
  for (const Message& message : inspect(stream.context, stream.chunks, stream.end_ms)) {
    const std::string text = to_json(message);
    const json object = json::parse(text);
    EXPECT_EQ(text.find('\n'), text.npos);
    EXPECT_EQ(object["findings"].size(), message.findings.size());
    EXPECT_EQ(object.contains("payload"), message.is_json);
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, InspectorVectors, testing::ValuesIn(inspector_vectors()),
                         [](const auto& test) {
                           std::string name = test.param.name;
                           for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
                           return name + "_" + std::to_string(test.index);
                         });

TEST(InspectorRules, EachHasAVectorThatBreaksItAndOneNearbyThatDoesNot) {
  std::set<std::string> broken;
  std::set<std::string> kept;
  for (const InspectorVector& stream : inspector_vectors())
    (stream.is_nearby ? kept : broken).insert(stream.rule);
  for (const Rule& rule : kRules) {
    EXPECT_TRUE(broken.contains(std::string(rule.id))) << rule.id;
    EXPECT_TRUE(kept.contains(std::string(rule.id))) << rule.id;
  }
}

TEST(InspectorRules, HaveIdsOfTheirOwnAndSentences) {
  std::set<std::string_view> ids;
  for (const Rule& rule : kRules) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_TRUE(rule.standard.starts_with("https://")) << rule.id;
    EXPECT_TRUE(rule.sentence.ends_with('.')) << rule.id;
    EXPECT_TRUE(json::accept(to_json(rule)));
  }
}

}  // namespace
}  // namespace postsource

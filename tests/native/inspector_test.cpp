#include "postsource/inspector/inspector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "postsource/inspector/inspector_json.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

using nlohmann::json;

struct Chunk {
  double time_ms;
  std::string bytes;
};

/// A stream of tests/vectors/inspector, or what is nearby.
struct Stream {
  std::string name;
  std::string rule;  // that it breaks; nearby, that it does not
  bool is_nearby = false;
  Context context = {};
  std::vector<Chunk> chunks = {};
  double end_ms = 0;
  json findings = {};
  json kinds = {};
};

void PrintTo(const Stream& stream, std::ostream* out) { *out << stream.name; }

std::string expand(const json& input) {
  if (input.is_string()) return input;
  std::string bytes;
  if (input.is_array()) {
    for (const json& piece : input) bytes += expand(piece);
  } else if (input.contains("hex")) {
    const std::string hex = input["hex"];
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  } else {
    for (int i = 0; i < input["times"]; ++i) bytes += expand(input["repeat"]);
  }
  return bytes;
}

Stream read_stream(const json& item, std::string name, std::string rule, bool is_nearby) {
  Stream stream{.name = std::move(name), .rule = std::move(rule), .is_nearby = is_nearby};
  stream.context = context_from_json(item["context"].dump()).value();
  if (item.contains("input")) stream.chunks.push_back({0, expand(item["input"])});
  for (const json& chunk : item.value("chunks", json::array())) {
    stream.chunks.push_back({chunk[0], expand(chunk[1])});
  }
  stream.end_ms = item.value("end", stream.chunks.back().time_ms);
  stream.findings = item["findings"];
  stream.kinds = item.value("kinds", json());
  return stream;
}

std::vector<Stream> load_streams() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(VECTORS_DIR "/inspector")) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Stream> streams;
  for (const auto& file : files) {
    std::ifstream text(file);
    for (const json& item : json::parse(text)) {
      const std::string name = file.stem().string() + "_" + item["name"].get<std::string>();
      const std::string rule = item.value("rule", "");
      streams.push_back(read_stream(item, name, rule, false));
      if (item.contains("nearby"))
        streams.push_back(read_stream(item["nearby"], name + ", nearby", rule, true));
    }
  }
  return streams;
}

const std::vector<Stream>& streams() {
  static const std::vector<Stream> all = load_streams();
  return all;
}

/// From a buffer of just the chunk's size, so that a sanitizer sees one byte too many.
void feed(Inspector& inspector, std::string_view bytes, double time_ms, std::vector<Message>& out) {
  const std::unique_ptr<char[]> exact(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  inspector.feed({exact.get(), bytes.size()}, time_ms, out);
}

std::vector<Message> inspect(const Context& context, const std::vector<Chunk>& chunks, double end_ms) {
  std::vector<Message> messages;
  Inspector inspector(context);
  for (const Chunk& chunk : chunks) feed(inspector, chunk.bytes, chunk.time_ms, messages);
  inspector.finish(end_ms, messages);
  return messages;
}

std::vector<Message> inspect(std::string_view content_type, const std::string& bytes) {
  return inspect({.content_type = std::string(content_type)}, {{0, bytes}}, 0);
}

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

class InspectorVectors : public testing::TestWithParam<Stream> {};

TEST_P(InspectorVectors, HasJustTheseFindings) {
  const Stream& stream = GetParam();
  json found = json::array();
  json kinds = json::array();
  for (const Message& message : inspect(stream.context, stream.chunks, stream.end_ms)) {
    kinds.push_back(name_of(message.kind));
    EXPECT_EQ(message.number + 1, kinds.size());
    EXPECT_LE(message.begin, message.end);
    for (const Finding& finding : message.findings) {
      json entry = {{"rule", finding.rule->id}, {"message", message.number}};
      if (finding.byte) entry["byte"] = *finding.byte;
      // the words are compared where the vector has them
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
  const Stream& stream = GetParam();
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
  const Stream& stream = GetParam();
  for (const Message& message : inspect(stream.context, stream.chunks, stream.end_ms)) {
    const std::string text = to_json(message);
    const json object = json::parse(text);
    EXPECT_EQ(text.find('\n'), text.npos);
    EXPECT_EQ(object["findings"].size(), message.findings.size());
    EXPECT_EQ(object.contains("payload"), message.is_json);
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, InspectorVectors, testing::ValuesIn(streams()), [](const auto& test) {
  std::string name = test.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name + "_" + std::to_string(test.index);
});

TEST(InspectorRules, EachHasAVectorThatBreaksItAndOneNearbyThatDoesNot) {
  std::set<std::string> broken;
  std::set<std::string> kept;
  for (const Stream& stream : streams()) (stream.is_nearby ? kept : broken).insert(stream.rule);
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

TEST(Inspector, ReportsAMessageWithTheChunkThatCompletesIt) {
  std::vector<Message> messages;
  Inspector inspector({.content_type = "multipart/mixed; boundary=b"});
  inspector.feed("--b\r\nContent-Type: application/json\r\n\r\n{\"data\":{}", 1, messages);
  EXPECT_EQ(messages.size(), 1);
  inspector.feed("}", 2, messages);
  ASSERT_EQ(messages.size(), 2);
  EXPECT_EQ(messages[1].kind, Message::Kind::result);
  EXPECT_EQ(messages[1].time_ms, 2);
}

TEST(Inspector, RangesLeadToTheBytes) {
  const std::string bytes = "id: 1\ndata: a\r\n\r\n: hi\rdata: b\n\n";
  std::vector<std::string> pieces;
  for (const Message& message : inspect("text/event-stream", bytes)) {
    pieces.push_back(bytes.substr(message.begin, message.end - message.begin));
  }
  EXPECT_EQ(pieces, (std::vector<std::string>{"", "id: 1\ndata: a", ": hi", "data: b", ""}));
}

TEST(Inspector, AMessageHasTheFieldsOfItsEvent) {
  const auto messages =
      inspect("text/event-stream", "id: 1\nevent: x\nretry: 5\ndata: {\"a\": [1,\ndata: 2]}\n\n");
  EXPECT_EQ(
      to_json(messages[1]),
      R"({"number":1,"kind":"event","begin":0,"end":49,"size":49,"time":0,"event":"x","id":"1","retry":"5",)"
      R"("payload":{"a":[1,2]},"findings":[]})");
}

TEST(Inspector, LongStreamsOfOneMessageTakeTimeInProportion) {
  // quadratic work would take minutes here
  std::string bytes = "event: next\n";
  for (int i = 0; i < 200'000; ++i) bytes += "data: [\n";
  const auto messages = inspect("text/event-stream", bytes + "\n");
  EXPECT_EQ(messages.size(), 3);
  std::string deep(1 << 20, '[');
  EXPECT_EQ(inspect("application/json", deep)[1].findings.at(0).rule->id, "json-depth");
}

std::string part(const std::string& payload) {
  return "\r\n---\r\nContent-Type: application/json\r\n\r\n" + payload;
}

std::vector<std::string> rules_of(const std::vector<Message>& messages) {
  std::vector<std::string> rules;
  for (const Message& message : messages) {
    for (const Finding& finding : message.findings) rules.emplace_back(finding.rule->id);
  }
  return rules;
}

TEST(Inspector, DataThatPiecesMakeDeeperAndDeeperIsGivenUp) {
  // a shape is built, merged and freed level by level: 100 000 of them would be more than a stack has
  constexpr int kLevels = 400;
  std::string nested;
  std::string steps;
  for (int i = 0; i < kLevels; ++i) nested += "{\"a\":";
  nested += "{}" + std::string(kLevels, '}');
  for (int i = 0; i < kLevels; ++i) steps += "\"a\",";
  std::string bytes = part("{\"data\":" + nested + ",\"hasNext\":true}");
  std::string path;
  for (int i = 0; i < 200; ++i) {
    path += steps;
    bytes += part("{\"incremental\":[{\"path\":[" + path.substr(0, path.size() - 1) + "],\"data\":" + nested +
                  "}],\"hasNext\":true}");
  }
  bytes += part("{\"hasNext\":false}\r\n-----");
  EXPECT_EQ(rules_of(inspect("multipart/mixed; boundary=\"-\"", bytes)), std::vector<std::string>());
}

TEST(Inspector, ManyPendingIdsAreAllKnown) {
  std::string pending;
  std::string completed;
  for (int i = 0; i < 5000; ++i) {
    const std::string id = "{\"id\":\"" + std::to_string(i) + "\"";
    pending += (i > 0 ? "," : "") + id + ",\"path\":[]}";
    completed += (i > 0 ? "," : "") + id + "}";
  }
  const std::string bytes = part("{\"data\":{},\"pending\":[" + pending + "],\"hasNext\":true}") +
                            part("{\"completed\":[" + completed + "],\"hasNext\":false}\r\n-----");
  EXPECT_EQ(rules_of(inspect("multipart/mixed; boundary=\"-\"", bytes)), std::vector<std::string>());
}

TEST(Inspector, APayloadOfMoreValuesThanAreKeptIsTakenForGranted) {
  std::string entries;
  for (int i = 0; i < 25'000; ++i) {
    entries += std::string(i > 0 ? "," : "") + "{\"items\":[0],\"path\":[\"a\"," + std::to_string(i) + "]}";
  }
  const std::string bytes =
      part("{\"data\":{\"a\":[]},\"hasNext\":true}") +
      part("{\"incremental\":[" + entries + "],\"hasNext\":true}") +
      part("{\"incremental\":[{\"items\":[0],\"path\":[\"a\",25000]}],\"hasNext\":true}") +
      part("{\"hasNext\":false}\r\n-----");
  EXPECT_EQ(rules_of(inspect("multipart/mixed; boundary=\"-\"", bytes)), std::vector<std::string>());
}

TEST(Inspector, AnOperationInTheMidstOfItsPayloadsIsNotForgottenForOthers) {
  const auto next = [](const std::string& id, const std::string& payload) {
    return "event: next\ndata: {\"id\":\"" + id + "\",\"payload\":" + payload + "}\n\n";
  };
  std::string bytes = next("0", "{\"data\":{\"a\":{}},\"hasNext\":true}");
  for (int i = 1; i < 1000; ++i) bytes += next(std::to_string(i), "{\"data\":{}}");
  bytes += next("0", "{\"incremental\":[{\"path\":[\"a\"],\"data\":{}}],\"hasNext\":false}");
  EXPECT_EQ(rules_of(inspect("text/event-stream", bytes)), std::vector<std::string>());
}

TEST(Inspector, IdsAreKeptOnlyWhereTheyAreShort) {
  const auto complete_twice = [](const std::string& id) {
    const std::string end = "event: complete\ndata: {\"id\":\"" + id + "\"}\n\n";
    return "event: next\ndata: {\"id\":\"" + id + "\",\"payload\":{\"data\":{}}}\n\n" + end + end;
  };
  EXPECT_EQ(rules_of(inspect("text/event-stream", complete_twice(std::string(256, 'x')))),
            std::vector<std::string>{"after-complete"});
  EXPECT_EQ(rules_of(inspect("text/event-stream", complete_twice(std::string(1 << 20, 'x')))),
            std::vector<std::string>());
}

TEST(ContextFromJson, LeavesOutWhatIsMissing) {
  EXPECT_FALSE(context_from_json("[]"));
  EXPECT_FALSE(context_from_json("{"));
  const Context context = context_from_json("{\"status\": 200, \"openedAt\": 1.5}").value();
  EXPECT_EQ(context.status, 200);
  EXPECT_EQ(context.opened_ms, 1.5);
  EXPECT_FALSE(context.headers);
  EXPECT_EQ(context.keep_alive_ms, Context().keep_alive_ms);
}

TEST(ContextFromJson, TakesNumbersThatAreNoStatus) {
  EXPECT_EQ(context_from_json("{\"status\": 1e300}").value().status, 0);
  EXPECT_EQ(context_from_json("{\"status\": -1}").value().status, 0);
}

TEST(Inspector, TimesAreNumbersWhateverTheyAre) {
  const auto time = [](double ms) {
    const std::string text = to_json(Message{.time_ms = ms});
    return json::parse(text).at("time").get<double>();
  };
  EXPECT_EQ(time(-0.5), -0.5);
  EXPECT_EQ(time(-1.25), -1.25);
  EXPECT_EQ(time(1e300), 9e12);
  EXPECT_EQ(time(-1e300), -9e12);
  EXPECT_TRUE(std::isfinite(time(std::nan(""))));
}

TEST(Utf8, ExcerptsAreCutBetweenCharacters) {
  EXPECT_EQ(excerpt("a\xFF"), "a\xEF\xBF\xBD");
  const std::string euros = std::string(39, 'a') + "€€";
  EXPECT_EQ(excerpt(euros), std::string(39, 'a') + "…");
}

}  // namespace
}  // namespace postsource

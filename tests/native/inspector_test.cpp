#include "postsource/inspector/inspector.h"

#include <gtest/gtest.h>

#include <cmath>

#include "inspector_vectors.h"
#include "postsource/inspector/inspector_json.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

using nlohmann::json;

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

TEST(Inspector, RangesLocateTheBytes) {
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

TEST(Inspector, AStreamOfOneLongMessageTakesLinearTime) {
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

TEST(Inspector, DataThatPiecesNestTooDeepIsDiscarded) {
  // a shape is built, merged and freed recursively: 100 000 levels would overflow the stack
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

TEST(Inspector, PathsIntoAPayloadOfTooManyValuesAreAccepted) {
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

TEST(Inspector, AnOperationWithPendingPayloadsIsKeptWhenThereAreManyOthers) {
  const auto next = [](const std::string& id, const std::string& payload) {
    return "event: next\ndata: {\"id\":\"" + id + "\",\"payload\":" + payload + "}\n\n";
  };
  std::string bytes = next("0", "{\"data\":{\"a\":{}},\"hasNext\":true}");
  for (int i = 1; i < 1000; ++i) bytes += next(std::to_string(i), "{\"data\":{}}");
  bytes += next("0", "{\"incremental\":[{\"path\":[\"a\"],\"data\":{}}],\"hasNext\":false}");
  EXPECT_EQ(rules_of(inspect("text/event-stream", bytes)), std::vector<std::string>());
}

TEST(Inspector, OnlyShortIdsAreKept) {
  const auto complete_twice = [](const std::string& id) {
    const std::string end = "event: complete\ndata: {\"id\":\"" + id + "\"}\n\n";
    return "event: next\ndata: {\"id\":\"" + id + "\",\"payload\":{\"data\":{}}}\n\n" + end + end;
  };
  EXPECT_EQ(rules_of(inspect("text/event-stream", complete_twice(std::string(256, 'x')))),
            std::vector<std::string>{"after-complete"});
  EXPECT_EQ(rules_of(inspect("text/event-stream", complete_twice(std::string(1 << 20, 'x')))),
            std::vector<std::string>());
}

TEST(ContextFromJson, LeavesMissingMembersAtTheirDefaults) {
  EXPECT_FALSE(context_from_json("[]"));
  EXPECT_FALSE(context_from_json("{"));
  const Context context = context_from_json("{\"status\": 200, \"openedAt\": 1.5}").value();
  EXPECT_EQ(context.status, 200);
  EXPECT_EQ(context.opened_ms, 1.5);
  EXPECT_FALSE(context.headers);
  EXPECT_EQ(context.keep_alive_ms, Context().keep_alive_ms);
}

TEST(ContextFromJson, ReadsNumbersOutOfRangeAsNoStatus) {
  EXPECT_EQ(context_from_json("{\"status\": 1e300}").value().status, 0);
  EXPECT_EQ(context_from_json("{\"status\": -1}").value().status, 0);
}

TEST(Inspector, TimesAreFiniteNumbersInJson) {
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

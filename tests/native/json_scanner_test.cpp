#include "postsource/json_scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>

namespace postsource {
namespace {

using Result = JsonScanner::Result;

/// Scans `text` in steps of `step` bytes, each at another address.
Result scan(JsonScanner& scanner, std::string_view text, std::size_t step) {
  Result result = Result::more;
  for (std::size_t size = 0; size < text.size() && result == Result::more;) {
    size = std::min(text.size(), size + step);
    std::string padded(text.substr(0, size));
    padded.append(63, '"');  // bytes past the end must not matter
    result = scanner.scan({padded.data(), size});
  }
  return result;
}

void expect(std::string_view text, Result result, std::size_t offset) {
  for (std::size_t step = 1; step <= text.size(); ++step) {
    JsonScanner scanner;
    EXPECT_EQ(scan(scanner, text, step), result) << text << ", by " << step;
    if (result == Result::more) continue;
    EXPECT_EQ(scanner.offset(), offset) << text << ", by " << step;
  }
}

void expect_complete(std::string_view value, std::string_view rest = "") {
  expect(std::string(value) + std::string(rest), Result::complete, value.size());
  // a number is not complete before another byte follows
  const bool is_number = value[0] == '-' || (value[0] >= '0' && value[0] <= '9');
  if (rest.empty() && !is_number) expect(value.substr(0, value.size() - 1), Result::more, 0);
}

TEST(JsonScanner, FindsTheEndOfEveryKindOfValue) {
  for (const std::string_view value :
       {"{}", "[]", "\"\"", "true", "false", "null", "{ }", "[[],[{}]]", "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
        "\"a\\\"b\\\\\"", "[\"]\",\"}\",\"\\\"]\"]", "{\"}\":\"{\"}", "[\n1,\r\n-2,\t3\n]",
        "\"\\u00e9\xC3\xA9\"",
        "[\"0123456789012345678901234567890123456789012345678901234567890\\\\\",\"x\"]"}) {
    expect_complete(value);
    expect_complete(value, "}");
    expect_complete(value, " ");
  }
}

TEST(JsonScanner, ANumberEndsAtWhiteSpace) {
  for (const std::string_view value : {"0", "-1", "12.5e-3", "1E+10"}) {
    expect(value, Result::more, 0);
    for (const std::string_view rest : {" ", "\n", "\r\n--b", "\t}"}) expect_complete(value, rest);
    expect(std::string(value) + "}", Result::invalid, value.size());
    expect(std::string(value) + "x", Result::invalid, value.size());
  }
}

TEST(JsonScanner, ReportsTheByteThatIsNotAllowed) {
  expect("x", Result::invalid, 0);
  expect("}", Result::invalid, 0);
  expect(" 1", Result::invalid, 0);  // white space before the value is not part of it
  expect("nul,", Result::invalid, 3);
  expect("truth", Result::invalid, 3);
  expect("\"a\nb\"", Result::invalid, 2);
  expect(std::string_view("[1,\0]", 5), Result::invalid, 3);
  expect("[\"a\tb\"]", Result::invalid, 3);
}

TEST(JsonScanner, ALineThatBeginsWithTwoHyphensCutsTheValueOff) {
  expect("[1,\n--b", Result::cut_off, 4);
  expect("{\r\n--", Result::cut_off, 3);
  expect_complete("[\n-1]");
  expect_complete("[\n\n-1\n,\n-\n-2]");
  expect("\"a\n--b\"", Result::invalid, 2);
}

TEST(JsonScanner, ABackslashBelongsInAString) {
  expect("[\\]", Result::invalid, 1);
  expect("{\"a\\\\\":1\\}", Result::invalid, 8);
}

/// The scan of an object, an array or a string, byte by byte.
struct Expected {
  Result result = Result::more;
  std::size_t offset = 0;
};

Expected scan_slowly(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      in_string = !in_string;
      if (!in_string && depth == 0) return {Result::complete, at + 1};
    } else if (c == '\\' && in_string) {
      ++at;
    } else if (c == '\\' ||
               (c >= 0 && c < 0x20 && (in_string || std::string_view("\t\r\n").find(c) == text.npos))) {
      return {Result::invalid, at};
    } else if (c == '\n' && text.substr(at + 1).starts_with("--")) {
      return {Result::cut_off, at + 1};
    } else if (!in_string && (c == '{' || c == '[')) {
      ++depth;
    } else if (!in_string && (c == '}' || c == ']') && --depth == 0) {
      return {Result::complete, at + 1};
    }
  }
  return {};
}

TEST(JsonScanner, AgreesWithASlowScanOfRandomText) {
  std::mt19937 random(1);
  const auto below = [&random](std::size_t n) { return random() % n; };
  const std::string_view marks = "{}[]\"\"\\\\\n-\t\r\x01";
  std::map<Result, int> seen;
  for (int round = 0; round < 20000; ++round) {
    // from texts of marks alone to long stretches without any
    const std::size_t rarity = 1 + below(1 + below(100));
    std::string text(1, "{[\""[below(3)]);
    const std::size_t size = below(300);
    while (text.size() < size) {
      if (below(rarity) > 0) {
        text += 'a';
      } else {
        text += below(20) == 0 ? "\n--" : marks.substr(below(marks.size()), 1);
      }
    }
    const Expected expected = scan_slowly(text);
    ++seen[expected.result];
    for (const std::size_t step : {text.size(), 1 + below(100)}) {
      JsonScanner scanner;
      ASSERT_EQ(scan(scanner, text, step), expected.result) << text << ", by " << step;
      if (expected.result == Result::more) continue;
      ASSERT_EQ(scanner.offset(), expected.offset) << text << ", by " << step;
    }
  }
  for (const Result result : {Result::more, Result::complete, Result::invalid, Result::cut_off}) {
    EXPECT_GT(seen[result], 100);
  }
}

TEST(JsonScanner, TheResultStaysUntilReset) {
  JsonScanner scanner;
  EXPECT_EQ(scan(scanner, "{}x", 3), Result::complete);
  EXPECT_EQ(scan(scanner, "{}xyz", 5), Result::complete);
  EXPECT_EQ(scanner.offset(), 2u);
  scanner.reset();
  EXPECT_EQ(scan(scanner, "[1", 1), Result::more);
  EXPECT_EQ(scan(scanner, "[1]", 3), Result::complete);
}

}  // namespace
}  // namespace postsource

#include "postsource/json_scanner.h"

#include <gtest/gtest.h>

#include <algorithm>
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

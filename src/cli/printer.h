#pragma once

#include <fmt/color.h>

#include <array>
#include <cstdio>
#include <string>

#include "postsource/inspector/inspector.h"

namespace postsource {

enum class Format : std::uint8_t { people, json };

/// Writes messages to standard output as they come, and counts their findings.
class Printer {
 public:
  struct Options {
    Format format = Format::json;
    bool has_colors = false;
    bool has_findings = true;  ///< Else only what the stream says is shown.
  };
  explicit Printer(Options options) : options_(options) {}

  /// What is printed from now on is of the next connection. Need not be called where there is one only.
  void begin_connection() { ++connection_; }
  /// As JSON, a message of the second connection or a later one has its number for a member `connection`.
  void print(Message message);
  /// Bytes that were read, for the summary.
  void count_bytes(std::size_t count) { bytes_ += count; }
  /// What was counted, for people.
  void print_summary(std::FILE* out) const;
  void print_rules() const;

  std::uint64_t count(Severity severity) const { return counts_[static_cast<std::size_t>(severity)]; }

 private:
  fmt::text_style style(fmt::text_style style) const {
    return options_.has_colors ? style : fmt::text_style();
  }
  fmt::text_style style_of(Severity severity) const;
  std::string with_connection(std::string json) const;
  void print_line(const Message& message) const;
  void print_finding(const Finding& finding) const;

  Options options_;
  std::uint64_t connection_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::array<std::uint64_t, 3> counts_ = {};
};

}  // namespace postsource

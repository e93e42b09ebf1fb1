#pragma once

#include <fmt/color.h>

#include <array>
#include <cstdio>
#include <string>

#include "postsource/inspector/inspector.h"

namespace postsource {

enum class Format : std::uint8_t { people, json };

/// Writes messages to standard output as they arrive, and counts their findings.
class Printer {
 public:
  struct Options {
    Format format = Format::json;
    bool has_colors = false;
    bool has_findings = true;  ///< If false, only the messages are shown.
  };
  explicit Printer(Options options) : options_(options) {}

  /// Starts the next connection. If there is only one connection, the call is optional.
  void begin_connection() { ++connection_; }
  /// Prints a message. In JSON output, messages of the second and later connections have a member
  /// `connection`.
  void print(Message message);
  /// Counts bytes that were read, for the summary.
  void count_bytes(std::size_t count) { bytes_ += count; }
  /// Prints the counts for people.
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

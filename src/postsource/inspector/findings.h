#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postsource/inspector/rules.h"

namespace postsource {

/// The position of a byte in the stream, counted from 0.
using Offset = std::uint64_t;

/// One violation of a rule.
struct Finding {
  const Rule* rule;
  std::optional<Offset> byte;  ///< Absent for findings about headers or times.
  std::string expected;
  std::string found;
  std::string message;  ///< A sentence for people.
};

/// Collects the findings of the message that is reported next.
class Findings {
 public:
  /// Adds a finding. If `message` is empty, the rule's sentence is used.
  void add(RuleRef rule, std::optional<Offset> byte, std::string expected = {}, std::string found = {},
           std::string message = {});
  /// Removes and returns the findings since the last call, sorted by byte. Findings before `begin` stay for
  /// the next call.
  std::vector<Finding> take(Offset begin = 0);

 private:
  /// The maximum number of findings of a message, which bounds the memory.
  static constexpr std::size_t kMost = 64;

  std::vector<Finding> list_;
  std::bitset<kRules.size()> reported_;
};

}  // namespace postsource

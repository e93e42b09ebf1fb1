#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "postsource/inspector/rules.h"

namespace postsource {

/// Where a byte lies in the stream, counted from 0.
using Offset = std::uint64_t;

/// One breach of a rule.
struct Finding {
  const Rule* rule;
  std::optional<Offset> byte;  ///< Where in the stream; none for what the headers or the clock say.
  std::string expected;
  std::string found;
  std::string message;  ///< A sentence for people.
};

/// Collects what is found about the next message to be reported.
class Findings {
 public:
  /// The rule's sentence serves where `message` is empty.
  void add(RuleRef rule, std::optional<Offset> byte, std::string expected = {}, std::string found = {},
           std::string message = {});
  /// All that came since the last call, by their bytes; those before `begin` are left for the next one.
  std::vector<Finding> take(Offset begin = 0);

 private:
  /// Of a message; the memory is bounded whatever comes.
  static constexpr std::size_t kMost = 64;

  std::vector<Finding> list_;
  std::bitset<kRules.size()> reported_;
};

}  // namespace postsource

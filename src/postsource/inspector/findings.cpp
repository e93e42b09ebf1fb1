#include "postsource/inspector/findings.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace postsource {

void Findings::add(RuleRef ref, std::optional<Offset> byte, std::string expected, std::string found,
                   std::string message) {
  if (list_.size() > kMost) return;
  const bool full = list_.size() == kMost;
  const RuleRef counted = full ? RuleRef("too-many") : ref;
  const Rule& rule = *counted;
  if (rule.once && reported_[counted.index]) return;
  reported_.set(counted.index);
  if (full || message.empty()) message = rule.sentence;
  if (full) {
    expected.clear();
    found.clear();
    byte.reset();
  }
  const auto place =
      std::ranges::find_if(list_, [&](const Finding& other) { return !full && other.byte > byte; });
  list_.insert(place, {.rule = &rule,
                       .byte = byte,
                       .expected = std::move(expected),
                       .found = std::move(found),
                       .message = std::move(message)});
}

std::vector<Finding> Findings::take(Offset begin) {
  if (begin == 0) return std::exchange(list_, {});
  const auto first =
      std::ranges::find_if(list_, [&](const Finding& finding) { return finding.byte >= begin; });
  std::vector<Finding> taken(std::make_move_iterator(first), std::make_move_iterator(list_.end()));
  list_.erase(first, list_.end());
  return taken;
}

}  // namespace postsource

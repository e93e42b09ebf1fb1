#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "postsource/inspector/findings.h"
#include "postsource/inspector/incremental_data.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Whether payloads come one after the other, or one response holds all.
enum class Delivery : std::uint8_t { stream, single };

/// The results of one operation, in the order they come: each is judged as an execution result, and those of
/// `@defer` and `@stream` by what came before. Which of the two generations they are of is told by their
/// members. Where there is too much to keep, no more is judged.
class Operation {
 public:
  explicit Operation(Findings& findings, Delivery delivery = Delivery::stream)
      : findings_(&findings), delivery_(delivery) {}

  void read(const JsonDocument& document, const JsonNode& result);
  /// The protocol says, at `byte`, that the operation is complete.
  void complete(Offset byte);
  /// A result follows the end all the same: judges no more by what came before.
  void reopen();
  /// The bytes have ended.
  void end();
  /// Judges no more by what came before, and forgets it.
  void give_up();
  bool is_complete() const { return is_complete_; }
  /// Whether the next payload is judged by what came before.
  bool is_underway() const { return is_underway_ && !is_complete_; }
  /// How much is kept, as many values.
  std::size_t values() const { return data_.values() + pending_values_; }
  /// Whether a payload has had `pending`, which the second generation has.
  bool has_pending() const { return has_pending_; }

 private:
  using Path = IncrementalData::Path;
  enum class Generation : std::uint8_t { unknown, paths, ids };

  bool judge_has_next(const JsonDocument& document, const JsonNode& result);
  void judge_end(std::optional<Offset> byte);
  void read_later(const JsonDocument& document, const JsonNode& result);
  void read_pending(const JsonDocument& document, const JsonNode& list);
  void forget_pending();
  void announce(const JsonDocument& document, const JsonNode& id, const Path& path);
  void read_entry(const JsonDocument& document, const JsonNode& entry);
  void read_completed(const JsonDocument& document, const JsonNode& list);
  void place(const JsonDocument& document, const JsonNode& entry, const JsonNode& content, bool is_list);
  std::optional<Path> pending_path(const JsonDocument& document, const JsonNode& entry);
  void enter(Generation generation, Offset byte);

  Findings* findings_;
  Delivery delivery_;
  bool is_complete_ = false;
  bool is_underway_ = false;  // hasNext was true
  bool is_last_ = false;      // hasNext was false
  bool has_pending_ = false;
  bool given_up_ = false;
  Generation generation_ = Generation::unknown;
  IncrementalData data_;
  std::map<std::string, Path> pending_;
  std::set<std::string> announced_;  // all that are or were pending
  std::size_t pending_values_ = 0;   // that the two keep
};

}  // namespace postsource

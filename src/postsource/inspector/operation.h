#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "postsource/inspector/findings.h"
#include "postsource/inspector/incremental_data.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Whether the response is a stream of payloads or a single result.
enum class Delivery : std::uint8_t { stream, single };

/// Judges the results of one operation in order: each as an execution result, and payloads of `@defer` and
/// `@stream` also by the earlier ones. Their members tell which of the two generations they belong to. If
/// there is too much state to keep, payloads are no longer judged by earlier ones.
class Operation {
 public:
  explicit Operation(Findings& findings, Delivery delivery = Delivery::stream);

  void read(const JsonDocument& document, const JsonNode& result);
  /// Called when the protocol completes the operation, at `byte`.
  void complete(Offset byte);
  /// Called when a result follows the end. Later payloads are no longer judged by earlier ones.
  void reopen();
  /// Called when the bytes end.
  void end();
  /// Discards the state. Later payloads are no longer judged by earlier ones.
  void give_up();
  bool is_complete() const { return is_complete_; }
  /// Whether the next payload is judged by earlier ones.
  bool is_underway() const { return is_underway_ && !is_complete_; }
  /// How much memory is used, counted in values.
  std::size_t values() const { return data_.values() + pending_values_; }
  /// Whether a payload had `pending`, a member of the second generation.
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
  struct Pending {
    Path path;
    std::size_t values;  // its memory
  };
  std::map<std::string, Pending> pending_;
  std::set<std::string> announced_;  // all ids that are or were pending
  std::size_t pending_values_ = 0;   // the memory of both, counted in values
  std::size_t allowance_;            // values of paths that ids may still refer to
};

}  // namespace postsource

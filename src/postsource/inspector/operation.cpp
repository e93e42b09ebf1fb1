#include "postsource/inspector/operation.h"

#include <algorithm>
#include <vector>

#include "postsource/inspector/execution_result.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

using Kind = JsonNode::Kind;
using Path = IncrementalData::Path;

constexpr std::size_t kMostPending = 100'000;  // limits ids and the steps of their paths
/// An entry names a long path by a short id. Following the path costs its steps, and each byte of an entry
/// pays for one. This many are free.
constexpr std::size_t kMostAllowance = 20'000;

std::optional<Path> read_path(const JsonDocument& document, const JsonNode* list) {
  if (list == nullptr || list->kind != Kind::list) return {};
  Path path;
  for (const JsonNode* step : document.children(*list)) {
    if (step->is_index) {
      path.push_back({.index = step->index, .name = {}});
    } else if (step->kind == Kind::string) {
      path.push_back({.index = {}, .name = step->string});
    } else {
      return {};
    }
  }
  return path;
}

/// How much memory an announcement uses, counted in values.
std::size_t values_of(const std::string& id, const Path& path) {
  std::size_t values = 1 + id.size() / IncrementalData::kNameOfAValue + path.size();
  for (const auto& step : path) values += step.name.size() / IncrementalData::kNameOfAValue;
  return values;
}

std::string describe_member(const JsonDocument& document, const JsonNode* member) {
  return member == nullptr ? "none" : document.describe(*member);
}

}  // namespace

Operation::Operation(Findings& findings, Delivery delivery)
    : findings_(&findings), delivery_(delivery), allowance_(kMostAllowance) {}

void Operation::read(const JsonDocument& document, const JsonNode& result) {
  const Offset byte = document.byte(result);
  if (is_complete_) findings_->add("after-complete", byte, "nothing", "a result");
  if (is_last_) findings_->add("after-last", byte, "nothing", "another payload");
  if (document.partial()) give_up();
  if (given_up_) return;

  const bool was_underway = is_underway_;
  const bool is_incremental = judge_has_next(document, result);
  const ResultForm form = was_underway || is_last_ ? ResultForm::later
                          : is_incremental         ? ResultForm::initial
                                                   : ResultForm::whole;
  judge_result(document, result, form, *findings_);
  if (form == ResultForm::initial) {
    if (const JsonNode* data = document.member(result, "data")) data_.begin(document.text(*data));
  }
  if (form != ResultForm::whole) read_later(document, result);
  if (given_up_) return;

  const JsonNode* has_next = document.member(result, "hasNext");
  if (has_next == nullptr || has_next->kind != Kind::boolean) return;
  is_underway_ = has_next->truth;
  is_last_ = !has_next->truth;
  if (is_last_ && !pending_.empty()) {
    findings_->add(
        "pending-open", document.byte(*has_next), "all that is pending completed",
        std::to_string(pending_.size()) + " open, " + quote(pending_.begin()->first) + " among them");
  }
}

/// Whether a payload belongs to incremental delivery.
bool Operation::judge_has_next(const JsonDocument& document, const JsonNode& result) {
  const JsonNode* has_next = document.member(result, "hasNext");
  const bool has_pieces = document.member(result, "incremental") != nullptr ||
                          document.member(result, "pending") != nullptr ||
                          document.member(result, "completed") != nullptr;
  if (has_next == nullptr) {
    if (is_underway_ || has_pieces) {
      findings_->add("has-next-missing", document.byte(result), "`hasNext`", "none");
    }
    return is_underway_ || has_pieces;
  }
  if (has_next->kind != Kind::boolean) {
    findings_->add("has-next-type", document.byte(*has_next), "true or false", document.describe(*has_next));
  } else if (has_next->truth && delivery_ == Delivery::single) {
    findings_->add("has-next-alone", document.byte(*has_next), "false", "true");
  }
  return true;
}

/// Judges a later payload, or a first payload that has incremental entries.
void Operation::read_later(const JsonDocument& document, const JsonNode& result) {
  const JsonNode* pending = document.member(result, "pending");
  const JsonNode* incremental = document.member(result, "incremental");
  const JsonNode* completed = document.member(result, "completed");
  if (pending != nullptr) read_pending(document, *pending);
  if (given_up_) return;

  const bool is_legacy = document.member(result, "path") != nullptr ||
                         document.member(result, "items") != nullptr ||
                         (is_underway_ && document.member(result, "data") != nullptr);
  if (is_legacy) {
    findings_->add("incremental-legacy", document.byte(result), "`incremental`", "an entry in its place");
    read_entry(document, result);
  }
  if (incremental != nullptr) {
    if (incremental->kind != Kind::list) {
      findings_->add("incremental-entry", document.byte(*incremental), "a list",
                     document.describe(*incremental));
    }
    for (const JsonNode* entry : document.children(*incremental)) {
      const JsonNode* errors = document.member(*entry, "errors");
      if (errors != nullptr) judge_errors(document, *errors, *findings_);
      read_entry(document, *entry);
      if (given_up_) return;
    }
  }
  // this payload may contain the data that it announces
  if (pending != nullptr) {
    for (const JsonNode* entry : document.children(*pending)) {
      const auto path = read_path(document, document.member(*entry, "path"));
      const auto missing = path ? data_.find(*path) : std::nullopt;
      if (missing) findings_->add("incremental-path", document.byte(*entry), describe(*path), *missing);
    }
  }
  if (completed != nullptr) read_completed(document, *completed);
}

void Operation::read_pending(const JsonDocument& document, const JsonNode& list) {
  has_pending_ = true;
  if (list.kind != Kind::list) {
    findings_->add("pending-entry", document.byte(list), "a list", document.describe(list));
    return;
  }
  for (const JsonNode* entry : document.children(list)) {
    const Offset byte = document.byte(*entry);
    enter(Generation::ids, byte);
    const JsonNode* id = document.member(*entry, "id");
    const auto path = read_path(document, document.member(*entry, "path"));
    if (id == nullptr || id->kind != Kind::string || !path) {
      findings_->add("pending-entry", byte, "{\"id\": \"0\", \"path\": []}", excerpt(document.text(*entry)));
    } else {
      announce(document, *id, *path);
    }
  }
}

void Operation::announce(const JsonDocument& document, const JsonNode& id, const Path& path) {
  // [spec] the id value must be unique for the entire incremental stream response
  if (!announced_.insert(id.string).second) {
    findings_->add("pending-repeated", document.byte(id), "an id that is new", document.describe(id));
  }
  const std::size_t values = values_of(id.string, path);
  pending_.try_emplace(id.string, Pending{.path = path, .values = values});
  pending_values_ += values;
  if (pending_values_ > kMostPending) give_up();
}

void Operation::read_entry(const JsonDocument& document, const JsonNode& entry) {
  const Offset byte = document.byte(entry);
  const JsonNode* data = document.member(entry, "data");
  const JsonNode* items = document.member(entry, "items");
  const JsonNode* errors = document.member(entry, "errors");
  const bool is_data = data != nullptr && items == nullptr &&
                       (data->kind == Kind::object || (data->kind == Kind::null && errors != nullptr));
  const bool is_items = items != nullptr && data == nullptr &&
                        (items->kind == Kind::list || (items->kind == Kind::null && errors != nullptr));
  if (!is_data && !is_items) {
    const JsonNode* found = data != nullptr ? data : items;
    findings_->add("incremental-entry", found == nullptr ? byte : document.byte(*found), "data or items",
                   data != nullptr && items != nullptr ? "both" : describe_member(document, found));
    return;
  }
  place(document, entry, is_data ? *data : *items, is_items);
}

/// Merges the content of an entry into the data.
void Operation::place(const JsonDocument& document, const JsonNode& entry, const JsonNode& content,
                      bool is_list) {
  const Offset byte = document.byte(entry);
  const JsonNode* path_member = document.member(entry, "path");
  const bool has_id = document.member(entry, "id") != nullptr && path_member == nullptr;
  enter(has_id ? Generation::ids : Generation::paths, byte);
  std::optional<Path> path;
  if (has_id) {
    path = pending_path(document, entry);
    if (!path) return;
  } else if (path_member != nullptr) {
    path = read_path(document, path_member);
    if (!path) {
      findings_->add("incremental-entry", document.byte(*path_member), "a path of names and indices",
                     document.describe(*path_member));
      return;
    }
  } else {
    path.emplace();  // gqlgen omits an empty path
  }
  if (content.kind == Kind::null) return;
  const std::string_view text = document.text(content);
  const auto missing = !is_list ? data_.merge(*path, text)
                       : has_id ? data_.append(*path, text)
                                : data_.insert(*path, text);
  if (missing) findings_->add("incremental-path", byte, describe(*path), *missing);
}

/// Returns the path that an entry's id and subPath give, or nothing if the id is not pending or the allowance
/// is used up.
std::optional<Path> Operation::pending_path(const JsonDocument& document, const JsonNode& entry) {
  const JsonNode& id = *document.member(entry, "id");
  const auto found = pending_.find(id.string);
  if (id.kind != Kind::string || found == pending_.end()) {
    findings_->add("pending-unknown", document.byte(id), "an id that is pending", document.describe(id));
    return {};
  }
  allowance_ = std::min(kMostAllowance, allowance_ + document.text(entry).size());
  if (found->second.values > allowance_) {
    give_up();
    return {};
  }
  allowance_ -= found->second.values;
  Path path = found->second.path;
  const JsonNode* sub_path = document.member(entry, "subPath");
  if (sub_path == nullptr) return path;
  const auto rest = read_path(document, sub_path);
  if (!rest) {
    findings_->add("incremental-entry", document.byte(*sub_path), "a path of names and indices",
                   document.describe(*sub_path));
    return {};
  }
  path.insert(path.end(), rest->begin(), rest->end());
  return path;
}

void Operation::read_completed(const JsonDocument& document, const JsonNode& list) {
  if (list.kind != Kind::list) {
    findings_->add("pending-unknown", document.byte(list), "a list of ids", document.describe(list));
    return;
  }
  for (const JsonNode* entry : document.children(list)) {
    enter(Generation::ids, document.byte(*entry));
    const JsonNode* id = document.member(*entry, "id");
    if (id == nullptr || pending_.erase(id->string) == 0) {
      findings_->add("pending-unknown", document.byte(id == nullptr ? *entry : *id), "an id that is pending",
                     describe_member(document, id));
    }
    const JsonNode* errors = document.member(*entry, "errors");
    if (errors != nullptr) judge_errors(document, *errors, *findings_);
  }
}

void Operation::enter(Generation generation, Offset byte) {
  if (generation_ == Generation::unknown) generation_ = generation;
  if (generation_ == generation) return;
  findings_->add("incremental-mixed", byte,
                 generation == Generation::ids ? "a path" : "an id that is pending",
                 generation == Generation::ids ? "an id" : "a path");
}

void Operation::complete(Offset byte) {
  if (is_complete_) findings_->add("after-complete", byte, "nothing", "another end");
  if (is_underway_) judge_end(byte);
  is_complete_ = true;
  data_ = {};
  forget_pending();
}

void Operation::reopen() {
  is_complete_ = false;
  give_up();
}

/// Discards the state. Later payloads are accepted without it.
void Operation::give_up() {
  given_up_ = true;
  is_underway_ = false;
  is_last_ = false;
  data_.give_up();
  forget_pending();
}

void Operation::forget_pending() {
  pending_.clear();
  announced_.clear();
  pending_values_ = 0;
}

void Operation::end() {
  if (is_underway_ && !is_complete_) judge_end({});
}

void Operation::judge_end(std::optional<Offset> byte) {
  findings_->add("has-next-open", byte, "another payload",
                 byte ? "the end of the operation" : "the end of the stream");
}

}  // namespace postsource

#include "postsource/inspector/graphql_sse.h"

#include <algorithm>
#include <array>

#include "postsource/content_type.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

constexpr std::size_t kMostOperations = 256;  // tracked at the same time
constexpr std::size_t kLongestId = 256;
constexpr std::size_t kMostValues = 400'000;  // kept by all operations together

bool has_any(const JsonDocument& document, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names,
                             [&](auto name) { return document.member(document.root(), name) != nullptr; });
}

}  // namespace

bool GraphqlSse::claims(std::string_view event, const Text& data) {
  if (is_automatic_ && !is_graphql_ && event == "next") {
    const JsonDocument document(data, nullptr);
    is_graphql_ = has_any(document, {"data", "errors", "payload", "hasNext"});
  }
  return is_graphql_;
}

void GraphqlSse::read(Message& message, const Text& data, bool has_data) {
  const std::string event = message.event.value_or("");
  const bool is_unnamed = event.empty() || event == "message";
  const std::string_view content = trim(data.bytes);
  Findings& findings = journal_->findings;

  // WunderGraph ends operations with `done` or `close`
  const bool is_end = event == "done" || event == "close" || (is_unnamed && content == "done");
  if (event == "complete" || is_end) {
    if (is_end)
      findings.add("graphql-sse-event", message.begin, "complete", quote(is_unnamed ? content : event));
    read_complete(message, data, has_data);
    return;
  }
  const bool is_result = content.starts_with('{') || content.starts_with('[');
  if (event != "next" && !(is_unnamed && is_result)) {
    if (!event.empty() || has_data) {
      message.kind = has_data ? Message::Kind::event : Message::Kind::fields;
      message.is_json = has_data && JsonDocument(data, nullptr).valid();
      findings.add("graphql-sse-event", message.begin, "next or complete",
                   event.empty() ? "an event without a name" : quote(event));
    }
    return;
  }
  if (is_unnamed) findings.add("graphql-sse-event", message.begin, "next", "an event without a name");
  message.kind = Message::Kind::result;
  if (!has_data) {
    findings.add("graphql-sse-next-data", message.begin, "a result", "no data line");
    return;
  }
  const JsonDocument document(data, &findings);
  message.is_json = document.valid();
  if (message.is_json) {
    read_next(message, document);
  } else if (mode_ == Mode::distinct && operation("")->is_complete()) {
    findings.add("after-complete", message.begin, "nothing", "an event");
  }
}

void GraphqlSse::read_next(Message& message, const JsonDocument& document) {
  Findings& findings = journal_->findings;
  const JsonNode& root = document.root();
  const Offset byte = document.byte(root);
  const JsonNode* payload = document.member(root, "payload");
  const JsonNode* id = document.member(root, "id");
  if (payload == nullptr && (id == nullptr || has_any(document, {"data", "errors"}))) {
    if (!enter(Mode::distinct, byte)) return;
    read_result("", document, root);
    return;
  }
  if (!enter(Mode::single, byte)) return;
  if (id == nullptr || id->kind != JsonNode::Kind::string || id->string.empty()) {
    findings.add("graphql-sse-envelope", id == nullptr ? byte : document.byte(*id), "the id of an operation",
                 id == nullptr ? "none" : document.describe(*id));
  } else {
    message.operation = id->string;
  }
  if (payload == nullptr) {
    findings.add("graphql-sse-envelope", byte, "a payload", "none");
    return;
  }
  for (const JsonNode* member : document.children(root)) {
    if (member->key == "id" || member->key == "payload") continue;
    findings.add("envelope-member", document.byte(*member), "id and payload", quote(member->key));
  }
  read_result(message.operation.value_or(""), document, *payload);
}

void GraphqlSse::read_result(const std::string& id, const JsonDocument& document, const JsonNode& result) {
  Operation* found = operation(id);
  if (found == nullptr) return;
  found->read(document, result);
  std::size_t values = 0;
  for (const auto& [name, other] : operations_) values += other.values();
  if (values > kMostValues) found->give_up();
}

void GraphqlSse::read_complete(Message& message, const Text& data, bool has_data) {
  Findings& findings = journal_->findings;
  message.kind = Message::Kind::complete;
  const JsonDocument document(data, nullptr);
  message.is_json = document.valid();
  const JsonNode* id = document.valid() ? document.member(document.root(), "id") : nullptr;
  if (mode_ == Mode::single || id != nullptr) {
    if (!enter(Mode::single, message.begin)) return;
    if (id == nullptr || id->kind != JsonNode::Kind::string || id->string.empty()) {
      findings.add("graphql-sse-envelope", message.begin, "the id of an operation",
                   id == nullptr ? "none" : document.describe(*id));
      return;
    }
    message.operation = id->string;
  } else {
    mode_ = Mode::distinct;
    if (!has_data) {
      findings.add("graphql-sse-complete-data", message.begin, "an empty data line", "no data line");
    } else if (!trim(data.bytes).empty()) {
      findings.add("graphql-sse-complete-data", data.source(0), "an empty data line", excerpt(data.bytes));
    }
  }
  if (Operation* found = operation(message.operation.value_or(""))) found->complete(message.begin);
}

/// Sets the mode that a message shows. Returns false if the stream is in the other mode.
bool GraphqlSse::enter(Mode mode, Offset byte) {
  if (mode_ == Mode::unknown) mode_ = mode;
  if (mode_ == mode) return true;
  constexpr std::array<std::string_view, 2> kNames = {"a result by itself",
                                                      "a result with an operation's id"};
  const std::size_t found = mode == Mode::distinct ? 0 : 1;
  journal_->findings.add("graphql-sse-mode", byte, std::string(kNames[1 - found]),
                         std::string(kNames[found]));
  return false;
}

/// Returns the operation of an id, or null if there are too many to track it.
Operation* GraphqlSse::operation(const std::string& id) {
  if (id.size() > kLongestId) return nullptr;
  const auto found = operations_.find(id);
  if (found != operations_.end()) return &found->second;
  if (operations_.size() >= kMostOperations) {
    // an operation without incremental delivery in progress can be dropped: its state decides almost nothing
    const auto idle =
        std::ranges::find_if(operations_, [](auto& other) { return !other.second.is_underway(); });
    if (idle == operations_.end()) return nullptr;
    operations_.erase(idle);
  }
  return &operations_.try_emplace(id, journal_->findings).first->second;
}

void GraphqlSse::finish() {
  if (!is_graphql_) return;
  const auto distinct = operations_.find("");
  const bool is_complete = distinct != operations_.end() && distinct->second.is_complete();
  if (mode_ != Mode::single && !is_complete) {
    journal_->findings.add("graphql-sse-no-complete", {}, "complete", "the end of the stream");
  }
  for (auto& [id, operation] : operations_) operation.end();
}

}  // namespace postsource

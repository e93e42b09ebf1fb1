#include "postsource/inspector/inspector.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <variant>

#include "postsource/content_type.h"
#include "postsource/inspector/journal.h"
#include "postsource/inspector/multipart_reader.h"
#include "postsource/inspector/response.h"
#include "postsource/inspector/single_reader.h"
#include "postsource/inspector/sse_reader.h"

namespace postsource {
namespace {

/// The rules about time do not apply to a single response.
double longest_silence(const Context& context) {
  const bool is_single = is_json_type(context.content_type);
  return is_single ? std::numeric_limits<double>::infinity() : context.keep_alive_ms;
}

}  // namespace

struct Inspector::State {
  explicit State(Context known)
      : context(with_content_type(std::move(known))), journal(longest_silence(context), context.opened_ms) {}

  Context context;
  Journal journal;
  Offset size = 0;
  bool has_begun = false;
  std::variant<std::monostate, SseReader, MultipartReader, SingleReader> reader;
};

Inspector::Inspector(Context known) : state_(std::make_unique<State>(std::move(known))) {
  const Context& context = state_->context;
  Journal& journal = state_->journal;
  judge_response(context, journal.findings);
  journal.report({.kind = Message::Kind::response});

  const std::string essence = parse_content_type(context.content_type).essence;
  if (essence == "text/event-stream") {
    state_->reader.emplace<SseReader>(journal, context);
  } else if (essence == "multipart/mixed") {
    state_->reader.emplace<MultipartReader>(journal, context);
  } else if (is_json_type(essence)) {
    state_->reader.emplace<SingleReader>(journal, context);
  }
}

Inspector::~Inspector() = default;
Inspector::Inspector(Inspector&&) noexcept = default;

void Inspector::feed(std::string_view bytes, double arrival_ms, std::vector<Message>& out) {
  if (!std::exchange(state_->has_begun, true)) state_->journal.begin(arrival_ms);
  if (!bytes.empty()) {
    state_->journal.arrive(state_->size, arrival_ms);
    state_->size += bytes.size();
    std::visit(
        [&](auto& reader) {
          if constexpr (requires { reader.feed(bytes); }) reader.feed(bytes);
        },
        state_->reader);
  }
  std::ranges::move(state_->journal.take(), std::back_inserter(out));
}

void Inspector::finish(double time_ms, std::vector<Message>& out) {
  if (!std::exchange(state_->has_begun, true)) state_->journal.begin(time_ms);
  state_->journal.close(time_ms);
  std::visit(
      [](auto& reader) {
        if constexpr (requires { reader.finish(); }) reader.finish();
      },
      state_->reader);
  state_->journal.report({.kind = Message::Kind::end, .begin = state_->size, .end = state_->size});
  std::ranges::move(state_->journal.take(), std::back_inserter(out));
}

std::string_view name_of(Message::Kind kind) {
  constexpr std::array<std::string_view, 15> kNames = {
      "response",        "event",    "comment", "fields",   "result",   "heartbeat",
      "transport-error", "complete", "part",    "preamble", "epilogue", "text",
      "truncated",       "stopped",  "end"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name_of(Severity severity) {
  constexpr std::array<std::string_view, 3> kNames = {"note", "warning", "error"};
  return kNames[static_cast<std::size_t>(severity)];
}

}  // namespace postsource

#include "postsource/graphql_sse_parser.h"

#include <algorithm>

#include "postsource/content_type.h"

namespace postsource {
namespace {

constexpr std::string_view kNext = "next";
constexpr std::string_view kComplete = "complete";

bool is_event(const SseEvent& event) { return event.kind == SseEvent::Kind::event; }

/// Whether an event of this name may hold a result. An event without a name is a `message`.
bool is_unnamed(std::string_view type) { return type.empty() || type == "message"; }

bool is_end(const SseEvent& event) {
  if (is_unnamed(event.type)) return trim(event.data) == "done";
  return event.type == kComplete || event.type == "done" || event.type == "close";
}

bool is_result(const SseEvent& event) {
  if (!is_unnamed(event.type)) return event.type == kNext;
  const std::string_view data = trim(event.data);
  return data.starts_with('{') || data.starts_with('[');
}

}  // namespace

Status GraphqlSseParser::feed(std::string_view bytes, std::vector<SseEvent>& out) {
  char* const to = room(bytes.size());
  if (to == nullptr) return Status::limit_exceeded;
  std::copy(bytes.begin(), bytes.end(), to);
  return commit(bytes.size(), out);
}

Status GraphqlSseParser::commit(std::size_t n, std::vector<SseEvent>& out) {
  const auto before = static_cast<std::ptrdiff_t>(out.size());
  const Status status = parser_.commit(n, out);
  std::for_each(out.begin() + before, out.end(), [this](SseEvent& event) { put_straight(event); });
  const auto is_void = [](const SseEvent& event) {
    return is_event(event) && event.data.empty() && event.type != kComplete;
  };
  out.erase(std::remove_if(out.begin() + before, out.end(), is_void), out.end());
  return status;
}

Status GraphqlSseParser::finish(std::vector<SseEvent>& out) {
  const auto before = static_cast<std::ptrdiff_t>(out.size());
  const bool cuts_id = parser_.unfinished_line().starts_with("id");
  const std::string_view last_event_id = parser_.last_event_id();
  const Status status = feed("\n\n", out);
  const auto is_other = [](const SseEvent& event) {
    return !is_event(event) || (event.type != kNext && event.type != kComplete);
  };
  out.erase(std::remove_if(out.begin() + before, out.end(), is_other), out.end());
  for (auto event = out.begin() + before; cuts_id && event != out.end(); ++event) {
    event->has_id = false;
    event->last_event_id = last_event_id;
  }
  return status;
}

void GraphqlSseParser::put_straight(SseEvent& event) const {
  if (!is_event(event)) return;
  const std::string_view name = is_end(event) ? kComplete : is_result(event) ? kNext : event.type;
  if (name == event.type) return;
  event.symbol = workspace_->symbols.intern(name);
  event.type = workspace_->symbols[event.symbol];
}

}  // namespace postsource

// Uses each library of the installed package once.

#include <postsource/inspector/inspector.h>
#include <postsource/sse_parser.h>

int main() {
  postsource::Workspace workspace;
  postsource::SseParser parser(workspace);
  std::vector<postsource::SseEvent> events;
  if (parser.feed("data: one\n\n", events) != postsource::Status::ok) return 1;
  if (events.size() != 1 || events[0].data != "one") return 2;

  postsource::Inspector inspector({.content_type = "text/event-stream"});
  std::vector<postsource::Message> messages;
  inspector.feed("data: one\n\n", 0, messages);
  inspector.finish(0, messages);
  return messages.size() == 3 ? 0 : 3;
}

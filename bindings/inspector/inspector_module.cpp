// The inspector's boundary to JavaScript. The inspector is a tool for people, so its calls need not be cheap:
// they return text, a line of JSON for each message that the call completes.

#include <emscripten/bind.h>

#include <cstdint>
#include <string>
#include <vector>

#include "postsource/inspector/inspector_json.h"

namespace {

using namespace postsource;

using Handle = std::uintptr_t;

Inspector& inspector(Handle handle) { return *reinterpret_cast<Inspector*>(handle); }

template <typename Values>
std::string lines(const Values& values) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : "\n") + to_json(value);
  return out;
}

/// Opens an inspector. `context` is what inspector_json.h describes. close() frees the result.
Handle open(const std::string& context) {
  return reinterpret_cast<Handle>(new Inspector(context_from_json(context).value_or(Context())));
}
void close(Handle handle) { delete &inspector(handle); }

std::string feed(Handle handle, const std::string& bytes, double arrival_ms) {
  std::vector<Message> messages;
  inspector(handle).feed(bytes, arrival_ms, messages);
  return lines(messages);
}

std::string finish(Handle handle, double time_ms) {
  std::vector<Message> messages;
  inspector(handle).finish(time_ms, messages);
  return lines(messages);
}

std::string rules() { return lines(kRules); }

}  // namespace

EMSCRIPTEN_BINDINGS(postsource_inspector) {
  using emscripten::function;
  function("open", &open);
  function("feed", &feed);
  function("finish", &finish);
  function("close", &close);
  function("rules", &rules);
}

#pragma once

#include <map>
#include <string>
#include <string_view>

#include "postsource/inspector/journal.h"
#include "postsource/inspector/json_document.h"
#include "postsource/inspector/operation.h"

namespace postsource {

/// GraphQL over SSE, in distinct and single connection mode:
/// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
class GraphqlSse {
 public:
  GraphqlSse(Journal& journal, const Context& context)
      : journal_(&journal),
        is_automatic_(context.protocol == Context::Protocol::automatic),
        is_graphql_(context.protocol == Context::Protocol::graphql) {}

  /// Whether an event belongs to GraphQL. If the context does not say so, events do from the first `next`
  /// that holds a result.
  bool claims(std::string_view event, const Text& data);
  /// Judges a claimed event and returns its kind.
  void read(Message& message, const Text& data, bool has_data);
  void finish();

 private:
  enum class Mode : std::uint8_t { unknown, distinct, single };

  void read_next(Message& message, const JsonDocument& document);
  void read_complete(Message& message, const Text& data, bool has_data);
  bool enter(Mode mode, Offset byte);
  Operation* operation(const std::string& id);
  void read_result(const std::string& id, const JsonDocument& document, const JsonNode& result);

  Journal* journal_;
  bool is_automatic_;
  bool is_graphql_;
  Mode mode_ = Mode::unknown;
  std::map<std::string, Operation> operations_;  // by id; in distinct mode the id is empty
};

}  // namespace postsource

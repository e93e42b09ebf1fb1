#pragma once

#include "postsource/inspector/journal.h"
#include "postsource/inspector/json_document.h"
#include "postsource/inspector/operation.h"

namespace postsource {

/// GraphQL in the parts of a multipart stream: subscriptions with their envelope, incremental delivery, or
/// bare results one after the other.
/// https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
class GraphqlMultipart {
 public:
  GraphqlMultipart(Journal& journal, const Context& context);

  /// Judges a JSON part and returns its kind.
  void read(Message& message, const Text& text);
  /// Called at the close delimiter.
  void complete(Offset byte);
  /// Called when a part follows the close delimiter.
  void reopen() { operation_.reopen(); }
  void end();
  /// Whether the caller or the Content-Type declares that the parts are GraphQL.
  bool is_declared() const { return is_declared_; }

 private:
  void read_envelope(Message& message, const JsonDocument& document, const JsonNode& payload);

  Journal* journal_;
  bool is_graphql_;
  bool is_declared_;
  bool needs_envelope_;  // the Content-Type declares a multipart subscription
  bool has_defer_spec_;
  bool is_ended_ = false;  // by an error of the transport
  Operation operation_;
};

}  // namespace postsource

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

  /// Judges a JSON part, and says what it is.
  void read(Message& message, const Text& text);
  /// The close delimiter has come.
  void complete(Offset byte);
  /// A part follows the close delimiter all the same.
  void reopen() { operation_.reopen(); }
  void end();
  /// Whether somebody has said that the parts are GraphQL: the caller, or the Content-Type.
  bool is_declared() const { return is_declared_; }

 private:
  void read_envelope(Message& message, const JsonDocument& document, const JsonNode& payload);

  Journal* journal_;
  bool is_graphql_;
  bool is_declared_;
  bool needs_envelope_;  // the Content-Type says that the parts are those of a subscription
  bool has_defer_spec_;
  bool is_ended_ = false;  // by an error of the transport
  Operation operation_;
};

}  // namespace postsource

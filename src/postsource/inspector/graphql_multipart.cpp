#include "postsource/inspector/graphql_multipart.h"

#include "postsource/inspector/execution_result.h"
#include "postsource/inspector/response.h"
#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

/// Whether a request was for a multipart subscription alone.
bool asks_for_envelopes(const std::string& accept) {
  const auto has = [&](std::string_view name) { return !find_parameter(accept, name).empty(); };
  return has("subscriptionSpec") && !has("deferSpec") && !has("incrementalSpec");
}

}  // namespace

GraphqlMultipart::GraphqlMultipart(Journal& journal, const Context& context)
    : journal_(&journal),
      is_graphql_(context.protocol != Context::Protocol::plain),
      is_declared_(context.protocol == Context::Protocol::graphql ||
                   !find_parameter(context.content_type, "subscriptionSpec").empty() ||
                   !find_parameter(context.content_type, "deferSpec").empty()),
      needs_envelope_(!find_parameter(context.content_type, "subscriptionSpec").empty() ||
                      asks_for_envelopes(context.accept)),
      has_defer_spec_(find_parameter(context.content_type, "deferSpec") == "20220824"),
      operation_(journal.findings) {}

void GraphqlMultipart::read(Message& message, const Text& text) {
  Findings& findings = journal_->findings;
  const JsonDocument document(text, &findings);
  message.is_json = document.valid();
  if (!is_graphql_) return;
  message.kind = Message::Kind::result;
  if (!document.valid()) return;

  const JsonNode& root = document.root();
  if (is_ended_) findings.add("after-complete", document.byte(root), "nothing", "another part");
  if (root.kind == JsonNode::Kind::object && root.children == 0) {
    message.kind = Message::Kind::heartbeat;
    return;
  }
  if (const JsonNode* payload = document.member(root, "payload")) {
    read_envelope(message, document, *payload);
    return;
  }
  if (needs_envelope_) findings.add("payload-missing", document.byte(root), "`payload`", "a bare result");
  operation_.read(document, root);
  if (has_defer_spec_ && operation_.has_pending()) {
    findings.add("defer-spec", document.byte(root), "`incremental` with paths", "`pending`");
  }
}

void GraphqlMultipart::read_envelope(Message& message, const JsonDocument& document,
                                     const JsonNode& payload) {
  Findings& findings = journal_->findings;
  const JsonNode* errors = document.member(document.root(), "errors");
  if (errors != nullptr && errors->kind != JsonNode::Kind::null) {
    message.kind = Message::Kind::transport_error;
    is_ended_ = true;
    findings.add("transport-error", document.byte(*errors), "none", excerpt(document.text(*errors)));
    judge_errors(document, *errors, findings);
  } else if (payload.kind == JsonNode::Kind::null) {
    findings.add("payload-null", document.byte(payload), "a result, or errors beside null", "null alone");
  }
  for (const JsonNode* member : document.children(document.root())) {
    if (member->key == "payload" || member->key == "errors") continue;
    findings.add("envelope-member", document.byte(*member), "payload and errors", quote(member->key));
  }
  if (payload.kind != JsonNode::Kind::null) operation_.read(document, payload);
}

void GraphqlMultipart::complete(Offset byte) {
  if (is_graphql_) operation_.complete(byte);
}

void GraphqlMultipart::end() { operation_.end(); }

}  // namespace postsource

#include "postsource/inspector/single_reader.h"

#include "postsource/content_type.h"
#include "postsource/inspector/operation.h"
#include "postsource/inspector/utf8.h"

namespace postsource {

SingleReader::SingleReader(Journal& journal, const Context& context)
    : journal_(&journal),
      max_message_bytes_(context.max_message_bytes),
      is_graphql_(context.protocol != Context::Protocol::plain),
      may_be_foreign_(context.status != 0 && context.status != 200 &&
                      parse_content_type(context.content_type).essence == "application/json") {}

void SingleReader::feed(std::string_view bytes) {
  if (stopped_) return;
  text_.bytes += bytes;
  if (text_.bytes.size() <= max_message_bytes_) return;
  journal_->findings.add("message-size", max_message_bytes_,
                         "at most " + std::to_string(max_message_bytes_) + " bytes", "more");
  journal_->report({.kind = Message::Kind::stopped, .begin = 0, .end = max_message_bytes_});
  stopped_ = true;
  text_ = {};
}

/// [spec] with a non-200 status code and the type application/json the body need not be a well-formed GraphQL
/// response, since its source may be an intermediary
bool SingleReader::is_foreign(const JsonDocument& document) const {
  const JsonNode& root = document.root();
  return may_be_foreign_ && document.valid() && document.member(root, "data") == nullptr &&
         document.member(root, "errors") == nullptr;
}

void SingleReader::finish() {
  if (stopped_) return;
  Findings& findings = journal_->findings;
  std::size_t begin = 0;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text_.bytes.starts_with(kByteOrderMark)) {
    findings.add("bom", 0, "none", "U+FEFF");
    begin = kByteOrderMark.size();
    text_.bytes.erase(0, begin);
  }
  text_.source.append(0, begin);
  const std::size_t bad = find_invalid_utf8(text_.bytes);
  if (bad != text_.bytes.npos) {
    findings.add("json-utf-8", begin + bad, "UTF-8",
                 describe_character(std::string_view(text_.bytes).substr(bad)));
  }
  const JsonDocument document(text_, &findings);
  const bool is_result = is_graphql_ && !is_foreign(document);
  if (document.valid() && is_result) {
    Operation operation(findings, Delivery::single);
    operation.read(document, document.root());
  }
  journal_->report({.kind = is_result ? Message::Kind::result : Message::Kind::text,
                    .begin = begin,
                    .end = begin + text_.bytes.size(),
                    .payload = text_.bytes,
                    .is_json = document.valid()});
}

}  // namespace postsource

#include "postsource/inspector/single_reader.h"

#include "postsource/inspector/operation.h"
#include "postsource/inspector/utf8.h"

namespace postsource {

SingleReader::SingleReader(Journal& journal, const Context& context)
    : journal_(&journal),
      max_message_bytes_(context.max_message_bytes),
      is_graphql_(context.protocol != Context::Protocol::plain) {}

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
  if (document.valid() && is_graphql_) {
    Operation operation(findings, Delivery::single);
    operation.read(document, document.root());
  }
  journal_->report({.kind = is_graphql_ ? Message::Kind::result : Message::Kind::text,
                    .begin = begin,
                    .end = begin + text_.bytes.size(),
                    .payload = text_.bytes,
                    .is_json = document.valid()});
}

}  // namespace postsource

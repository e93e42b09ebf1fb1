#pragma once

#include <string_view>

#include "postsource/inspector/journal.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Reads a response that is one JSON text, and judges it when it has ended.
class SingleReader {
 public:
  SingleReader(Journal& journal, const Context& context);

  void feed(std::string_view bytes);
  void finish();

 private:
  bool is_foreign(const JsonDocument& document) const;

  Journal* journal_;
  std::size_t max_message_bytes_;
  bool is_graphql_;
  bool may_be_foreign_;  // a refusal may come from someone who knows no GraphQL
  bool stopped_ = false;
  Text text_;
};

}  // namespace postsource

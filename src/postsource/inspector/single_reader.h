#pragma once

#include <string_view>

#include "postsource/inspector/journal.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Reads a response that is one JSON text, and judges it at its end.
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
  bool may_be_foreign_;  // an intermediary that knows no GraphQL may have sent the refusal
  bool stopped_ = false;
  Text text_;
};

}  // namespace postsource

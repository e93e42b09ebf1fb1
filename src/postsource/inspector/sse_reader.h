#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "postsource/inspector/graphql_sse.h"
#include "postsource/inspector/journal.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Reads an event stream line by line, by
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
class SseReader {
 public:
  SseReader(Journal& journal, const Context& context)
      : journal_(&journal), max_message_bytes_(context.max_message_bytes), graphql_(journal, context) {}

  void feed(std::string_view bytes);
  void finish();

 private:
  /// The fields since the last blank line.
  struct Block {
    bool is_empty = true;
    Offset begin = 0;
    Offset end = 0;
    std::optional<std::string> event;
    std::optional<std::string> id;
    std::optional<std::string> retry;
    bool has_data = false;
    Text data;
  };
  struct Field {
    std::string_view name;
    std::string_view value;
    Offset begin;        // of the line
    Offset value_begin;  // the line's end if there is no value
  };

  bool append(std::string_view piece);
  void end_line();
  void read_comment(std::string_view line, Offset begin);
  void read_field(std::string_view line, Offset begin);
  void read_id(const Field& field);
  void read_retry(const Field& field);
  void report_unknown(const Field& field, std::string_view line);
  void end_block(bool is_terminated);
  void judge_event(const Block& block, bool is_dispatched);

  Journal* journal_;
  std::size_t max_message_bytes_;
  GraphqlSse graphql_;
  bool stopped_ = false;
  Offset at_ = 0;  // of the next byte
  Offset line_begin_ = 0;
  std::string line_;
  bool after_cr_ = false;  // an LF that comes next belongs to the previous line
  Block block_;

  int events_ = 0;
  bool has_ids_ = false;
  std::set<std::string> ids_;
};

}  // namespace postsource

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/graphql_multipart.h"
#include "postsource/inspector/journal.h"
#include "postsource/multipart_parser.h"

namespace postsource {

/// Reads a multipart stream with the parser that clients use, so that both agree. The parser is fed byte by
/// byte, which shows where each part ends. The reader itself checks, line by line, what the parser ignores.
class MultipartReader {
 public:
  MultipartReader(Journal& journal, const Context& context);

  void feed(std::string_view bytes);
  void finish();

 private:
  /// A delimiter line, up to the byte that confirms it.
  struct Delimiter {
    Offset begin;
    bool is_close;
  };

  void read(char c);
  std::optional<Delimiter> match_delimiter(char c) const;
  void read_delimiter(const Delimiter& delimiter);
  void watch_line(char c);
  void watch_outside(char c);
  void report(const MultipartEvent& event);
  void report_preamble(Offset end);
  void report_missing_delimiter();
  /// The body's size in bytes is between the two.
  void judge_headers(const MultipartEvent& event, std::size_t least, std::size_t most);
  void fail();

  Journal* journal_;
  Workspace workspace_;
  std::string dash_boundary_;
  MultipartOptions options_;
  MultipartParser parser_;
  GraphqlMultipart graphql_;
  std::vector<MultipartEvent> events_;
  bool failed_ = false;
  bool closed_ = false;
  Offset at_ = 0;  // of the current byte

  std::string line_;        // the current line's first bytes, as many as a delimiter has
  double boundary_ms_ = 0;  // when the boundary was complete; the line end may arrive with the next part
  Offset line_begin_ = 0;
  bool is_delimiter_ = false;  // the current line
  char last_ = '\n';
  std::optional<Offset> delimiter_begin_;  // of the last delimiter
  Offset delimiter_end_ = 0;               // after its line
  std::optional<double> value_ms_;         // when the open part's JSON value was complete
  std::uint64_t parts_ = 0;

  std::string outside_;  // the first bytes of the preamble, later of the epilogue
  Offset outside_begin_ = 0;
  Offset outside_end_ = 0;
};

}  // namespace postsource

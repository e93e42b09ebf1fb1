#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/graphql_multipart.h"
#include "postsource/inspector/journal.h"
#include "postsource/multipart_parser.h"

namespace postsource {

/// Reads a multipart stream by the very parser that clients use, fed byte by byte: so it is known where
/// everything ends, and nothing is judged that clients read otherwise. What the parser passes over in silence
/// is watched beside it, line by line.
class MultipartReader {
 public:
  MultipartReader(Journal& journal, const Context& context);

  void feed(std::string_view bytes);
  void finish();

 private:
  /// A delimiter line, as far as its boundary and what decides on it.
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
  /// The body has at least and at most so many bytes.
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
  Offset at_ = 0;  // of the byte that is read

  std::string line_;        // its first bytes, as many as a delimiter has
  double boundary_ms_ = 0;  // when it was as long; its line end may come with the next part
  Offset line_begin_ = 0;
  bool is_delimiter_ = false;  // the line that is read
  char last_ = '\n';
  std::optional<Offset> delimiter_begin_;  // of the last one
  Offset delimiter_end_ = 0;               // behind its line
  std::optional<double> value_ms_;         // when the JSON value of the part that is open was complete
  std::uint64_t parts_ = 0;

  std::string outside_;  // the beginning of the preamble, then of the epilogue
  Offset outside_begin_ = 0;
  Offset outside_end_ = 0;
};

}  // namespace postsource

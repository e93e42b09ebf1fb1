#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "postsource/sse_parser.h"

namespace postsource {

/// Parses GraphQL over SSE, https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, in distinct and
/// single connection mode: an SseParser whose events are named as the protocol names them, whatever the
/// server wrote.
///
/// - `next`: a result. So is an event without a name, or named `message`, whose data is a JSON object or
/// list.
/// - `complete`: the end, with or without a data line. So are `done` and `close`, and the data `done` without
///   a name, which end the operations of WunderGraph.
/// - All others keep their names.
///
/// An event without data that is no end says nothing, and is dropped. What the data holds is not looked at.
class GraphqlSseParser {
 public:
  explicit GraphqlSseParser(Workspace& workspace, SseOptions options = {})
      : workspace_(&workspace), parser_(workspace, complete_without_data(options)) {}

  /// As those of SseParser.
  [[nodiscard]] Status feed(std::string_view bytes, std::vector<SseEvent>& out);
  char* room(std::size_t n) { return parser_.room(n); }
  [[nodiscard]] Status commit(std::size_t n, std::vector<SseEvent>& out);

  /// The bytes end here. Unlike the standard, which drops a block that lacks its blank line, appends the last
  /// event where it is whole: a `next` whose data is a complete JSON value, or a `complete`. Call it once,
  /// then reset().
  [[nodiscard]] Status finish(std::vector<SseEvent>& out);

  void reset() { parser_.reset(); }

 private:
  static SseOptions complete_without_data(SseOptions options) {
    options.dispatch_without_data = true;
    return options;
  }
  void put_straight(SseEvent& event) const;

  Workspace* workspace_;
  SseParser parser_;
};

}  // namespace postsource

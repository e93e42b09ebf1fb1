#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "postsource/sse_parser.h"

namespace postsource {

/// Parses GraphQL over SSE, https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, in distinct and
/// single connection mode. This is an SseParser that gives events the protocol's names where servers deviate.
///
/// - `next` is a result. An event without a name, or named `message`, becomes `next` if its data is an object
///   or a list in JSON.
/// - `complete` is the end of an operation, with or without a data line. WunderGraph's ends become
///   `complete`: events named `done` or `close`, and unnamed events whose data is `done`.
/// - All other events keep their names.
///
/// An event without data that is no `complete` is dropped. The data itself is not checked.
class GraphqlSseParser {
 public:
  explicit GraphqlSseParser(Workspace& workspace, SseOptions options = {})
      : workspace_(&workspace), parser_(workspace, complete_without_data(options)) {}

  /// As in SseParser.
  [[nodiscard]] Status feed(std::string_view bytes, std::vector<SseEvent>& out);
  char* room(std::size_t n) { return parser_.room(n); }
  [[nodiscard]] Status commit(std::size_t n, std::vector<SseEvent>& out);

  /// Ends the stream. The standard drops a last block that lacks its blank line. This parser appends it to
  /// `out` if it is a `complete` or a `next`. The data of a `next` may be cut off: it is whole if it is JSON.
  /// Call finish() once, then reset().
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

#include "postsource/graphql_sse_parser.h"
#include "stream.h"

namespace postsource {

POSTSOURCE_EXPORT("graphqlSseOpen") Address graphql_sse_open(Word max_message_bytes) {
  return handle_of(new EventStream<GraphqlSseParser>({.max_message_bytes = max_message_bytes}));
}
/// Tells the parser that the bytes end. Returns the table of what the end completes.
POSTSOURCE_EXPORT("graphqlSseFinish") Address graphql_sse_finish(Address handle) {
  sse_events.clear();
  auto& parser = static_cast<EventStream<GraphqlSseParser>&>(stream(handle)).parser;
  const Status status = parser.finish(sse_events);
  return encode(status, sse_events);
}

}  // namespace postsource

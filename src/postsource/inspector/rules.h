#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postsource {

enum class Severity : std::uint8_t {
  note,     ///< Harmless, but worth knowing.
  warning,  ///< Some readers fail, or data is lost under some conditions.
  error,    ///< The stream violates the protocol.
};

/// A rule that streams are judged by.
struct Rule {
  std::string_view id;
  Severity severity;
  bool once;                  ///< Only the first violation in a stream is reported.
  std::string_view standard;  ///< The address of the rule.
  std::string_view sentence;  ///< The rule, in a sentence.
};

namespace standards {
// clang-format off
inline constexpr std::string_view
    event_stream = "https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation",
    event_stream_parsing = "https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream",
    event_dispatch = "https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage",
    event_processing = "https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model",
    event_authoring = "https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes",
    last_event_id = "https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header",
    timers = "https://html.spec.whatwg.org/multipage/timers-and-user-prompts.html#timers",
    graphql_sse = "https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#event-stream",
    graphql_sse_distinct = "https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#distinct-connections-mode",
    graphql_sse_single = "https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md#single-connection-mode",
    multipart_subscription = "https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol",
    multipart = "https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1",
    header_fields = "https://www.rfc-editor.org/rfc/rfc5322#section-2.2",
    content_type = "https://www.rfc-editor.org/rfc/rfc9110#section-8.3",
    content_encoding = "https://www.rfc-editor.org/rfc/rfc9110#section-8.4",
    content_length = "https://www.rfc-editor.org/rfc/rfc9110#section-8.6",
    cache_control = "https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2",
    json = "https://www.rfc-editor.org/rfc/rfc8259#section-2",
    json_objects = "https://www.rfc-editor.org/rfc/rfc8259#section-4",
    json_numbers = "https://www.rfc-editor.org/rfc/rfc8259#section-6",
    json_encoding = "https://www.rfc-editor.org/rfc/rfc8259#section-8.1",
    json_characters = "https://www.rfc-editor.org/rfc/rfc8259#section-8.2",
    json_parsers = "https://www.rfc-editor.org/rfc/rfc8259#section-9",
    response_format = "https://spec.graphql.org/October2021/#sec-Response-Format",
    response_data = "https://spec.graphql.org/October2021/#sec-Data",
    response_errors = "https://spec.graphql.org/October2021/#sec-Errors",
    graphql_http_status = "https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes",
    incremental = "https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md",
    incremental_2022 = "https://github.com/graphql/graphql-spec/tree/48cf7263a71a683fab03d45d309fd42d8d9a6659/spec",
    incremental_2023 = "https://github.com/graphql/graphql-spec/pull/1110",
    message_limit = "https://github.com/Azure/fetch-event-source/issues/88";
// clang-format on
}  // namespace standards

/// All rules, in the order of the layers. Documentation and listings are generated from this table.
inline constexpr auto kRules = [] {
  using namespace standards;
  constexpr auto note = Severity::note;
  constexpr auto warning = Severity::warning;
  constexpr auto error = Severity::error;
  constexpr bool once = true;
  constexpr bool each = false;
  // clang-format off
  return std::to_array<Rule>({
    // the response
    {"status", error, each, event_processing, "A stream has the status 200; clients refuse any other."},
    {"no-content", note, each, event_processing, "The status 204 ends an event stream: an EventSource does not reconnect."},
    {"status-of-result", note, each, graphql_http_status, "A GraphQL result may have an error status; its body gives the reason."},
    {"content-type", error, each, content_type, "The Content-Type names the protocol: text/event-stream, multipart/mixed or JSON."},
    {"content-type-list", warning, each, content_type, "A Content-Type names one type; a list is probably the request's Accept."},
    {"charset", warning, each, event_stream_parsing, "An event stream is UTF-8; browsers refuse it under any other charset."},
    {"cache-control", warning, each, cache_control, "A stream has `Cache-Control: no-store` or `no-cache`; otherwise a cache may answer instead."},
    {"content-encoding", warning, each, content_encoding, "A stream is not compressed, because compression delays messages."},
    {"content-length", warning, each, content_length, "A stream has no Content-Length: it shows that the whole body was buffered first."},
    {"boundary-parameter", warning, each, multipart, "The Content-Type of a multipart body names its boundary."},
    {"boundary-syntax", error, each, multipart, "A boundary has 1 to 70 characters that RFC 2046 allows, and does not end in a space."},

    // timing
    {"keep-alive", warning, each, event_authoring, "A silent stream sends a comment or heartbeat about every 15 seconds; otherwise proxies close it."},
    {"buffering", warning, once, event_authoring, "Messages arrive when they are sent; many at once after a silence show a buffer on the way."},
    {"message-size", error, each, message_limit, "A message is no larger than the reader's limit."},

    // event streams
    {"utf-8", error, each, event_stream_parsing, "A stream is UTF-8; invalid bytes decode to U+FFFD."},
    {"bom", note, each, event_stream_parsing, "A byte order mark at the start is skipped; leave it out."},
    {"sse-field", warning, each, event_stream, "A line is a comment or one of the fields event, data, id and retry, in lower case."},
    {"sse-id-null", warning, each, event_stream, "An id with U+0000 is ignored."},
    {"sse-retry", warning, each, event_stream, "A retry field has ASCII digits only; any other is ignored."},
    {"sse-retry-range", warning, each, timers, "A reconnection time beyond 2147483647 ms overflows the timers of browsers."},
    {"sse-no-data", warning, each, event_dispatch, "An event without a data line is not dispatched."},
    {"sse-incomplete", warning, each, event_stream_parsing, "A blank line ends an event; without it the last event is dropped."},
    {"sse-id-missing", note, once, last_event_id, "Events have ids; without them, events sent during a reconnection are lost."},
    {"sse-id-repeated", note, once, last_event_id, "An id is a position in the stream; a stream cannot resume from a repeated id."},
    {"sse-event-name", note, once, event_processing, "Events named `error` or `open` are mistaken for those of the EventSource itself."},

    // GraphQL over SSE
    {"graphql-sse-event", warning, each, graphql_sse, "The events of GraphQL over SSE are called next and complete."},
    {"graphql-sse-next-data", error, each, graphql_sse, "A next event has a result as its data."},
    {"graphql-sse-complete-data", note, once, graphql_sse, "A complete event has a data line, which is empty; without one EventSource drops the event."},
    {"graphql-sse-envelope", error, each, graphql_sse_single, "In single connection mode, next has an id and a payload, and complete has an id."},
    {"graphql-sse-mode", error, each, graphql_sse_single, "A stream is in one mode: every message has the id of an operation, or no message has one."},
    {"graphql-sse-no-complete", warning, each, graphql_sse_distinct, "A complete event ends the operation; without it clients reconnect."},
    {"after-complete", error, each, graphql_sse, "Nothing follows the end of an operation."},

    // multipart
    {"no-delimiter", error, each, multipart, "The body has the delimiter that its Content-Type announces."},
    {"preamble", warning, each, multipart, "Bytes before the first delimiter are ignored."},
    {"epilogue", note, each, multipart, "Bytes after the close delimiter are ignored."},
    {"line-end", warning, once, multipart, "The lines of delimiters and part headers end in CR LF."},
    {"delimiter-line", error, each, multipart, "Only white space follows a boundary on its line."},
    {"header-line", error, each, header_fields, "A header line is a name, a colon and a value; a blank line ends the headers."},
    {"header-size", error, each, header_fields, "The headers of a part are no larger than the reader's limit."},
    {"close-delimiter", warning, each, multipart, "The close delimiter `--boundary--` ends the body; a stream without it was cut off."},
    {"part-after-close", error, each, multipart, "No part follows the close delimiter: most readers stop there and lose the part."},
    {"delimiter-late", warning, once, multipart_subscription, "The delimiter that ends a part is sent with the part; otherwise readers that wait for it are one message late."},
    {"part-incomplete", error, each, multipart, "A part is complete when the body ends; a truncated part is lost."},
    {"part-empty", note, each, multipart, "A part has headers or a body."},
    {"part-content-type", warning, each, multipart_subscription, "A part with a GraphQL payload has `Content-Type: application/json`."},
    {"part-content-length", warning, each, content_length, "The Content-Length of a part is the number of its body's bytes."},

    // the envelope of multipart subscriptions
    {"payload-missing", warning, once, multipart_subscription, "A multipart subscription wraps each result: `{\"payload\": RESULT}`."},
    {"payload-null", error, each, multipart_subscription, "A payload of null has transport errors beside it."},
    {"transport-error", note, each, multipart_subscription, "Errors beside the payload are transport errors, which end the stream."},
    {"envelope-member", warning, each, multipart_subscription, "An envelope has only members that its protocol defines."},

    // JSON
    {"json-syntax", error, each, json, "A payload is a JSON text."},
    {"json-incomplete", error, each, json, "A JSON value is complete when its message ends."},
    {"json-trailing", error, each, json, "Only white space follows the JSON value."},
    {"json-duplicate-key", warning, each, json_objects, "The names within an object are unique; of duplicates, readers keep an arbitrary one."},
    {"json-number", warning, each, json_numbers, "A number is in the range of a double."},
    {"json-surrogate", warning, each, json_characters, "Escaped surrogates come in pairs."},
    {"json-depth", warning, each, json_parsers, "Values are nested at most 512 levels deep, because parsers have limits."},
    {"json-utf-8", error, each, json_encoding, "JSON is UTF-8; invalid bytes decode to U+FFFD."},

    // execution results
    {"result-type", error, each, response_format, "A result is an object."},
    {"result-empty", error, each, response_format, "A result has data, or errors that give the reason."},
    {"result-member", warning, each, response_format, "A result has only the members data, errors and extensions."},
    {"data-type", error, each, response_data, "`data` is an object or null."},
    {"data-null", error, each, response_data, "If `data` is null, `errors` gives the reason."},
    {"errors-type", error, each, response_errors, "`errors` is a list."},
    {"errors-empty", error, each, response_errors, "`errors` must be a non-empty list."},
    {"error-entry", error, each, response_errors, "An error is an object with a message."},
    {"error-locations", error, each, response_errors, "`locations` of an error is a list of lines and columns, counted from 1."},
    {"error-path", error, each, response_errors, "`path` of an error is a list of names and indices."},
    {"error-member", warning, each, response_errors, "An error has message, locations, path and extensions; everything else belongs in extensions."},
    {"extensions-type", error, each, response_format, "`extensions` is an object."},
    {"has-next-alone", error, each, incremental, "`hasNext: true` needs a stream, but this is a single response."},

    // incremental delivery
    {"has-next-type", error, each, incremental, "`hasNext` is true or false."},
    {"has-next-missing", error, each, incremental, "Every payload of an incremental response says whether it has a next one."},
    {"has-next-open", error, each, incremental, "A payload follows `hasNext: true`, at least `{\"hasNext\": false}`."},
    {"after-last", error, each, incremental, "No payload follows `hasNext: false`."},
    {"incremental-entry", error, each, incremental_2023, "An incremental entry has data (an object) or items (a list), or null and errors, and a place in the result."},
    {"incremental-path", error, each, incremental_2023, "An incremental path leads to data that was delivered before."},
    {"incremental-legacy", note, once, incremental, "Newer servers put path, data and items into `incremental`."},
    {"incremental-mixed", warning, once, incremental_2023, "A response is of one generation: its entries have ids, or they have paths."},
    {"pending-entry", error, each, incremental_2023, "A pending entry has a string as its id and a list as its path."},
    {"pending-repeated", error, each, incremental_2023, "An id is announced as pending once."},
    {"pending-unknown", error, each, incremental_2023, "Incremental and completed entries name an id that is pending."},
    {"pending-open", error, each, incremental_2023, "Every pending id is completed by the last payload."},
    {"defer-spec", note, once, incremental_2023, "`deferSpec=20220824` names the generation without `pending`; clients follow the payload."},

    {"too-many", note, each, response_format, "This message has more findings than are listed."},
  });
  // clang-format on
}();

/// A reference to a rule by its id. An unknown id does not compile.
struct RuleRef {
  std::size_t index;
  consteval RuleRef(const char* id) : index(0) {
    while (kRules.at(index).id != id) ++index;
  }
  constexpr const Rule& operator*() const { return kRules[index]; }
};

}  // namespace postsource

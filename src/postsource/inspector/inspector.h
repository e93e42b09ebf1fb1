#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "postsource/inspector/findings.h"

namespace postsource {

/// What is known about a response besides its bytes. Rules that need unknown members are skipped.
struct Context {
  enum class Protocol : std::uint8_t {
    automatic,  ///< GraphQL if the Content-Type or the messages say so.
    plain,      ///< Only the format: events, parts or one text.
    graphql,
  };
  std::string content_type = {};
  int status = 0;           ///< 0 if unknown.
  std::string method = {};  ///< Of the request; empty if unknown.
  std::string accept = {};  ///< The Accept header of the request; empty if unknown.
  /// Names in any case. An empty content_type is taken from here.
  std::optional<std::vector<std::pair<std::string, std::string>>> headers = {};
  Protocol protocol = Protocol::automatic;
  /// When the request was sent, on the clock of the arrival times.
  std::optional<double> opened_ms = {};
  std::size_t max_message_bytes = std::size_t{16} << 20;
  /// The longest silence that is no finding.
  double keep_alive_ms = 30'000;
};

/// One message of a stream, with its findings.
struct Message {
  enum class Kind : std::uint8_t {
    response,         ///< The status and the headers: always the first message.
    event,            ///< An event of an event stream that is no GraphQL.
    comment,          ///< A comment of an event stream, which keeps the connection alive.
    fields,           ///< A block that dispatches nothing: an id, a retry or an event's name alone.
    result,           ///< An execution result, or a payload of incremental delivery.
    heartbeat,        ///< Of a multipart stream: `{}`.
    transport_error,  ///< Of a multipart subscription: errors beside a payload of null.
    complete,         ///< The end of an operation or of the body, as the protocol signals it.
    part,             ///< A part of a multipart stream that is no GraphQL.
    preamble,         ///< The bytes before the first delimiter.
    epilogue,         ///< The bytes after the close delimiter.
    text,             ///< A response that is neither a stream nor GraphQL.
    truncated,        ///< A message that the end of the bytes cut off.
    stopped,          ///< The stream is broken. No reader can continue, and the rest is not judged.
    end,              ///< The end of the bytes: always the last message.
  };
  std::uint64_t number = 0;  ///< 0 for the response, then from 1 on.
  Kind kind = Kind::response;
  Offset begin = 0;  ///< Of its bytes in the stream.
  Offset end = 0;    ///< One past the last byte, without the line end after it.
  double time_ms =
      0;  ///< When its last byte arrived. For the response: when it was announced to the inspector.

  std::optional<std::string> event = {};      ///< The name of an event, as it was sent.
  std::optional<std::string> id = {};         ///< The id of an event, if it has its own.
  std::optional<std::string> retry = {};      ///< The digits of a reconnection time.
  std::optional<std::string> operation = {};  ///< The id of an operation, in single connection mode.
  std::uint64_t part = 0;                     ///< The number of a part of a multipart stream, from 1; else 0.
  std::string headers = {};                   ///< The header lines of a part.
  std::string payload = {};                   ///< Data, body or comment: the raw bytes.
  bool is_json = false;                       ///< The payload is a JSON text.

  std::vector<Finding> findings = {};
};

/// The enumerator's name with hyphens.
std::string_view name_of(Message::Kind kind);
std::string_view name_of(Severity severity);

/// Reads a copy of a stream and judges every message by the protocol that the stream claims: an event stream,
/// GraphQL over SSE, a multipart subscription, incremental delivery of both generations, or a single GraphQL
/// response. rules.h has the rules.
///
/// Any slicing of the stream gives the same messages if the arrival times are the same. Costs O(bytes). The
/// memory is bounded by a small multiple of max_message_bytes. The caller passes all times, in milliseconds;
/// they must not decrease.
class Inspector {
 public:
  explicit Inspector(Context context);
  ~Inspector();
  Inspector(Inspector&&) noexcept;

  /// Appends to `out` all messages that `bytes` complete. Empty `bytes` announce the head of the response.
  void feed(std::string_view bytes, double arrival_ms, std::vector<Message>& out);
  /// Ends the stream. Appends the remaining messages and the end. Call it once, and feed nothing after it.
  void finish(double time_ms, std::vector<Message>& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postsource

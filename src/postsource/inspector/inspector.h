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

/// What is known of a response besides its bytes. Rules about what is not known are left out.
struct Context {
  enum class Protocol : std::uint8_t {
    automatic,  ///< GraphQL where the Content-Type or the messages say so.
    plain,      ///< The format alone: events, parts or one text.
    graphql,
  };
  std::string content_type = {};
  int status = 0;           ///< 0 where it is not known.
  std::string method = {};  ///< Of the request; empty where it is not known.
  /// Names in any case. A content_type that is empty is taken from here.
  std::optional<std::vector<std::pair<std::string, std::string>>> headers = {};
  Protocol protocol = Protocol::automatic;
  /// When the request was sent, on the clock of the arrival times.
  std::optional<double> opened_ms = {};
  std::size_t max_message_bytes = std::size_t{16} << 20;
  /// A longer silence is a finding.
  double keep_alive_ms = 30'000;
};

/// One thing that a stream said, judged.
struct Message {
  enum class Kind : std::uint8_t {
    response,         ///< The status and the headers: always the first message.
    event,            ///< Of an event stream, one that no protocol above it knows.
    comment,          ///< Of an event stream: a keep-alive.
    fields,           ///< A block that dispatches nothing: an id, a retry or an event's name alone.
    result,           ///< An execution result, whole or a payload of one.
    heartbeat,        ///< Of a multipart stream: `{}`.
    transport_error,  ///< Of a multipart subscription: errors beside a payload of null.
    complete,         ///< The end of an operation or of the body, as the protocol says it.
    part,             ///< Of a multipart stream, one that is no GraphQL.
    preamble,         ///< What stands before the first delimiter.
    epilogue,         ///< What stands behind the close delimiter.
    text,             ///< A response of one piece that is no GraphQL.
    truncated,        ///< What the end of the bytes has cut off.
    stopped,          ///< The stream is broken: no reader can go on, and nothing behind is judged.
    end,              ///< The end of the bytes: always the last message.
  };
  std::uint64_t number = 0;  ///< 0 for the response, then from 1 on.
  Kind kind = Kind::response;
  Offset begin = 0;    ///< Of its bytes in the stream, without the line end behind them.
  Offset end = 0;      ///< One behind the last.
  double time_ms = 0;  ///< When its last byte came; of the response, when the inspector was told of it.

  std::optional<std::string> event = {};      ///< The name of an event, as it was sent.
  std::optional<std::string> id = {};         ///< The id of an event, when it has one of its own.
  std::optional<std::string> retry = {};      ///< The digits of a reconnection time.
  std::optional<std::string> operation = {};  ///< The id of an operation, in single connection mode.
  std::uint64_t part = 0;                     ///< Of a multipart stream, from 1 on; 0 where it is no part.
  std::string headers = {};                   ///< The header lines of a part.
  std::string payload = {};                   ///< Data, body or comment, as its bytes came.
  bool is_json = false;                       ///< The payload is a JSON text.

  std::vector<Finding> findings = {};
};

/// The enumerator's name with hyphens.
std::string_view name_of(Message::Kind kind);
std::string_view name_of(Severity severity);

/// Reads a stream beside its client and judges every message by the protocol it claims to be: an event
/// stream, GraphQL over SSE, a multipart subscription, incremental delivery of both generations, or a single
/// GraphQL response. The rules are those of rules.h.
///
/// Any slicing of the stream gives the same messages, as far as the arrival times are the same. Costs
/// O(bytes); the memory is bounded by a small multiple of max_message_bytes. Has no clock: the caller's times
/// are milliseconds that never run backwards.
class Inspector {
 public:
  explicit Inspector(Context context);
  ~Inspector();
  Inspector(Inspector&&) noexcept;

  /// Appends to `out` all messages that `bytes` complete. None at all say that the response's head has come.
  void feed(std::string_view bytes, double arrival_ms, std::vector<Message>& out);
  /// The bytes end here. Appends what was left, and the end itself. Call it once; feed nothing after it.
  void finish(double time_ms, std::vector<Message>& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace postsource

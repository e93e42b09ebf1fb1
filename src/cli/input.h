#pragma once

#include <functional>
#include <istream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/inspector.h"

namespace postsource {

/// The input cannot be read. The message says what to do.
struct InputError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One connection of a recorded stream.
struct RecordedConnection {
  struct Chunk {
    double time_ms;
    std::string bytes;
  };
  Context context;
  std::optional<double> responded_ms;
  std::vector<Chunk> chunks;
  double end_ms = 0;
  /// False if the client closed the connection, since a message that it cut off is no mistake of the server,
  /// or if there was no response.
  bool is_whole = true;
};

/// Reads a recording: a JSON object with `version` (1) and `connections`, a list of objects. A connection has
/// the members that context_from_json() reads and `chunks`, a list of pairs of milliseconds and base64.
/// Optional members are `respondedAt` and `end` (milliseconds) and `endedBy` (`client` if the client closed
/// it). Throws an InputError if the text is not a recording.
std::vector<RecordedConnection> parse_recording(std::string_view text);

/// Removes the head of a response, as `curl -i` prints it, from the front of `bytes` and returns it. After a
/// redirect or a 100 there are several heads, and the last one is returned. Returns nothing while the head is
/// incomplete.
std::optional<Context> take_head(std::string& bytes);

}  // namespace postsource

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

/// An input that cannot be read; the message says what to do.
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
  /// Not so where the client has closed it, as what it cut off is nobody's mistake, and where nothing was
  /// answered.
  bool is_whole = true;
};

/// Reads a recording: a JSON object with `version` (1) and `connections`, a list of objects with the members
/// that context_from_json() reads, `chunks` (a list of pairs: milliseconds, and the bytes in base64), and,
/// which may be missing, `respondedAt` and `end` (milliseconds) and `endedBy` (`client` where it is not
/// whole). Throws an InputError where the text is no recording.
std::vector<RecordedConnection> parse_recording(std::string_view text);

/// Takes the heads of a response, as `curl -i` prints them, from the front of `bytes`: of several, after a
/// redirection or a 100, the last. None as long as the head is not complete.
std::optional<Context> take_head(std::string& bytes);

}  // namespace postsource

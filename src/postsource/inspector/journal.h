#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "postsource/inspector/inspector.h"

namespace postsource {

/// Numbers the messages, adds their times and findings, and judges the timing.
class Journal {
 public:
  Journal(double keep_alive_ms, std::optional<double> opened_ms)
      : keep_alive_ms_(keep_alive_ms), last_arrival_(opened_ms) {}

  /// Sets the time of the messages that were reported before a time was known.
  void begin(double time_ms);
  /// Called when bytes arrive, of which `begin` is the first.
  void arrive(Offset begin, double time_ms);
  /// Called when the bytes end.
  void close(double time_ms);
  double now() const { return now_; }

  /// Reports a message. Findings before `findings_begin` belong to a later message.
  void report(Message message, Offset findings_begin = 0);
  std::vector<Message> take() { return std::exchange(messages_, {}); }

  Findings findings;  ///< The findings of the message that is reported next.

 private:
  void judge_silence(std::optional<Offset> byte, double time_ms);
  void report_burst();

  double keep_alive_ms_;
  std::optional<double> last_arrival_;
  double now_ = 0;
  std::uint64_t number_ = 0;
  std::vector<Message> messages_;

  struct Burst {
    Offset begin = 0;
    double silence_ms = 0;
    double time_ms = 0;
    int messages = 0;
  };
  std::optional<Burst> burst_;  // the messages that arrived at once after a silence
};

}  // namespace postsource

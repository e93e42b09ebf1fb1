#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "postsource/inspector/inspector.h"

namespace postsource {

/// Numbers the messages as they are read, gives each its time and its findings, and watches the flow of time.
class Journal {
 public:
  Journal(double keep_alive_ms, std::optional<double> opened_ms)
      : keep_alive_ms_(keep_alive_ms), last_arrival_(opened_ms) {}

  /// Dates what was reported before there was a time.
  void begin(double time_ms);
  /// Bytes have come, from `begin` on.
  void arrive(Offset begin, double time_ms);
  /// No more will come.
  void close(double time_ms);
  double now() const { return now_; }

  /// What was found before `findings_begin` is of a message that is reported later.
  void report(Message message, Offset findings_begin = 0);
  std::vector<Message> take() { return std::exchange(messages_, {}); }

  Findings findings;  ///< Of the message that is reported next.

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
  std::optional<Burst> burst_;  // what came at once after a silence, as long as it goes on
};

}  // namespace postsource

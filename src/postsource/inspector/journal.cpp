#include "postsource/inspector/journal.h"

#include <algorithm>
#include <string>

namespace postsource {
namespace {

constexpr double kSilenceMs = 2000;  // a burst after this much silence shows a buffer
constexpr double kAtOnceMs = 20;
constexpr int kManyMessages = 5;

std::string milliseconds(double ms) {
  constexpr double kFurthest = 9e15;
  return std::to_string(static_cast<long long>(std::min(ms, kFurthest))) + " ms";
}

bool is_sent_by_itself(Message::Kind kind) {
  using Kind = Message::Kind;
  return kind == Kind::event || kind == Kind::comment || kind == Kind::result || kind == Kind::heartbeat ||
         kind == Kind::part;
}

}  // namespace

void Journal::begin(double time_ms) {
  now_ = time_ms;
  for (Message& message : messages_) message.time_ms = time_ms;
}

void Journal::arrive(Offset begin, double time_ms) {
  now_ = time_ms;
  judge_silence(begin, time_ms);
  const double silence = last_arrival_ ? time_ms - *last_arrival_ : 0;
  if (silence >= kSilenceMs) {
    burst_ = Burst{.begin = begin, .silence_ms = silence, .time_ms = time_ms};
  } else if (burst_ && time_ms - burst_->time_ms > kAtOnceMs) {
    burst_.reset();
  }
  last_arrival_ = time_ms;
}

void Journal::close(double time_ms) {
  now_ = time_ms;
  judge_silence({}, time_ms);
}

void Journal::report_burst() {
  findings.add("buffering", burst_->begin, "messages one by one",
               std::to_string(burst_->messages) + " messages at once after " +
                   milliseconds(burst_->silence_ms) + " of silence");
}

void Journal::judge_silence(std::optional<Offset> byte, double time_ms) {
  if (!last_arrival_ || time_ms - *last_arrival_ <= keep_alive_ms_) return;
  findings.add("keep-alive", byte, "bytes within " + milliseconds(keep_alive_ms_),
               milliseconds(time_ms - *last_arrival_) + " of silence");
}

void Journal::report(Message message, Offset findings_begin) {
  if (burst_ && is_sent_by_itself(message.kind)) {
    ++burst_->messages;
    if (burst_->messages == kManyMessages) report_burst();
  }
  message.number = number_++;
  message.time_ms = now_;
  message.findings = findings.take(findings_begin);
  messages_.push_back(std::move(message));
}

}  // namespace postsource

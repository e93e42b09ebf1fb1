#include "event_table.h"

#include <algorithm>

#include "utf8_text.h"

namespace postsource {
namespace {

constexpr std::size_t kHeaderWords = 2;
constexpr std::size_t kRunWords = 4;
constexpr std::size_t kRecordWords = 6;
constexpr std::size_t kOffsets = 2;  // where a record's four offsets begin

std::uint32_t word(std::size_t value) { return static_cast<std::uint32_t>(value); }

/// Where the text of an event lies: its data, its id, or both with the framing between them.
struct Extent {
  const char* begin;
  const char* end;
};

Extent extent(const SseEvent& event) {
  const Extent data{event.data.data(), event.data.data() + event.data.size()};
  const Extent id{event.last_event_id.data(), event.last_event_id.data() + event.last_event_id.size()};
  if (event.kind == SseEvent::Kind::id) return id;
  if (!event.has_id) return data;
  return {std::min(data.begin, id.begin), std::max(data.end, id.end)};
}

bool has_text(const SseEvent& event) {
  return event.kind == SseEvent::Kind::event || event.kind == SseEvent::Kind::id;
}

/// Turns byte offsets into UTF-16 ones. Asked in ascending order, it passes over each byte once.
class Utf16Offsets {
 public:
  explicit Utf16Offsets(char* run) : run_(run) {}

  void convert(std::uint32_t& begin, std::uint32_t& end) {
    // a comment or a line that was joined may have left half a character here
    std::fill(run_ + at_, run_ + begin, ' ');
    units_ += begin - at_;
    at_ = end;
    const std::size_t length = utf16_length({run_ + begin, run_ + end});
    begin = word(units_);
    units_ += length;
    end = word(units_);
  }

 private:
  char* run_;
  std::size_t at_ = 0;
  std::size_t units_ = 0;
};

}  // namespace

const std::uint32_t* EventTable::encode(Status status, std::span<const SseEvent> events) {
  const std::size_t most =
      kHeaderWords + events.size() * (kRunWords + kRecordWords + kRecordWords - kOffsets);
  if (words_.size() < most) words_.resize(most);

  size_ = kHeaderWords;
  if (!events.empty()) open_run();
  for (const SseEvent& event : events) add_record(event);
  if (!events.empty()) close_run();

  words_[0] = static_cast<std::uint32_t>(status);
  words_[1] = word(size_);
  return words_.data();
}

void EventTable::add_record(const SseEvent& event) {
  std::uint32_t offsets[] = {0, 0, kNoId, kNoId};
  if (has_text(event)) {
    const auto [begin, end] = extent(event);
    if (run_begin_ != nullptr && static_cast<std::size_t>(end - run_begin_) > kRunBytes) {
      close_run();
      open_run();
    }
    if (run_begin_ == nullptr) run_begin_ = begin;
    run_end_ = end;
    const auto offset = [this](const char* at) { return word(static_cast<std::size_t>(at - run_begin_)); };
    if (event.kind == SseEvent::Kind::event) {
      offsets[0] = offset(event.data.data());
      offsets[1] = offsets[0] + word(event.data.size());
    }
    if (event.has_id) {
      offsets[2] = offset(event.last_event_id.data());
      offsets[3] = offsets[2] + word(event.last_event_id.size());
    }
  }
  words_[size_] = static_cast<std::uint32_t>(event.kind);
  words_[size_ + 1] = event.symbol;
  std::copy_n(offsets, 4, &words_[size_ + kOffsets]);
  size_ += kRecordWords;
  ++words_[run_ + 2];
}

void EventTable::open_run() {
  run_ = size_;
  words_[run_ + 2] = 0;
  size_ += kRunWords;
  run_begin_ = run_end_ = nullptr;
}

void EventTable::close_run() {
  const std::string_view text{run_begin_, static_cast<std::size_t>(run_end_ - run_begin_)};
  const bool ascii = is_ascii(text);
  words_[run_] = word(reinterpret_cast<std::uintptr_t>(run_begin_));
  words_[run_ + 1] = word(text.size());
  words_[run_ + 3] = ascii;
  if (ascii) return;

  Utf16Offsets utf16(const_cast<char*>(run_begin_));  // the workspace's memory, not the caller's
  for (std::size_t record = run_ + kRunWords, end = size_; record < end; record += kRecordWords) {
    std::uint32_t* offsets = &words_[record + kOffsets];
    std::copy_n(offsets, 4, &words_[size_]);
    size_ += 4;
    const bool has_data = words_[record] == static_cast<std::uint32_t>(SseEvent::Kind::event);
    const bool has_id = offsets[2] != kNoId;
    const bool id_first = has_id && offsets[3] <= offsets[0];
    if (has_id && id_first) utf16.convert(offsets[2], offsets[3]);
    if (has_data) utf16.convert(offsets[0], offsets[1]);
    if (has_id && !id_first) utf16.convert(offsets[2], offsets[3]);
  }
}

}  // namespace postsource

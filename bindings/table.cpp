#include "table.h"

#include <algorithm>

#include "utf8_text.h"

namespace postsource {
namespace {

constexpr std::size_t kHeaderWords = 2;
constexpr std::size_t kRunWords = 4;
constexpr std::size_t kRecordWords = 6;
constexpr std::size_t kOffsets = 2;  // where a record's four offsets begin

std::uint32_t word(std::size_t value) { return static_cast<std::uint32_t>(value); }

/// The range of a record's texts: one text, or both with the framing between them.
struct Extent {
  const char* begin;
  const char* end;
};

Extent extent_of(const TableRecord& record) {
  const Extent text{record.text.data(), record.text.data() + record.text.size()};
  const Extent extra{record.extra.data(), record.extra.data() + record.extra.size()};
  if (text.begin == nullptr) return extra;
  if (extra.begin == nullptr) return text;
  return {std::min(text.begin, extra.begin), std::max(text.end, extra.end)};
}

/// Converts byte offsets to UTF-16 offsets. Offsets must ascend, so that each byte is read once.
class Utf16Offsets {
 public:
  explicit Utf16Offsets(char* run) : run_(run) {}

  void convert(std::uint32_t& begin, std::uint32_t& end) {
    if (begin == Table::kNone) return;
    // a comment or a joined line may have left half a character here
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

TableRecord to_record(const SseEvent& event) {
  static_assert(static_cast<int>(TableRecord::Kind::ignored_line) ==
                static_cast<int>(SseEvent::Kind::ignored_line));
  TableRecord record{.kind = static_cast<TableRecord::Kind>(event.kind), .symbol = event.symbol};
  if (event.kind == SseEvent::Kind::event) record.text = event.data;
  if (event.has_id) record.extra = event.last_event_id;
  return record;
}

TableRecord to_record(const MultipartEvent& event) {
  using Kind = TableRecord::Kind;
  if (event.kind == MultipartEvent::Kind::end) return {.kind = Kind::end};
  return {
      .kind = event.is_json ? Kind::json_part : Kind::byte_part, .text = event.body, .extra = event.headers};
}

void Table::begin(std::size_t records) {
  const std::size_t most = kHeaderWords + records * (kRunWords + kRecordWords + kRecordWords - kOffsets);
  if (words_.size() < most) words_.resize(most);
  size_ = kHeaderWords;
  run_ = 0;
}

const std::uint32_t* Table::end(Status status) {
  close_run();
  words_[0] = static_cast<std::uint32_t>(status);
  words_[1] = word(size_);
  return words_.data();
}

void Table::add(const TableRecord& record) {
  const bool bytes = record.kind == TableRecord::Kind::byte_part;
  if (bytes || bytes_) close_run();
  bytes_ = bytes;

  std::uint32_t offsets[] = {kNone, kNone, kNone, kNone};
  if (const Extent extent = extent_of(record); extent.begin != nullptr) {
    if (run_begin_ != nullptr && static_cast<std::size_t>(extent.end - run_begin_) > kRunBytes) close_run();
    if (run_ == 0) open_run();
    if (run_begin_ == nullptr) run_begin_ = extent.begin;
    run_end_ = extent.end;
    const auto place = [&](std::string_view text, std::uint32_t* offset) {
      if (text.data() == nullptr) return;
      offset[0] = word(static_cast<std::size_t>(text.data() - run_begin_));
      offset[1] = offset[0] + word(text.size());
    };
    place(record.text, &offsets[0]);
    place(record.extra, &offsets[2]);
  }
  if (run_ == 0) open_run();
  words_[size_] = static_cast<std::uint32_t>(record.kind);
  words_[size_ + 1] = record.symbol;
  std::copy_n(offsets, 4, &words_[size_ + kOffsets]);
  size_ += kRecordWords;
  ++words_[run_ + 2];
}

void Table::open_run() {
  run_ = size_;
  words_[run_ + 2] = 0;
  size_ += kRunWords;
  run_begin_ = run_end_ = nullptr;
}

void Table::close_run() {
  if (run_ == 0) return;
  const std::string_view text{run_begin_, static_cast<std::size_t>(run_end_ - run_begin_)};
  const Encoding encoding = bytes_ ? Encoding::bytes : is_ascii(text) ? Encoding::ascii : Encoding::utf8;
  words_[run_] = word(reinterpret_cast<std::uintptr_t>(run_begin_));
  words_[run_ + 1] = word(text.size());
  words_[run_ + 3] = static_cast<std::uint32_t>(encoding);
  if (encoding == Encoding::utf8) convert_to_utf16();
  run_ = 0;
}

void Table::convert_to_utf16() {
  Utf16Offsets utf16(const_cast<char*>(run_begin_));  // the workspace's memory, not the caller's
  for (std::size_t record = run_ + kRunWords, last = size_; record < last; record += kRecordWords) {
    std::uint32_t* offsets = &words_[record + kOffsets];
    std::copy_n(offsets, 4, &words_[size_]);
    size_ += 4;
    const bool extra_first = offsets[3] <= offsets[0];
    if (extra_first) utf16.convert(offsets[2], offsets[3]);
    utf16.convert(offsets[0], offsets[1]);
    if (!extra_first) utf16.convert(offsets[2], offsets[3]);
  }
}

}  // namespace postsource

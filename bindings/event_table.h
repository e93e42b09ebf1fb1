#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "postsource/sse_parser.h"

namespace postsource {

/// What one feed gave, as 32-bit words that JavaScript reads straight from linear memory:
///
///     [status, words in all], then runs, each
///     [address, bytes, records, is ASCII], then its records, each
///     [kind, symbol, data begin, data end, id begin, id end]
///
/// A run is a piece of text to be decoded at once and then sliced: its offsets count UTF-16 code units from
/// the run's beginning. It ends with an event and is about kRunBytes long, so that a slice that is kept does
/// not keep much more alive. Where the bytes are not ASCII, the four offsets of each record in bytes follow
/// the records, for text that turns out not to be UTF-8 and must be decoded field by field.
class EventTable {
 public:
  static constexpr std::size_t kRunBytes = 16384;
  /// The id's begin where the block had no id of its own.
  static constexpr std::uint32_t kNoId = 0xFFFFFFFF;

  /// Encodes `events`. Overwrites the bytes between their fields where these could be half a character.
  /// The words are valid until the next call.
  const std::uint32_t* encode(Status status, std::span<const SseEvent> events);

 private:
  void open_run();
  void close_run();
  void add_record(const SseEvent& event);

  std::vector<std::uint32_t> words_;
  std::size_t size_ = 0;
  std::size_t run_ = 0;              // where the open run's words begin
  const char* run_begin_ = nullptr;  // null until the run has text
  const char* run_end_ = nullptr;
};

}  // namespace postsource

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "postsource/multipart_parser.h"
#include "postsource/sse_parser.h"
#include "postsource/status.h"

namespace postsource {

/// One report of a parser, as a record of the table. A text whose data() is null is absent.
struct TableRecord {
  enum class Kind : std::uint8_t { event, id, retry, comment, ignored_line, json_part, byte_part, end };
  Kind kind = Kind::event;
  std::uint32_t symbol = 0;
  std::string_view text;   ///< An event's data, a part's body.
  std::string_view extra;  ///< An event's own id, a part's headers; close to the text.
};

TableRecord to_record(const SseEvent& event);
TableRecord to_record(const MultipartEvent& event);

/// What one feed reported, as 32-bit words that JavaScript reads directly from linear memory:
///
///     [status, words in all], then runs, each
///     [address, bytes, records, encoding], then its records, each
///     [kind, symbol, text begin, text end, extra begin, extra end]
///
/// JavaScript decodes a run of text at once and then slices it. The offsets count UTF-16 code units from the
/// beginning of the run. A run ends at the end of a record and is about kRunBytes long, so that a slice does
/// not keep much more text alive than its own. If the bytes are not ASCII, the four byte offsets of each
/// record follow the records. They are needed if the text is not valid UTF-8 and has to be decoded field by
/// field.
class Table {
 public:
  static constexpr std::size_t kRunBytes = 16384;
  /// The begin offset of an absent text.
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  enum class Encoding : std::uint8_t {
    utf8,
    ascii,
    bytes,  ///< The records hold bytes, not text. Offsets count bytes, and no byte offsets follow.
  };

  /// Encodes what a parser reported. Overwrites the bytes between the texts if they could be half a
  /// character. The words are valid until the next call.
  template <typename Event>
  const std::uint32_t* encode(Status status, std::span<const Event> events) {
    begin(events.size());
    for (const Event& event : events) add(to_record(event));
    return end(status);
  }

 private:
  void begin(std::size_t records);
  void add(const TableRecord& record);
  const std::uint32_t* end(Status status);
  void open_run();
  void close_run();
  void convert_to_utf16();

  std::vector<std::uint32_t> words_;
  std::size_t size_ = 0;
  std::size_t run_ = 0;              // where the open run's words begin; 0 while none is open
  bool bytes_ = false;               // whether the open run holds bytes
  const char* run_begin_ = nullptr;  // null until the run has text
  const char* run_end_ = nullptr;
};

}  // namespace postsource

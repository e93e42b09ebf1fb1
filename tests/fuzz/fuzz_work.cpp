// Searches for streams that cost more than O(bytes). It counts the work of a reader, rather than the time,
// and compares it with a budget for each byte. The first two bytes select the reader and the chunk size. 0xFF
// separates the pieces of the rest, and every second piece is repeated, so that a short input shows a
// quadratic cost. The search uses streams that are read quickly. A stream that takes an unusual part of its
// budget is judged again when it is ten times as long.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../native/stream_work.h"

namespace {

using namespace postsource;

constexpr std::size_t kLongPiece = 6000;
constexpr std::uint64_t kUnusualPart = 4;  // one fourth of the budget
constexpr std::size_t kMostPieces = 6;
constexpr std::size_t kChunkSizes[] = {1, 7, 64, SIZE_MAX};

/// Returns the stream that an input describes. Each repeated piece takes about `long_piece` bytes.
std::string stream_of(std::string_view input, std::size_t long_piece) {
  std::string stream;
  for (std::size_t piece = 0; piece < kMostPieces && !input.empty(); ++piece) {
    const std::string_view text = input.substr(0, input.find('\xFF'));
    input.remove_prefix(std::min(input.size(), text.size() + 1));
    const std::size_t times =
        piece % 2 == 0 || text.empty() ? 1 : std::max<std::size_t>(1, long_piece / text.size());
    for (std::size_t i = 0; i < times; ++i) stream += text;
  }
  return stream;
}

// libFuzzer keeps an input that sets a counter for the first time: the search climbs from one eighth of an
// octave of the cost to the next.
constexpr std::size_t kSteps = 256;
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] std::uint8_t reached[kReaders][kSteps];

/// Returns the cost on a logarithmic scale: eighths of an octave, from one hundredth of the budget.
std::size_t step_of(std::uint64_t work, std::uint64_t budget) {
  const std::uint64_t ratio = work * 800 / budget;
  const int octave = std::bit_width(ratio | 8) - 4;
  return std::min<std::size_t>(kSteps - 1, 8 * static_cast<std::size_t>(octave) + ((ratio >> octave) & 7));
}

struct Cost {
  std::uint64_t work;
  std::uint64_t budget;
};

Cost cost_of(Reader reader, std::string_view stream, std::size_t chunk_size) {
  std::vector<std::string_view> chunks;
  for (std::size_t at = 0; at < stream.size(); at += chunks.back().size()) {
    chunks.push_back(stream.substr(at, chunk_size));
  }
  return {.work = work_of(reader, chunks), .budget = most_work(reader, chunks)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t number = bytes[0] % kReaders;
  const auto reader = static_cast<Reader>(number);
  const std::size_t chunk_size = kChunkSizes[bytes[1] % std::size(kChunkSizes)];
  const std::string_view input(reinterpret_cast<const char*>(bytes) + 2, size - 2);

  Cost cost = cost_of(reader, stream_of(input, kLongPiece), chunk_size);
  reached[number][step_of(cost.work, cost.budget)] = 1;
  if (cost.work < cost.budget / kUnusualPart) return 0;
  const std::string longer = stream_of(input, 10 * kLongPiece);
  cost = cost_of(reader, longer, chunk_size);
  if (cost.work <= cost.budget) return 0;
  std::fprintf(stderr, "reader %zu, %zu bytes in chunks of %zu: %.1f times the budget\n", number,
               longer.size(), chunk_size, static_cast<double>(cost.work) / static_cast<double>(cost.budget));
  std::abort();
}

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postsource {

/// A reader of streams: a parser with options, or the inspector with a context.
enum class Reader : std::uint8_t {
  sse,
  sse_with_ignored_lines,
  graphql_sse,
  multipart,
  multipart_json,
  inspector_sse,
  inspector_graphql_sse,
  inspector_multipart,
  inspector_json,
};
inline constexpr std::size_t kReaders = 9;

/// The cost limits of a reader, in the units of work_done(), for every slicing. They are about three times
/// the cost of ordinary streams. Quadratic work exceeds them by orders of magnitude.
struct WorkLimits {
  std::uint64_t per_byte;
  std::uint64_t per_chunk;
};
constexpr WorkLimits limits_of(Reader reader) {
  return reader < Reader::inspector_sse ? WorkLimits{.per_byte = 60, .per_chunk = 200}
                                        : WorkLimits{.per_byte = 500, .per_chunk = 200};
}

/// Reads the chunks to their end. Returns the work. The boundary is `b`.
std::uint64_t work_of(Reader reader, const std::vector<std::string_view>& chunks);

/// Returns the limit of the work, which also holds for very short streams.
std::uint64_t most_work(Reader reader, const std::vector<std::string_view>& chunks);

}  // namespace postsource

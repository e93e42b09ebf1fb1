#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postsource {

/// What reads a stream: a parser with options, or the inspector with a context.
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

/// What a reader may cost, in the units of work_done(), under whatever slicing. The limits are some three
/// times what ordinary streams cost; what is quadratic is beyond them by orders of magnitude.
struct WorkLimits {
  std::uint64_t per_byte;
  std::uint64_t per_chunk;
};
constexpr WorkLimits limits_of(Reader reader) {
  return reader < Reader::inspector_sse ? WorkLimits{.per_byte = 60, .per_chunk = 200}
                                        : WorkLimits{.per_byte = 500, .per_chunk = 200};
}

/// Reads the chunks to their end, and gives the work that it took. The boundary is `b`.
std::uint64_t work_of(Reader reader, const std::vector<std::string_view>& chunks);

/// The most that it may be; for streams that cost next to nothing, too.
std::uint64_t most_work(Reader reader, const std::vector<std::string_view>& chunks);

}  // namespace postsource

#pragma once

#include <cstdint>

namespace postsource {

/// A deterministic measure of time: the basic blocks that were entered in code compiled with
/// -fsanitize-coverage=trace-pc, and the bytes that the C library was asked to move, fill, search or compare,
/// since the program began. The difference between two calls is what the code between them has cost.
std::uint64_t work_done();

}  // namespace postsource

#pragma once

#include <cstdint>

namespace postsource {

/// A deterministic measure of time: the number of basic blocks entered in code compiled with
/// -fsanitize-coverage=trace-pc, plus the bytes that the C library moved, filled, searched or compared since
/// the program began. The difference between two calls is the cost of the code between them.
std::uint64_t work_done();

}  // namespace postsource

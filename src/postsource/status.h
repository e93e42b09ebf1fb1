#pragma once

#include <cstdint>

namespace postsource {

/// How a parser stands. A failure is sticky: every later call gives the same status until reset().
enum class Status : std::uint8_t {
  ok,
  limit_exceeded,  ///< A message, or one line of it, is larger than the limit.
  malformed,       ///< The bytes break the protocol; the parser tells which rule, and where.
};

}  // namespace postsource

#pragma once

#include <cstdint>

namespace postsource {

/// The state of a parser. A failure is sticky: every later call returns the same status until reset().
enum class Status : std::uint8_t {
  ok,
  limit_exceeded,  ///< A message, or one line of it, is larger than the limit.
  malformed,       ///< The bytes violate the protocol. The parser tells which rule, and where.
};

}  // namespace postsource

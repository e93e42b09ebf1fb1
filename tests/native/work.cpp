// The counters of work_done(): the compiler's hook, and versions of the C library's memory functions that
// count their bytes. This file is compiled without instrumentation, and so that the compiler does not turn
// these loops into calls of the same functions.

#include "work.h"

#include <cstddef>

namespace {

std::uint64_t work;

}  // namespace

namespace postsource {

std::uint64_t work_done() { return work; }

}  // namespace postsource

extern "C" {

void __sanitizer_cov_trace_pc() { ++work; }

void* memcpy(void* to, const void* from, std::size_t size) {
  work += size;
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  for (std::size_t i = 0; i < size; ++i) out[i] = in[i];
  return to;
}

void* memmove(void* to, const void* from, std::size_t size) {
  auto* out = static_cast<char*>(to);
  const auto* in = static_cast<const char*>(from);
  if (out <= in || out >= in + size) return memcpy(to, from, size);
  work += size;
  while (size-- > 0) out[size] = in[size];
  return to;
}

void* memset(void* to, int value, std::size_t size) {
  work += size;
  for (std::size_t i = 0; i < size; ++i) static_cast<char*>(to)[i] = static_cast<char>(value);
  return to;
}

void* memchr(const void* from, int value, std::size_t size) {
  const auto* in = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < size; ++i, ++work) {
    if (in[i] == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(in + i);
  }
  return nullptr;
}

int memcmp(const void* a, const void* b, std::size_t size) {
  const auto* left = static_cast<const unsigned char*>(a);
  const auto* right = static_cast<const unsigned char*>(b);
  for (std::size_t i = 0; i < size; ++i, ++work) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

}  // extern "C"

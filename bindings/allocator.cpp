// operator new and delete for modules that import nothing. The module grows its own memory, and traps where a
// runtime would abort. Emscripten's allocators are three to ten times as large.
//
// The memory from __heap_base on is a sequence of blocks without gaps. No free block has a free neighbour.
// Free blocks are kept in a list for each size class, so that both calls take constant time.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

extern "C" unsigned char __heap_base;

namespace {

constexpr std::size_t kPageSize = 65536;
constexpr std::size_t kAlignment = 8;
constexpr std::size_t kLargest = std::size_t{1} << 31;
/// How many blocks of a class are tried. After that the next class is used, whose blocks are all large
/// enough.
constexpr int kTries = 16;

struct Block {
  std::size_t size_before;  // of the block before this one; 0 for the first block
  std::size_t size;         // with this header; the lowest bit is set while the block is in use
  Block* next;              // in the list of free blocks; the bytes of a block in use begin here
  Block* previous;

  bool is_free() const { return (size & 1) == 0; }
  char* bytes() { return reinterpret_cast<char*>(this); }
};
constexpr std::size_t kHeaderSize = offsetof(Block, next);

Block* lists[32];      // free blocks by their class, which is the logarithm of their size
std::uint32_t filled;  // a bit for each list that is not empty
Block* last;           // the block at the end of memory

int class_of(std::size_t size) { return std::bit_width(size) - 1; }

Block* block_at(char* address) { return reinterpret_cast<Block*>(address); }

void link(Block* block) {
  const int index = class_of(block->size);
  block->next = lists[index];
  block->previous = nullptr;
  if (block->next != nullptr) block->next->previous = block;
  lists[index] = block;
  filled |= 1u << index;
}

void unlink(Block* block) {
  const int index = class_of(block->size);
  if (block->next != nullptr) block->next->previous = block->previous;
  if (block->previous != nullptr) {
    block->previous->next = block->next;
  } else if ((lists[index] = block->next) == nullptr) {
    filled &= ~(1u << index);
  }
}

/// Joins two neighbours. `first` must not be in a list.
void join(Block* first, Block* second) {
  first->size += second->size;
  if (second == last) last = first;
}

/// Adds a block to the free ones. The block is in use, or new.
void release(Block* block) {
  block->size &= ~std::size_t{1};
  if (block != last) {
    if (Block* after = block_at(block->bytes() + block->size); after->is_free()) {
      unlink(after);
      join(block, after);
    }
  }
  if (block->size_before != 0) {
    if (Block* before = block_at(block->bytes() - block->size_before); before->is_free()) {
      unlink(before);
      join(before, block);
      block = before;
    }
  }
  if (block != last) block_at(block->bytes() + block->size)->size_before = block->size;
  link(block);
}

Block* find(std::size_t size) {
  const int index = class_of(size);
  int tries = kTries;
  for (Block* block = lists[index]; block != nullptr && tries > 0; block = block->next, --tries) {
    if (block->size >= size) return block;
  }
  const std::uint32_t larger = filled & ~((2u << index) - 1);
  return larger == 0 ? nullptr : lists[std::countr_zero(larger)];
}

/// Adds pages at the end of memory until a block of `size` fits there. Returns false if the runtime refuses
/// more memory.
bool grow(std::size_t size) {
  const std::size_t pages = __builtin_wasm_memory_size(0);
  const std::size_t missing = last->is_free() ? size - last->size : size;
  const std::size_t wanted = (missing + kPageSize - 1) / kPageSize;
  // adds an eighth, so that the total cost of growing stays proportional to the final size
  std::size_t added = std::max(wanted, pages / 8);
  if (__builtin_wasm_memory_grow(0, added) == std::size_t(-1)) {
    added = wanted;
    if (__builtin_wasm_memory_grow(0, added) == std::size_t(-1)) return false;
  }
  Block* block = block_at(reinterpret_cast<char*>(pages * kPageSize));
  block->size_before = last->size & ~std::size_t{1};
  block->size = added * kPageSize;
  last = block;
  release(block);
  return true;
}

/// Makes the module's initial memory available.
void begin() {
  const std::size_t heap = (reinterpret_cast<std::size_t>(&__heap_base) + kAlignment - 1) & ~(kAlignment - 1);
  last = block_at(reinterpret_cast<char*>(heap));
  last->size_before = 0;
  last->size = __builtin_wasm_memory_size(0) * kPageSize - heap;
  link(last);
}

/// Returns at least `size` bytes, or null if the runtime refuses more memory.
void* allocate(std::size_t bytes) {
  if (bytes > kLargest) return nullptr;
  if (last == nullptr) begin();
  const std::size_t size =
      std::max(sizeof(Block), (bytes + kHeaderSize + kAlignment - 1) & ~(kAlignment - 1));
  Block* block = find(size);
  if (block == nullptr) {
    if (!grow(size)) return nullptr;
    block = find(size);
  }
  unlink(block);
  if (const std::size_t rest = block->size - size; rest >= sizeof(Block)) {
    Block* after = block_at(block->bytes() + size);
    after->size_before = size;
    after->size = rest;
    block->size = size;
    if (block == last) {
      last = after;
    } else {
      block_at(after->bytes() + rest)->size_before = rest;
    }
    link(after);
  }
  block->size |= 1;
  return block->bytes() + kHeaderSize;
}

void deallocate(void* bytes) {
  if (bytes != nullptr) release(block_at(static_cast<char*>(bytes) - kHeaderSize));
}

}  // namespace

extern "C" {
void abort() { __builtin_trap(); }
void __cxa_pure_virtual() { __builtin_trap(); }
}

void* operator new(std::size_t size) {
  void* bytes = allocate(size);
  if (bytes == nullptr) __builtin_trap();
  return bytes;
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* bytes) noexcept { deallocate(bytes); }
void operator delete[](void* bytes) noexcept { deallocate(bytes); }
void operator delete(void* bytes, std::size_t) noexcept { deallocate(bytes); }
void operator delete[](void* bytes, std::size_t) noexcept { deallocate(bytes); }

_LIBCPP_BEGIN_NAMESPACE_STD
/// libc++ calls this when a program violates a precondition. Its own version prints, which would add half a
/// module.
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) noexcept { __builtin_trap(); }
_LIBCPP_END_NAMESPACE_STD

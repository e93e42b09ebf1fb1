#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace postsource {

/// Short strings with small numbers. The first `kInterned` distinct ones that are interned keep their number
/// for good, so that a reader on the other side of a boundary decodes each of them once; all others live
/// until forget_transient().
class SymbolTable {
 public:
  static constexpr std::uint32_t kInterned = 32;
  static constexpr std::size_t kLongestInterned = 64;

  SymbolTable() { add({}); }

  /// The number of `text`, which is copied where it is new.
  std::uint32_t intern(std::string_view text);
  /// The number that `text` has for good, or kInterned where the table is full or the text too long.
  std::uint32_t try_intern(std::string_view text);
  /// A new transient entry.
  std::uint32_t add_transient(std::string_view text);
  std::string_view operator[](std::uint32_t symbol) const;
  /// Drops what is not interned: numbers from `kInterned` on become invalid.
  void forget_transient() {
    if (!transient_.empty()) transient_.clear();
  }

 private:
  struct Entry {
    std::unique_ptr<char[]> text;
    std::size_t size;
  };
  void add(std::string_view text);

  std::vector<Entry> interned_;
  std::vector<Entry> transient_;
};

/// Memory that parsers borrow while they parse, so that an idle stream holds next to none.
/// One serves any number of streams on one thread. What a parser reports views it, and is valid until the
/// next feed of any parser of the same workspace.
class Workspace {
 public:
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// Ends the life of everything that was reported.
  void reclaim() {
    symbols.forget_transient();
    if (retired_) retired_.reset();
  }
  /// At least `size` bytes, and InputBuffer::kPadding readable ones behind them. Earlier contents are lost.
  /// Null where there is no memory for them.
  char* scratch(std::size_t size);
  /// Takes over a block that reported views lie in, until reclaim().
  void retire(std::unique_ptr<char[]> block) { retired_ = std::move(block); }

  SymbolTable symbols;

 private:
  std::unique_ptr<char[]> scratch_;
  std::size_t capacity_ = 0;
  std::unique_ptr<char[]> retired_;
};

/// The bytes of a stream that its parser has not finished with, kept so that they and the next chunk lie in
/// one piece. Every byte is copied a bounded number of times on average, whatever the slicing: a small rest
/// moves to the workspace in front of a large chunk, a small chunk moves behind a large rest.
class InputBuffer {
 public:
  /// Readable bytes behind the end, for scanners that work in blocks.
  static constexpr std::size_t kPadding = 64;

  explicit InputBuffer(Workspace& workspace) : workspace_(&workspace) {}

  /// Where the next `n` bytes of the stream belong, right behind the kept ones. Reclaims the workspace.
  /// Null where there is no memory for them; what was kept is unchanged then.
  char* room(std::size_t n) {
    workspace_->reclaim();
    if (begin_ + size_ + n > capacity_ && !make_room(n)) return nullptr;
    return active_ == nullptr ? &no_bytes_ : active_ + size_;
  }
  /// The kept bytes, with those written to room() behind them.
  char* data() const { return active_; }
  std::size_t kept() const { return size_; }

  /// Keeps the bytes of data() from `begin` to `end`, and makes them data(). Views of data() that were handed
  /// out stay valid until the workspace is reclaimed.
  void keep(std::size_t begin, std::size_t end);
  /// Forgets everything and frees the memory.
  void clear();

 private:
  bool make_room(std::size_t n);
  void move_to(std::unique_ptr<char[]> block, std::size_t capacity);

  inline static char no_bytes_ = 0;  // the room of an empty chunk, which is no lack of memory

  Workspace* workspace_;
  std::unique_ptr<char[]> own_;
  char* active_ = nullptr;  // own_ from begin_ on, or the workspace's scratch
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // of the kept bytes in own_: what was finished with stands before them
  std::size_t size_ = 0;
};

}  // namespace postsource

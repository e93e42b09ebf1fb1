#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace postsource {

/// Maps short strings to small numbers. The first `kInterned` distinct strings keep their numbers forever, so
/// that JavaScript decodes each of them once. All others live until forget_transient().
class SymbolTable {
 public:
  static constexpr std::uint32_t kInterned = 32;
  static constexpr std::size_t kLongestInterned = 64;

  SymbolTable() { add({}); }

  /// Returns the number of `text`. A new text is copied.
  std::uint32_t intern(std::string_view text);
  /// Returns the permanent number of `text`, or kInterned if the table is full or the text too long.
  std::uint32_t try_intern(std::string_view text);
  /// Adds a transient entry and returns its number.
  std::uint32_t add_transient(std::string_view text);
  std::string_view operator[](std::uint32_t symbol) const;
  /// Removes all transient entries. Numbers from `kInterned` on become invalid.
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

/// Memory that parsers share while they parse, so that an idle stream needs almost none.
/// One workspace serves any number of streams on one thread. Reports of parsers view it and are valid until
/// the next feed of any parser of the same workspace.
class Workspace {
 public:
  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// Invalidates everything that was reported.
  void reclaim() {
    symbols.forget_transient();
    if (retired_) retired_.reset();
  }
  /// Returns at least `size` bytes, followed by InputBuffer::kPadding readable ones, or null if there is no
  /// memory for them. Earlier contents are lost.
  char* scratch(std::size_t size);
  /// Keeps a block that reported views point into, until reclaim().
  void retire(std::unique_ptr<char[]> block) { retired_ = std::move(block); }

  SymbolTable symbols;

 private:
  std::unique_ptr<char[]> scratch_;
  std::size_t capacity_ = 0;
  std::unique_ptr<char[]> retired_;
};

/// Keeps the bytes of a stream that its parser still needs, contiguous with the next chunk. Every byte is
/// copied a bounded number of times on average under every slicing: a small remainder moves to the workspace
/// before a large chunk, and a small chunk is appended to a large remainder.
class InputBuffer {
 public:
  /// Readable bytes past the end, for scanners that work in blocks.
  static constexpr std::size_t kPadding = 64;

  explicit InputBuffer(Workspace& workspace) : workspace_(&workspace) {}

  /// Returns the address for the next `n` bytes of the stream, directly after the kept ones. Reclaims the
  /// workspace. Returns null if there is no memory for them. The kept bytes are then unchanged.
  char* room(std::size_t n) {
    workspace_->reclaim();
    if (begin_ + size_ + n > capacity_ && !make_room(n)) return nullptr;
    return active_ == nullptr ? &no_bytes_ : active_ + size_;
  }
  /// The kept bytes, followed by those written to room().
  char* data() const { return active_; }
  std::size_t kept() const { return size_; }

  /// Keeps only the bytes of data() from `begin` to `end`. Views of data() stay valid until the workspace is
  /// reclaimed.
  void keep(std::size_t begin, std::size_t end);
  /// Discards all bytes and frees the memory.
  void clear();

 private:
  bool make_room(std::size_t n);
  void move_to(std::unique_ptr<char[]> block, std::size_t capacity);

  inline static char no_bytes_ = 0;  // the room of an empty chunk, for which null would mean a lack of memory

  Workspace* workspace_;
  std::unique_ptr<char[]> own_;
  char* active_ = nullptr;  // own_ from begin_ on, or the workspace's scratch
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;  // of the kept bytes in own_; the bytes before them are no longer needed
  std::size_t size_ = 0;
};

}  // namespace postsource

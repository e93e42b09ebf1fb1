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
  /// A new transient entry.
  std::uint32_t add_transient(std::string_view text);
  std::string_view operator[](std::uint32_t symbol) const;
  /// Drops what is not interned: numbers from `kInterned` on become invalid.
  void forget_transient();

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
  void reclaim();
  /// At least `size` bytes, and InputBuffer::kPadding readable ones behind them. Earlier contents are lost.
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
  char* room(std::size_t n);
  /// The kept bytes, with those written to room() behind them.
  char* data() const { return active_; }
  std::size_t kept() const { return size_; }

  /// Keeps three pieces of data(), given in the order they lie in, and moves them together at the front.
  /// `reported` tells that views of data() were handed out: these stay valid.
  void keep(std::string_view first, std::string_view second, std::string_view third, bool reported);
  /// Forgets everything and frees the memory.
  void clear();

 private:
  Workspace* workspace_;
  std::unique_ptr<char[]> own_;
  char* active_ = nullptr;  // own_, or the workspace's scratch
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

}  // namespace postsource

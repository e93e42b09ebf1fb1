#include "postsource/workspace.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace postsource {
namespace {

/// Allocates uninitialized memory. Returns null if there is none.
std::unique_ptr<char[]> allocate(std::size_t capacity) {
  return std::unique_ptr<char[]>(new (std::nothrow) char[capacity + InputBuffer::kPadding]);
}

}  // namespace

std::uint32_t SymbolTable::intern(std::string_view text) {
  const std::uint32_t symbol = try_intern(text);
  return symbol < kInterned ? symbol : add_transient(text);
}

std::uint32_t SymbolTable::try_intern(std::string_view text) {
  for (std::uint32_t i = 0; i < interned_.size(); ++i) {
    if ((*this)[i] == text) return i;
  }
  if (interned_.size() == kInterned || text.size() > kLongestInterned) return kInterned;
  add(text);
  return static_cast<std::uint32_t>(interned_.size() - 1);
}

void SymbolTable::add(std::string_view text) {
  interned_.push_back({std::make_unique<char[]>(text.size()), text.size()});
  std::copy(text.begin(), text.end(), interned_.back().text.get());
}

std::uint32_t SymbolTable::add_transient(std::string_view text) {
  transient_.push_back({std::make_unique<char[]>(text.size()), text.size()});
  std::copy(text.begin(), text.end(), transient_.back().text.get());
  return kInterned + static_cast<std::uint32_t>(transient_.size() - 1);
}

std::string_view SymbolTable::operator[](std::uint32_t symbol) const {
  const Entry& entry = symbol < kInterned ? interned_[symbol] : transient_[symbol - kInterned];
  return {entry.text.get(), entry.size};
}

char* Workspace::scratch(std::size_t size) {
  if (size > capacity_) {
    const std::size_t wanted = std::max(size, 2 * capacity_);
    capacity_ = 0;
    scratch_.reset();  // freed first, so that both never exist at the same time
    scratch_ = allocate(wanted);
    if (scratch_ == nullptr) return nullptr;
    capacity_ = wanted;
  }
  return scratch_.get();
}

bool InputBuffer::make_room(std::size_t n) {
  if (size_ + n <= capacity_ && size_ <= begin_) {
    std::memmove(own_.get(), active_, size_);
    active_ = own_.get();
    begin_ = 0;
  } else if (size_ <= n) {
    char* scratch = workspace_->scratch(size_ + n);
    if (scratch == nullptr) return false;
    if (size_ > 0) std::memcpy(scratch, active_, size_);
    active_ = scratch;
  } else {
    const std::size_t capacity = std::max(size_ + n, 2 * capacity_);
    auto larger = allocate(capacity);
    if (larger == nullptr) return false;
    move_to(std::move(larger), capacity);
  }
  return true;
}

void InputBuffer::keep(std::size_t begin, std::size_t end) {
  static constexpr std::size_t kSmallest = 128;
  static constexpr std::size_t kNeverTooLarge = 1024;

  const bool is_own = active_ == own_.get() + begin_;
  active_ += begin;
  size_ = end - begin;
  const bool is_too_large = capacity_ > std::max(kNeverTooLarge, 4 * size_);
  if (is_own && !is_too_large) {
    begin_ = size_ == 0 ? 0 : begin_ + begin;
    active_ = own_.get() + begin_;
  } else if (size_ > capacity_ || is_too_large) {
    const std::size_t capacity = size_ == 0 ? 0 : std::max(2 * size_, kSmallest);
    auto previous = std::move(own_);
    move_to(std::unique_ptr<char[]>(capacity == 0 ? nullptr : new char[capacity + kPadding]), capacity);
    if (is_own) workspace_->retire(std::move(previous));
  } else {
    move_to(std::move(own_), capacity_);
  }
}

/// Moves the kept bytes to another block, or from the scratch memory back to the same one.
void InputBuffer::move_to(std::unique_ptr<char[]> block, std::size_t capacity) {
  if (size_ > 0) std::memmove(block.get(), active_, size_);
  own_ = std::move(block);
  active_ = own_.get();
  capacity_ = capacity;
  begin_ = 0;
}

void InputBuffer::clear() {
  own_.reset();
  active_ = nullptr;
  capacity_ = begin_ = size_ = 0;
}

}  // namespace postsource

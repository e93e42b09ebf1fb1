#include "postsource/workspace.h"

#include <algorithm>
#include <cstring>

namespace postsource {
namespace {

std::unique_ptr<char[]> allocate(std::size_t capacity) {
  return std::unique_ptr<char[]>(new char[capacity + InputBuffer::kPadding]);  // not initialized
}

}  // namespace

std::uint32_t SymbolTable::intern(std::string_view text) {
  for (std::uint32_t i = 0; i < interned_.size(); ++i) {
    if ((*this)[i] == text) return i;
  }
  if (interned_.size() == kInterned || text.size() > kLongestInterned) return add_transient(text);
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

void SymbolTable::forget_transient() {
  if (!transient_.empty()) transient_.clear();
}

void Workspace::reclaim() {
  symbols.forget_transient();
  retired_.reset();
}

char* Workspace::scratch(std::size_t size) {
  if (size > capacity_) {
    capacity_ = std::max(size, 2 * capacity_);
    scratch_.reset();  // first, so that the two are never held together
    scratch_ = allocate(capacity_);
  }
  return scratch_.get();
}

char* InputBuffer::room(std::size_t n) {
  workspace_->reclaim();
  const std::size_t wanted = size_ + n;
  if (wanted <= capacity_) {
    active_ = own_.get();
  } else if (size_ <= n) {
    active_ = workspace_->scratch(wanted);
    std::copy_n(own_.get(), size_, active_);
  } else {
    capacity_ = std::max(wanted, 2 * capacity_);
    auto larger = allocate(capacity_);
    std::copy_n(own_.get(), size_, larger.get());
    own_ = std::move(larger);
    active_ = own_.get();
  }
  return active_ + size_;
}

void InputBuffer::keep(std::string_view first, std::string_view second, std::string_view third,
                       bool reported) {
  static constexpr std::size_t kSmallest = 128;
  static constexpr std::size_t kNeverTooLarge = 1024;

  size_ = first.size() + second.size() + third.size();
  const bool viewed = reported && active_ == own_.get();
  const bool too_small = size_ > capacity_;
  const bool too_large = capacity_ > std::max(kNeverTooLarge, 4 * size_);
  std::unique_ptr<char[]> previous;
  if (viewed || too_small || too_large) {
    previous = std::move(own_);
    capacity_ = size_ == 0 ? 0 : std::max(2 * size_, kSmallest);
    if (capacity_ > 0) own_ = allocate(capacity_);
  }
  char* to = own_.get();
  for (const std::string_view piece : {first, second, third}) {
    if (to != piece.data() && !piece.empty()) std::memmove(to, piece.data(), piece.size());
    to += piece.size();
  }
  if (viewed) workspace_->retire(std::move(previous));
  active_ = own_.get();
}

void InputBuffer::clear() {
  own_.reset();
  active_ = nullptr;
  capacity_ = size_ = 0;
}

}  // namespace postsource

#include "postsource/inspector/incremental_data.h"

#include <algorithm>
#include <utility>

#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

using Kind = JsonNode::Kind;

constexpr std::size_t kMostValues = 100'000;
constexpr std::size_t kMostSteps = 16;  // of a path, that are shown

std::string describe_step(const IncrementalData::Step& step) {
  return step.index ? std::to_string(*step.index) : excerpt(step.name);
}

}  // namespace

void IncrementalData::begin(std::string_view data) {
  if (auto shape = read(data)) data_ = std::move(*shape);
}

std::optional<std::string> IncrementalData::find(const Path& path) {
  std::optional<std::string> missing;
  if (given_up_) return missing;
  const Shape* value = resolve(path, missing);
  const bool is_leaf = value != nullptr && value->kind != Kind::object && value->kind != Kind::list;
  if (is_leaf) missing = describe(*value) + " at " + postsource::describe(path);
  return missing;
}

std::optional<std::string> IncrementalData::merge(const Path& path, std::string_view data) {
  std::optional<std::string> missing;
  auto piece = read(data, path.size());
  if (!piece) return missing;
  Shape* target = resolve(path, missing);
  if (target == nullptr) return missing;
  if (target->kind != Kind::object) return describe(*target) + " at " + postsource::describe(path);
  merge_into(*target, std::move(*piece));
  return missing;
}

std::optional<std::string> IncrementalData::append(const Path& list, std::string_view items) {
  std::optional<std::string> missing;
  auto piece = read(items, list.size());
  if (!piece) return missing;
  Shape* target = resolve(list, missing);
  if (target == nullptr) return missing;
  if (target->kind != Kind::list) return describe(*target) + " at " + postsource::describe(list);
  merge_into(*target, std::move(*piece), target->items.size());
  return missing;
}

std::optional<std::string> IncrementalData::insert(Path path, std::string_view items) {
  std::optional<std::string> missing;
  auto piece = read(items, path.size());
  if (!piece) return missing;
  const Step first = path.empty() ? Step{} : path.back();
  if (!path.empty()) path.pop_back();
  Shape* target = resolve(path, missing);
  if (target == nullptr) return missing;
  if (target->kind != Kind::list || !first.index || *first.index > target->items.size()) {
    return describe(*target) + " at " + postsource::describe(path) + ", asked for " + describe_step(first);
  }
  merge_into(*target, std::move(*piece), *first.index);
  return missing;
}

void IncrementalData::give_up() {
  given_up_ = true;
  data_ = {};
  values_ = 0;
}

/// Builds the shape of a JSON text that belongs at a level of the data. Returns nothing if the limits are
/// exceeded.
std::optional<IncrementalData::Shape> IncrementalData::read(std::string_view text, std::size_t level) {
  if (given_up_) return {};
  const Text copy{.bytes = std::string(text), .source = {}};
  const JsonDocument document(copy, nullptr, JsonDocument::Detail::all);
  std::optional<Shape> shape;
  if (document.valid() && !document.partial()) shape = shape_of(document, document.root(), level);
  if (shape && !given_up_) return shape;
  give_up();
  return {};
}

IncrementalData::Shape IncrementalData::shape_of(const JsonDocument& document, const JsonNode& node,
                                                 std::size_t level) {
  Shape shape{.kind = node.kind};
  values_ += 1 + node.key.size() / kNameOfAValue;
  // merged pieces can nest deeper than any single text, and each level uses the stack
  given_up_ = given_up_ || values_ > kMostValues || level > JsonDocument::kDeepest;
  if (given_up_) return shape;
  for (const JsonNode* child : document.children(node)) {
    if (node.kind == Kind::object) {
      shape.members[child->key] = shape_of(document, *child, level + 1);
    } else {
      shape.items.push_back(shape_of(document, *child, level + 1));
    }
  }
  return shape;
}

/// Merges overlapping objects and lists member by member, and replaces all other values. A list overlays the
/// target from the item numbered `from` on.
void IncrementalData::merge_into(Shape& target, Shape&& piece, std::size_t from) {
  if (target.kind != piece.kind) {
    target = std::move(piece);
    return;
  }
  for (auto& [name, member] : piece.members) merge_into(target.members[name], std::move(member));
  for (Shape& item : piece.items) {
    if (from < target.items.size()) {
      merge_into(target.items[from], std::move(item));
    } else {
      target.items.push_back(std::move(item));
    }
    ++from;
  }
}

IncrementalData::Shape* IncrementalData::resolve(const Path& path, std::optional<std::string>& missing) {
  Shape* at = &data_;
  for (const Step& step : path) {
    Shape* next = nullptr;
    if (step.index) {
      if (*step.index < at->items.size()) next = &at->items[*step.index];
    } else if (const auto member = at->members.find(step.name); member != at->members.end()) {
      next = &member->second;
    }
    if (next == nullptr) {
      const std::span gone(path.data(), static_cast<std::size_t>(&step - path.data()));
      missing = describe(*at) + " without " + describe_step(step) + " at " + postsource::describe(gone);
      return nullptr;
    }
    at = next;
  }
  return at;
}

std::string IncrementalData::describe(const Shape& shape) {
  if (shape.kind == Kind::list) return "a list of " + std::to_string(shape.items.size());
  if (shape.kind == Kind::object) return "an object";
  return shape.kind == Kind::null ? "null" : "a leaf";
}

std::string describe(std::span<const IncrementalData::Step> path) {
  std::string text;
  for (const IncrementalData::Step& step : path.first(std::min(path.size(), kMostSteps))) {
    text += (text.empty() ? "" : ", ") + describe_step(step);
  }
  if (path.size() > kMostSteps) text += ", …";
  return "[" + text + "]";
}

}  // namespace postsource

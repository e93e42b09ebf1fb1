#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/json_document.h"

namespace postsource {

/// The shape of the data that an incremental response has delivered so far. It tells whether a path exists.
/// Beyond 100 000 values, or 512 levels, the shape is discarded and every path is accepted.
class IncrementalData {
 public:
  struct Step {
    std::optional<std::size_t> index;  // of a list
    std::string name;                  // of a member
  };
  using Path = std::vector<Step>;
  /// How many bytes of a name count as one value when memory is counted.
  static constexpr std::size_t kNameOfAValue = 32;

  /// The texts must be JSON. All functions but begin() return the part of the path that does not exist, or
  /// nothing if the path exists.
  void begin(std::string_view data);
  std::optional<std::string> find(const Path& path);
  std::optional<std::string> merge(const Path& path, std::string_view data);
  std::optional<std::string> append(const Path& list, std::string_view items);
  /// Adds items to a list. The path ends in the index of the first item.
  std::optional<std::string> insert(Path path, std::string_view items);
  /// Discards the shape, and accepts every path from now on.
  void give_up();
  /// How much memory is used, counted in values. A long name counts as several.
  std::size_t values() const { return values_; }

 private:
  struct Shape {
    JsonNode::Kind kind = JsonNode::Kind::null;
    std::map<std::string, Shape> members = {};
    std::vector<Shape> items = {};
  };

  std::optional<Shape> read(std::string_view text, std::size_t level = 0);
  Shape shape_of(const JsonDocument& document, const JsonNode& node, std::size_t level);
  static void merge_into(Shape& target, Shape&& piece, std::size_t from = 0);
  static std::string describe(const Shape& shape);
  Shape* resolve(const Path& path, std::optional<std::string>& missing);

  Shape data_;
  std::size_t values_ = 0;
  bool given_up_ = false;
};

/// Formats a path for people: `[friends, 0, name]`. A long path is cut.
std::string describe(std::span<const IncrementalData::Step> path);

}  // namespace postsource

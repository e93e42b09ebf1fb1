#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/json_document.h"

namespace postsource {

/// The shape of a result whose data comes in pieces: what was delivered so far, to tell whether a path leads
/// into it. Beyond 100 000 values, or 512 levels, it is given up, and every path is taken for granted.
class IncrementalData {
 public:
  struct Step {
    std::optional<std::size_t> index;  // of a list
    std::string name;                  // of a member
  };
  using Path = std::vector<Step>;
  /// How many bytes of a name count for a value, where memory is counted in values.
  static constexpr std::size_t kNameOfAValue = 32;

  /// The texts must be JSON. All but begin() return where the path breaks off; nothing where all is well.
  void begin(std::string_view data);
  std::optional<std::string> find(const Path& path);
  std::optional<std::string> merge(const Path& path, std::string_view data);
  std::optional<std::string> append(const Path& list, std::string_view items);
  /// The path ends in the index of the first item.
  std::optional<std::string> insert(Path path, std::string_view items);
  /// Forgets what was delivered, and takes every path for granted from now on.
  void give_up();
  /// How much is kept: a long name counts for several values.
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

/// `[friends, 0, name]`
std::string describe(const IncrementalData::Path& path);

}  // namespace postsource

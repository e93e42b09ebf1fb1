#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/findings.h"

namespace postsource {

/// Maps the bytes of a text to the stream. The text may be joined from several pieces of it.
class Source {
 public:
  /// Maps the text from `in_text` on to the stream from `in_stream` on.
  void append(std::size_t in_text, Offset in_stream) { pieces_.push_back({in_text, in_stream}); }
  Offset operator()(std::size_t in_text) const;

 private:
  struct Piece {
    std::size_t in_text;
    Offset in_stream;
  };
  std::vector<Piece> pieces_;
};

/// A text of a message, and its source in the stream.
struct Text {
  std::string bytes;
  Source source;
};

/// A value of a JSON text. It occupies [begin, end) of the text.
struct JsonNode {
  enum class Kind : std::uint8_t { object, list, string, number, boolean, null };
  Kind kind = Kind::null;
  bool truth = false;     ///< Of a boolean.
  bool is_index = false;  ///< The value is a non-negative integer.
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t index = 0;       ///< The value, if is_index.
  std::string key = {};        ///< The name of a member.
  std::string string = {};     ///< Of a string, without its escapes.
  std::uint32_t children = 0;  ///< The number of the first child's node; 0 for none.
  std::uint32_t next = 0;      ///< The number of the next sibling's node; 0 for none.
};

/// A JSON text as a tree. Every violation of RFC 8259 is a finding at its byte. The tree has at most 100 000
/// values, and beyond those only members of the root.
class JsonDocument {
 public:
  static constexpr std::size_t kDeepest = 512;
  enum class Detail : std::uint8_t {
    protocol,  ///< Without the contents of members called data, items and extensions, which belong to the
               ///< application.
    all,
  };

  /// `text` must outlive the document. If `findings` is null, nothing is reported.
  JsonDocument(const Text& text, Findings* findings, Detail detail = Detail::protocol);

  /// Whether the text is JSON. If not, the tree has the values before the first error.
  bool valid() const { return valid_; }
  /// Whether the tree lacks values because there were too many.
  bool partial() const;
  const JsonNode& root() const { return nodes_.front(); }
  /// Returns an object's member; of duplicates, the last. Returns null if there is none, or if the node is no
  /// object.
  const JsonNode* member(const JsonNode& object, std::string_view name) const;
  std::vector<const JsonNode*> children(const JsonNode& node) const;
  std::string_view text(const JsonNode& node) const {
    return std::string_view(text_).substr(node.begin, node.end - node.begin);
  }
  Offset byte(const JsonNode& node) const { return source_->operator()(node.begin); }
  /// Describes the node for people: `an object`, `null`, `"some text"`.
  std::string describe(const JsonNode& node) const;

 private:
  friend class JsonReader;
  std::string text_;  // valid UTF-8, with a `?` for every wrong byte
  const Source* source_;
  std::vector<JsonNode> nodes_;
  bool valid_ = false;
};

}  // namespace postsource

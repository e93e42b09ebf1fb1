#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/findings.h"

namespace postsource {

/// Where the bytes of a text, put together from pieces of the stream, lie in the stream.
class Source {
 public:
  /// From `in_text` on, the text comes from `in_stream` on.
  void append(std::size_t in_text, Offset in_stream) { pieces_.push_back({in_text, in_stream}); }
  Offset operator()(std::size_t in_text) const;

 private:
  struct Piece {
    std::size_t in_text;
    Offset in_stream;
  };
  std::vector<Piece> pieces_;
};

/// A text that a message holds, and where it came from.
struct Text {
  std::string bytes;
  Source source;
};

/// A value of a JSON text; its place is [begin, end) of the text.
struct JsonNode {
  enum class Kind : std::uint8_t { object, list, string, number, boolean, null };
  Kind kind = Kind::null;
  bool truth = false;     ///< Of a boolean.
  bool is_index = false;  ///< A number that is a whole one, and not negative.
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t index = 0;       ///< The value of such a number.
  std::string key = {};        ///< The name of a member.
  std::string string = {};     ///< Of a string, without its escapes.
  std::uint32_t children = 0;  ///< The first one, as a number of a node; 0 for none.
  std::uint32_t next = 0;      ///< The next child of the same parent; 0 for none.
};

/// A JSON text, judged: every breach of RFC 8259 is a finding at its byte. The tree leaves out all beyond
/// 100 000 values, but keeps members of the root.
class JsonDocument {
 public:
  static constexpr std::size_t kDeepest = 512;
  enum class Detail : std::uint8_t {
    protocol,  ///< Without what is within members called data, items and extensions: applications own it.
    all,
  };

  /// `text` must outlive the document. Without `findings`, nothing is reported.
  JsonDocument(const Text& text, Findings* findings, Detail detail = Detail::protocol);

  /// Whether the text is JSON. Of one that is not, the tree has what stands before the mistake.
  bool valid() const { return valid_; }
  /// Whether the tree lacks values because there are too many.
  bool partial() const;
  const JsonNode& root() const { return nodes_.front(); }
  /// The member of an object, the last one of its name; null where there is none, or no object.
  const JsonNode* member(const JsonNode& object, std::string_view name) const;
  std::vector<const JsonNode*> children(const JsonNode& node) const;
  std::string_view text(const JsonNode& node) const {
    return std::string_view(text_).substr(node.begin, node.end - node.begin);
  }
  Offset byte(const JsonNode& node) const { return source_->operator()(node.begin); }
  /// What the node is, for people: `an object`, `null`, `"some text"`.
  std::string describe(const JsonNode& node) const;

 private:
  friend class JsonReader;
  std::string text_;  // UTF-8 whatever came, byte for byte
  const Source* source_;
  std::vector<JsonNode> nodes_;
  bool valid_ = false;
};

}  // namespace postsource

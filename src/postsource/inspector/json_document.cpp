#include "postsource/inspector/json_document.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

constexpr std::size_t kMostNodes = 100'000;
constexpr std::size_t kMostOfRoot = 64;  // members of the root that are kept beyond the limit
/// How many names are compared, of an object and of all open objects together.
constexpr std::size_t kMostNames = 4096;
constexpr std::size_t kMostNamesAtOnce = 65'536;

/// An iterator that tells how far the parser has read, because the parser's events have no positions.
struct CountingIterator {
  using iterator_category = std::forward_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at = nullptr;
  const char** reached = nullptr;

  reference operator*() const { return *at; }
  CountingIterator& operator++() {
    *reached = ++at;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at == other.at; }
  bool operator!=(const CountingIterator& other) const { return at != other.at; }
};

bool is_applications(std::string_view name) {
  return name == "data" || name == "items" || name == "extensions";
}

}  // namespace

/// Builds the tree from the parser's events, and turns its errors into findings.
class JsonReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonReader(JsonDocument& document, Findings* findings, JsonDocument::Detail detail)
      : document_(document),
        findings_(findings),
        detail_(detail),
        text_(document.text_),
        reached_(text_.data()) {}

  bool read() {
    if (text_.starts_with("\xEF\xBB\xBF")) return fail("json-syntax", 0, "a value");
    const CountingIterator begin{text_.data(), &reached_};
    const CountingIterator end{text_.data() + text_.size(), &reached_};
    if (!nlohmann::json::sax_parse(begin, end, this, nlohmann::json::input_format_t::json, false))
      return false;
    const std::size_t rest = text_.find_first_not_of(" \t\r\n", end_);
    if (rest == text_.npos) return true;
    return fail("json-trailing", rest, "the end of the message");
  }

  bool null() override { return value(JsonNode::Kind::null); }
  bool boolean(bool truth) override { return value(JsonNode::Kind::boolean, {}, truth); }
  bool number_integer(number_integer_t) override { return value(JsonNode::Kind::number); }
  bool number_unsigned(number_unsigned_t) override { return value(JsonNode::Kind::number); }
  bool number_float(number_float_t, const string_t&) override { return value(JsonNode::Kind::number); }
  bool string(string_t& text) override { return value(JsonNode::Kind::string, text); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(JsonNode::Kind::object); }
  bool start_array(std::size_t) override { return open(JsonNode::Kind::list); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    key_begin_ = begin_of_token();
    end_ = reached();
    key_ = name;
    Level& level = levels_.back();
    if (level.names.size() >= kMostNames || names_ >= kMostNamesAtOnce) return true;
    if (level.names.insert(name).second) {
      ++names_;
    } else if (findings_ != nullptr) {
      findings_->add("json-duplicate-key", at(key_begin_), "names that are unique", quote(name) + " again");
    }
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::json::exception& error) override {
    if (error.id == 406) return fail("json-number", begin_of_token(), "a number below 1.8e308");
    // `unexpected TOKEN; expected TOKENS`, or `REASON; last read: 'TEXT'`
    const std::string_view what = error.what();
    const std::size_t quotation = what.find("; last read: '");
    const bool is_within_token = quotation != what.npos;
    const std::size_t byte =
        is_within_token ? std::min(position - 1, text_.size()) : unexpected_token(position);
    if (is_within_token && what.substr(0, quotation).find("surrogate") != what.npos) {
      return fail("json-surrogate", text_.rfind('\\', byte), "two escapes, of a high and a low surrogate");
    }
    constexpr std::string_view kExpected = "; expected ";
    const std::size_t expected = is_within_token ? what.npos : what.find(kExpected);
    const std::string wanted(expected == what.npos ? "JSON" : what.substr(expected + kExpected.size()));
    return fail(position > text_.size() ? RuleRef("json-incomplete") : RuleRef("json-syntax"), byte, wanted);
  }

 private:
  struct Level {
    std::uint32_t node;        // 0 if it is not in the tree; the root is 0 too
    std::uint32_t last_child;  // 0 for none
    bool is_left_out;
    std::set<std::string> names;
  };

  Offset at(std::size_t byte) const { return (*document_.source_)(byte); }
  std::size_t reached() const { return static_cast<std::size_t>(reached_ - text_.data()); }
  std::size_t begin_of_token(std::string_view skipped = " \t\r\n,:") const {
    return std::min(text_.size(), text_.find_first_not_of(skipped, end_));
  }
  /// Returns the beginning of the unexpected token that ends at `position`. Either the token is a separator,
  /// or a separator precedes it.
  std::size_t unexpected_token(std::size_t position) const {
    const std::size_t begin = begin_of_token(" \t\r\n");
    if (begin == text_.size() || begin + 1 == position || (text_[begin] != ',' && text_[begin] != ':'))
      return begin;
    return std::min(text_.size(), text_.find_first_not_of(" \t\r\n", begin + 1));
  }

  bool fail(RuleRef rule, std::size_t byte, std::string expected) {
    if (findings_ == nullptr) return false;
    const std::string_view rest = std::string_view(text_).substr(byte);
    const std::string found = describe_character(rest);
    const std::string where = byte >= 20 ? text_.substr(byte - 20, 20) : text_.substr(0, byte);
    std::string message;
    if (rule.index == RuleRef("json-trailing").index) {
      message = "unexpected " + found + " after the JSON value";
    } else if (rule.index == RuleRef("json-incomplete").index) {
      message = where.empty() ? "" : "the JSON value is cut off after " + decode_utf8(where);
    } else if (rule.index == RuleRef("json-syntax").index) {
      message = "unexpected " + found + " in JSON, before it: " + decode_utf8(where);
    }
    findings_->add(rule, at(byte), std::move(expected), found + (rest.size() > 1 ? ": " + excerpt(rest) : ""),
                   std::move(message));
    return false;
  }

  /// Finds the beginning of an accepted number. The parser has read one byte past it.
  std::size_t end_of_number(std::size_t at) const {
    const auto skip = [&](std::string_view set) {
      at = std::min(text_.size(), text_.find_first_not_of(set, at));
    };
    const auto take = [&](std::string_view set) {
      const bool found = at < text_.size() && set.find(text_[at]) != set.npos;
      at += found ? 1 : 0;
      return found;
    };
    constexpr std::string_view kDigits = "0123456789";
    take("-");
    if (!take("0")) skip(kDigits);
    if (take(".")) skip(kDigits);
    if (take("eE")) {
      take("+-");
      skip(kDigits);
    }
    return at;
  }

  bool value(JsonNode::Kind kind, std::string string = {}, bool truth = false) {
    JsonNode node{.kind = kind, .truth = truth};
    node.begin = begin_of_token();
    node.end = reached();
    if (kind == JsonNode::Kind::number) {
      node.end = end_of_number(node.begin);
      const char* end = text_.data() + node.end;
      const auto [stop, error] = std::from_chars(text_.data() + node.begin, end, node.index);
      node.is_index = error == std::errc() && stop == end;
    }
    end_ = node.end;
    node.string = std::move(string);
    add(std::move(node));
    return true;
  }

  bool open(JsonNode::Kind kind) {
    const std::size_t begin = begin_of_token();
    if (levels_.size() == JsonDocument::kDeepest) {
      return fail("json-depth", begin, "at most 512 levels");
    }
    end_ = reached();
    const bool left_out =
        !levels_.empty() &&
        (levels_.back().is_left_out || (detail_ == JsonDocument::Detail::protocol && is_applications(key_)));
    const std::uint32_t node = add({.kind = kind, .begin = begin, .end = begin + 1});
    levels_.push_back({.node = node, .last_child = 0, .is_left_out = left_out, .names = {}});
    key_.clear();
    return true;
  }

  bool close() {
    end_ = reached();
    const Level& level = levels_.back();
    if (level.node != kNone) document_.nodes_[level.node].end = end_;
    names_ -= level.names.size();
    levels_.pop_back();
    return true;
  }

  std::uint32_t add(JsonNode node) {
    std::vector<JsonNode>& nodes = document_.nodes_;
    Level* parent = levels_.empty() ? nullptr : &levels_.back();
    node.key = std::exchange(key_, {});
    const std::size_t most = kMostNodes + (levels_.size() == 1 ? kMostOfRoot : 0);
    if (parent != nullptr && (parent->is_left_out || parent->node == kNone || nodes.size() >= most)) {
      return kNone;
    }
    const auto number = static_cast<std::uint32_t>(nodes.size());
    nodes.push_back(std::move(node));
    if (parent != nullptr) {
      (parent->last_child == 0 ? nodes[parent->node].children : nodes[parent->last_child].next) = number;
      parent->last_child = number;
    }
    return number;
  }

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  JsonDocument& document_;
  Findings* findings_;
  JsonDocument::Detail detail_;
  const std::string& text_;
  const char* reached_;
  std::size_t end_ = 0;  // of the last token that is not a separator
  std::size_t key_begin_ = 0;
  std::string key_;
  std::vector<Level> levels_;
  std::size_t names_ = 0;
};

JsonDocument::JsonDocument(const Text& text, Findings* findings, Detail detail)
    : text_(text.bytes), source_(&text.source) {
  mask_invalid_utf8(text_);
  valid_ = JsonReader(*this, findings, detail).read();
  if (nodes_.empty()) nodes_.emplace_back();
}

bool JsonDocument::partial() const { return nodes_.size() >= kMostNodes; }

const JsonNode* JsonDocument::member(const JsonNode& object, std::string_view name) const {
  const JsonNode* found = nullptr;
  if (object.kind != JsonNode::Kind::object) return found;
  for (std::uint32_t i = object.children; i != 0; i = nodes_[i].next) {
    if (nodes_[i].key == name) found = &nodes_[i];
  }
  return found;
}

std::vector<const JsonNode*> JsonDocument::children(const JsonNode& node) const {
  std::vector<const JsonNode*> all;
  for (std::uint32_t i = node.children; i != 0; i = nodes_[i].next) all.push_back(&nodes_[i]);
  return all;
}

std::string JsonDocument::describe(const JsonNode& node) const {
  switch (node.kind) {
    case JsonNode::Kind::object:
      return text(node) == "{}" ? "{}" : "an object";
    case JsonNode::Kind::list:
      return text(node) == "[]" ? "[]" : "a list";
    default:
      return excerpt(text(node));
  }
}

Offset Source::operator()(std::size_t in_text) const {
  auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), in_text,
                                [](std::size_t at, const Piece& next) { return at < next.in_text; });
  if (piece == pieces_.begin()) return in_text;
  --piece;
  return piece->in_stream + (in_text - piece->in_text);
}

}  // namespace postsource

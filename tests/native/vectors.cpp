#include "vectors.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace postsource {
namespace {

using nlohmann::json;

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

/// Expands a text or an input, which use the same abbreviations.
std::string expand(const json& value) {
  if (value.is_string()) return value;
  if (value.is_array()) {
    std::string all;
    for (const json& part : value) all += expand(part);
    return all;
  }
  if (value.contains("hex")) return from_hex(value["hex"]);
  if (value.contains("join")) return expand(value["join"]);
  return repeated(expand(value["repeat"]), value["times"]);
}

std::string event_entry(const std::string& type, const std::string& data, const std::string& id) {
  return "event " + type + " [" + data + "] id " + id;
}

void expand_log(const json& log, std::vector<std::string>& out) {
  for (const json& entry : log) {
    if (entry.contains("repeat")) {
      for (std::size_t i = 0; i < entry["times"]; ++i) expand_log(entry["repeat"], out);
    } else if (entry.contains("data")) {
      out.push_back(event_entry(expand(entry["type"]), expand(entry["data"]), expand(entry["lastEventId"])));
    } else {
      out.push_back(entry.begin().key() + " " + expand(entry.begin().value()));
    }
  }
}

std::string part_entry(const std::string& headers, const char* kind, const std::string& body) {
  return "part [" + headers + "] " + kind + " [" + body + "]";
}

void expand_parts(const json& log, std::vector<std::string>& out) {
  for (const json& entry : log) {
    if (entry.contains("repeat")) {
      for (std::size_t i = 0; i < entry["times"]; ++i) expand_parts(entry["repeat"], out);
    } else if (entry.contains("end")) {
      out.push_back("end");
    } else {
      const char* kind = entry.contains("json") ? "json" : "body";
      out.push_back(part_entry(expand(entry["headers"]), kind, expand(entry[kind])));
    }
  }
}

// the names in the vectors, in the order of the enumerators
constexpr std::string_view kRules[] = {"none",      "delimiter-line", "header-line",   "header-size",
                                       "body-size", "json-value",     "json-complete", "json-end"};
constexpr std::string_view kEnds[] = {"closed", "unclosed", "truncated", "no-parts", "failed"};

template <typename Enum, std::size_t N>
Enum index_of(const std::string_view (&words)[N], const std::string& word) {
  const auto found = std::find(std::begin(words), std::end(words), word);
  if (found == std::end(words)) throw std::runtime_error("no such word: " + word);
  return static_cast<Enum>(found - std::begin(words));
}

/// Calls `read` with the file's name and each item of the files of a format, in the order of the names.
void for_each_item(const std::string& format,
                   const std::function<void(const std::string&, const json&)>& read) {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::string(VECTORS_DIR) + "/" + format)) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  for (const std::filesystem::path& file : files) {
    std::ifstream stream(file);
    for (const json& item : json::parse(stream)) read(file.stem(), item);
  }
}

/// Returns how many bytes of `text` are the beginning of a character, or 0 if there is none.
/// https://encoding.spec.whatwg.org/#utf-8-decoder: a maximal piece that cannot be completed is one U+FFFD.
std::size_t well_formed_prefix(std::string_view text, bool& complete) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  complete = true;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  complete = false;
  std::size_t length = lead >= 0xC2 && lead <= 0xDF   ? 2
                       : lead >= 0xE0 && lead <= 0xEF ? 3
                       : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                      : 0;
  if (length == 0) return 0;
  unsigned lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size() || byte(i) < lowest || byte(i) > highest) return i;
    lowest = 0x80;
    highest = 0xBF;
  }
  complete = true;
  return length;
}

std::string decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    bool complete = false;
    const std::size_t size = std::max<std::size_t>(1, well_formed_prefix(text, complete));
    out += complete ? std::string(text.substr(0, size)) : "\xEF\xBF\xBD";
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

std::vector<Vector> load_vectors(const std::string& format) {
  std::vector<Vector> vectors;
  for_each_item(format, [&](const std::string& file, const json& item) {
    Vector& vector = vectors.emplace_back();
    vector.file = file;
    vector.name = item["name"];
    vector.input = expand(item["input"]);
    const json options = item.value("options", json::object());
    vector.options.max_message_bytes = options.value("maxMessageBytes", vector.options.max_message_bytes);
    vector.options.report_ignored = options.value("reportIgnored", false);
    expand_log(item["expected"], vector.log);
    expand_log(item.value("last", json::array()), vector.last);
    vector.fails = item.contains("error");
  });
  return vectors;
}

std::vector<MultipartVector> load_multipart_vectors() {
  std::vector<MultipartVector> vectors;
  for_each_item("multipart", [&](const std::string& file, const json& item) {
    MultipartVector& vector = vectors.emplace_back();
    vector.file = file;
    vector.name = item["name"];
    vector.input = expand(item["input"]);
    const json& options = item["options"];
    const std::string type = options.value("contentType", "");
    vector.boundary = options.value("boundary", parse_content_type(type).boundary);
    vector.options.json_by_default = options["jsonByDefault"];
    vector.options.max_message_bytes = options.value("maxMessageBytes", vector.options.max_message_bytes);
    vector.options.max_header_bytes = options.value("maxHeaderBytes", vector.options.max_header_bytes);
    expand_parts(item["expected"], vector.log);
    vector.end = index_of<MultipartEnd>(kEnds, item["end"]);
    if (vector.end == MultipartEnd::closed) vector.log.push_back("end");
    if (!item.contains("error")) return;
    vector.status = item["error"] == "malformed" ? Status::malformed : Status::limit_exceeded;
    const json& failure = item["failure"];
    vector.failure.rule = index_of<MultipartRule>(kRules, failure["rule"]);
    vector.failure.byte = static_cast<unsigned char>(expand(failure["byte"]).at(0));
    vector.failure.part = failure["part"];
    vector.failure.offset = failure["offset"];
    vector.failure.stream_offset = failure["streamOffset"];
  });
  return vectors;
}

std::vector<ContentTypeVector> load_content_type_vectors() {
  std::vector<ContentTypeVector> vectors;
  for_each_item("content-type", [&](const std::string&, const json& item) {
    const json& expected = item["expected"];
    vectors.push_back({.name = item["name"],
                       .input = expand(item["input"]),
                       .type = {.essence = expected["essence"], .boundary = expected["boundary"]},
                       .is_json = expected["json"]});
  });
  return vectors;
}

std::string log_entry(const SseEvent& event) {
  const std::string type = event.type.empty() ? "message" : decoded(event.type);
  switch (event.kind) {
    case SseEvent::Kind::event:
      return event_entry(type, decoded(event.data), decoded(event.last_event_id));
    case SseEvent::Kind::id:
      return "lastEventId " + decoded(event.last_event_id);
    case SseEvent::Kind::retry:
      return "retry " + decoded(event.data);
    case SseEvent::Kind::comment:
      return "comment " + decoded(event.data);
    case SseEvent::Kind::ignored_line:
      return "ignored " + decoded(event.data);
  }
  return "an unknown kind";
}

std::string log_entry(const MultipartEvent& event) {
  if (event.kind == MultipartEvent::Kind::end) return "end";
  return part_entry(decoded(event.headers), event.is_json ? "json" : "body", decoded(event.body));
}

void for_each_slicing(std::string_view bytes,
                      const std::function<void(const std::vector<std::string_view>&)>& run) {
  constexpr std::size_t kLongestForTwoCuts = 650;
  constexpr std::size_t kLongestForOneCut = 2048;
  constexpr std::size_t kMostChunks = 200'000;

  const std::size_t size = bytes.size();
  run({bytes});
  for (std::size_t a = 1; size <= kLongestForOneCut && a < size; ++a) {
    run({bytes.substr(0, a), bytes.substr(a)});
    for (std::size_t b = a; size <= kLongestForTwoCuts && b < size; ++b) {
      run({bytes.substr(0, a), bytes.substr(a, b - a), bytes.substr(b)});
    }
  }
  for (const std::size_t step : {1, 2, 3, 7, 61, 1400, 65536}) {
    if (step >= size || size / step > kMostChunks) continue;
    std::vector<std::string_view> chunks;
    for (std::size_t at = 0; at < size; at += step) chunks.push_back(bytes.substr(at, step));
    run(chunks);
  }
}

}  // namespace postsource

#include "vectors.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

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

/// A text or an input: they are abbreviated alike.
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

/// How many bytes of `text` are the beginning of a character; 0 where there is none.
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
  for (const auto& file : std::filesystem::directory_iterator(std::string(VECTORS_DIR) + "/" + format)) {
    std::ifstream stream(file.path());
    for (const json& item : json::parse(stream)) {
      Vector& vector = vectors.emplace_back();
      vector.file = file.path().stem();
      vector.name = item["name"];
      vector.input = expand(item["input"]);
      const json options = item.value("options", json::object());
      vector.options.max_message_bytes = options.value("maxMessageBytes", vector.options.max_message_bytes);
      vector.options.report_ignored = options.value("reportIgnored", false);
      vector.options.dispatch_without_data = options.value("dispatchWithoutData", false);
      expand_log(item["expected"], vector.log);
      vector.fails = item.contains("error");
    }
  }
  std::sort(vectors.begin(), vectors.end(), [](const Vector& a, const Vector& b) {
    return std::tie(a.file, a.name) < std::tie(b.file, b.name);
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

void for_each_slicing(std::string_view bytes,
                      const std::function<void(const std::vector<std::string_view>&)>& run) {
  constexpr std::size_t kLongestForTwoCuts = 256;
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

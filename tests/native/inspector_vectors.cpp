#include "inspector_vectors.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "postsource/inspector/inspector_json.h"

namespace postsource {
namespace {

using nlohmann::json;

std::string expand(const json& input) {
  if (input.is_string()) return input;
  std::string bytes;
  if (input.is_array()) {
    for (const json& piece : input) bytes += expand(piece);
  } else if (input.contains("hex")) {
    const std::string hex = input["hex"];
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  } else {
    for (int i = 0; i < input["times"]; ++i) bytes += expand(input["repeat"]);
  }
  return bytes;
}

InspectorVector read_stream(const json& item, std::string name, std::string rule, bool is_nearby) {
  InspectorVector stream{.name = std::move(name), .rule = std::move(rule), .is_nearby = is_nearby};
  stream.context = context_from_json(item["context"].dump()).value();
  if (item.contains("input")) stream.chunks.push_back({0, expand(item["input"])});
  for (const json& chunk : item.value("chunks", json::array())) {
    stream.chunks.push_back({chunk[0], expand(chunk[1])});
  }
  stream.end_ms = item.value("end", stream.chunks.back().time_ms);
  stream.findings = item["findings"];
  stream.kinds = item.value("kinds", json());
  return stream;
}

std::vector<InspectorVector> load_streams() {
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(VECTORS_DIR "/inspector")) {
    if (file.path().extension() == ".json") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<InspectorVector> streams;
  for (const auto& file : files) {
    std::ifstream text(file);
    for (const json& item : json::parse(text)) {
      const std::string name = file.stem().string() + "_" + item["name"].get<std::string>();
      const std::string rule = item.value("rule", "");
      streams.push_back(read_stream(item, name, rule, false));
      if (item.contains("nearby"))
        streams.push_back(read_stream(item["nearby"], name + ", nearby", rule, true));
    }
  }
  return streams;
}

/// Feeds a buffer of exactly the chunk's size, so that a sanitizer detects a read past its end.
void feed(Inspector& inspector, std::string_view bytes, double time_ms, std::vector<Message>& out) {
  const std::unique_ptr<char[]> exact(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), exact.get());
  inspector.feed({exact.get(), bytes.size()}, time_ms, out);
}

}  // namespace

const std::vector<InspectorVector>& inspector_vectors() {
  static const std::vector<InspectorVector> all = load_streams();
  return all;
}

std::vector<Message> inspect(const Context& context, const std::vector<Chunk>& chunks, double end_ms) {
  std::vector<Message> messages;
  Inspector inspector(context);
  for (const Chunk& chunk : chunks) feed(inspector, chunk.bytes, chunk.time_ms, messages);
  inspector.finish(end_ms, messages);
  return messages;
}

std::vector<Message> inspect(std::string_view content_type, const std::string& bytes) {
  return inspect({.content_type = std::string(content_type)}, {{0, bytes}}, 0);
}

}  // namespace postsource

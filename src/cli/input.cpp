#include "input.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "postsource/content_type.h"
#include "postsource/inspector/inspector_json.h"

namespace postsource {
namespace {

using nlohmann::json;

constexpr std::string_view kHeadBegin = "HTTP/";

/// https://www.rfc-editor.org/rfc/rfc4648#section-4
std::string from_base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = kAlphabet.find(c);
    if (value == kAlphabet.npos)
      throw InputError("a chunk of the recording is not base64; record the stream again");
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  return bytes;
}

bool is_chunk(const json& chunk) {
  return chunk.is_array() && chunk.size() == 2 && chunk[0].is_number() && chunk[1].is_string();
}

RecordedConnection read_connection(const json& members) {
  const std::optional<Context> context = context_from_json(members.dump());
  if (!context || !members.contains("chunks") || !members["chunks"].is_array()) {
    throw InputError("a connection of the recording has no member `chunks`; record the stream again");
  }
  RecordedConnection connection;
  connection.context = *context;
  for (const json& chunk : members["chunks"]) {
    if (!is_chunk(chunk))
      throw InputError(
          "a chunk of the recording is not a pair of milliseconds and base64; record the stream again");
    connection.chunks.push_back({chunk[0], from_base64(chunk[1].get_ref<const std::string&>())});
  }
  const auto number = [&](const char* name) -> std::optional<double> {
    if (!members.contains(name) || !members[name].is_number()) return {};
    return members[name];
  };
  connection.responded_ms = number("respondedAt");
  const double last_ms = connection.chunks.empty() ? 0 : connection.chunks.back().time_ms;
  connection.end_ms = number("end").value_or(last_ms);
  const bool is_answered = members.contains("status") || !connection.chunks.empty();
  connection.is_whole = is_answered && members.value("endedBy", json()) != "client";
  return connection;
}

/// Reads the lines of one head, without the blank line.
Context read_head(std::string_view head) {
  Context context;
  context.headers.emplace();
  const std::size_t space = head.find(' ');
  if (space != head.npos) context.status = std::atoi(std::string(head.substr(space + 1, 3)).c_str());
  while (!head.empty()) {
    const std::size_t line_end = std::min(head.size(), head.find('\n'));
    const std::string_view line = trim(head.substr(0, line_end));
    head.remove_prefix(std::min(head.size(), line_end + 1));
    const std::size_t colon = line.find(':');
    if (colon == line.npos) continue;
    context.headers->emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return context;
}

}  // namespace

std::vector<RecordedConnection> parse_recording(std::string_view text) {
  const json members = json::parse(text, nullptr, false);
  if (!members.is_object() || !members.contains("connections") || !members["connections"].is_array()) {
    throw InputError("the input is not a recording; pass --content-type to read it as the bytes of a stream");
  }
  if (members.contains("version") && members["version"] != 1) {
    throw InputError("the recording is of version " + members["version"].dump() +
                     ", this program reads version 1");
  }
  std::vector<RecordedConnection> connections;
  for (const json& connection : members["connections"]) connections.push_back(read_connection(connection));
  return connections;
}

std::optional<Context> take_head(std::string& bytes) {
  std::string_view rest = bytes;
  while (rest.starts_with(kHeadBegin)) {
    // the first of the two ends the head; the body may contain the other
    const std::size_t crlf = rest.find("\r\n\r\n");
    const std::size_t lf = rest.find("\n\n");
    const bool is_crlf = crlf < lf;
    const std::size_t end = std::min(crlf, lf);
    if (end == rest.npos) return {};
    const std::string_view head = rest.substr(0, end);
    rest.remove_prefix(end + (is_crlf ? 4 : 2));
    const Context context = read_head(head);
    const bool is_interim = context.status / 100 == 1;
    if (is_interim && rest.size() < kHeadBegin.size()) return {};
    if (rest.starts_with(kHeadBegin)) continue;
    bytes.erase(0, bytes.size() - rest.size());
    return context;
  }
  return {};
}

}  // namespace postsource

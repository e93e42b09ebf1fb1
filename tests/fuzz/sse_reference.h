#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace postsource::reference {

/// The standard's algorithm, slow and simple, on a whole stream. The log has one text per entry.
/// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
/// Stops, and sets `failed`, at the first field or the first joined data over the limit. A longer line
/// without effect is dropped.
inline std::vector<std::string> parse_event_stream(std::string_view stream, std::size_t limit,
                                                   bool report_ignored, bool dispatch_without_data,
                                                   bool& failed) {
  std::vector<std::string> log;
  std::string data, type, id, last_event_id;
  bool has_data = false, has_id = false, first = true;
  failed = false;

  while (!stream.empty()) {
    const std::size_t end = stream.find_first_of("\r\n");
    std::string line(stream.substr(0, end));
    if (first && line.substr(0, 3) == "\xEF\xBB\xBF") line.erase(0, 3);
    first = false;
    const std::size_t colon = line.find(':');
    const std::string name = line.substr(0, colon);
    const bool is_field = name == "data" || name == "event" || name == "id" || name == "retry";
    // without its end, a line of fewer bytes may still become another
    failed = line.size() > limit && is_field && (end != stream.npos || line.size() >= 6);
    if (failed || end == stream.npos) break;
    const bool crlf = stream[end] == '\r' && end + 1 < stream.size() && stream[end + 1] == '\n';
    stream.remove_prefix(end + (crlf ? 2 : 1));

    if (line.empty()) {
      if (has_id) last_event_id = id;
      if (has_data || (dispatch_without_data && !type.empty())) {
        log.push_back("event " + type + "|" + data + "|" + last_event_id);
      } else if (has_id) {
        log.push_back("id " + last_event_id);
      }
      data = type = id = "";
      has_data = has_id = false;
      continue;
    }
    std::string value = colon == line.npos ? "" : line.substr(colon + 1);
    const bool is_reported = report_ignored && line.size() <= limit;
    if (colon == 0) {
      if (is_reported) log.push_back("comment " + value);
      continue;
    }
    if (!value.empty() && value[0] == ' ') value.erase(0, 1);
    if (name == "data") {
      if (has_data) data += '\n';
      data += value;
      has_data = true;
      if (data.size() > limit) failed = true;
      if (failed) break;
    } else if (name == "event") {
      type = value;
    } else if (name == "id") {
      if (value.find('\0') == value.npos) {
        id = value;
        has_id = true;
      }
    } else if (name == "retry" && !value.empty() && value.find_first_not_of("0123456789") == value.npos) {
      log.push_back("retry " + value);
    } else if (is_reported) {
      log.push_back("ignored " + line);
    }
  }
  return log;
}

}  // namespace postsource::reference

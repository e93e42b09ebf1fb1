#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/multipart_parser.h"

namespace postsource::reference {

/// Reads a whole multipart stream, slowly and simply, by https://www.rfc-editor.org/rfc/rfc2046#section-5.1
/// and by the rules of MultipartParser that go beyond it. The log has one text per entry.
class MultipartStream {
 public:
  MultipartStream(std::string_view stream, const std::string& boundary, MultipartOptions options)
      : s_(stream), delimiter_("--" + boundary), options_(options) {}

  std::vector<std::string> log;
  MultipartFailure failure;
  MultipartEnd end = MultipartEnd::closed;

  void read() {
    std::size_t at = next_delimiter(0);
    unsigned part = 0;
    if (options_.json_by_default && !is_delimiter(0) && (has(0, "--\r") || has(0, "--\n"))) {
      at = read_epilogue(2, part);
    } else if (at == npos) {
      return stop(MultipartEnd::no_parts);
    }
    while (at != npos) {
      if (is_close(at)) {
        at = read_epilogue(at + delimiter_.size() + 2, part);
        continue;
      }
      failure.part = ++part;
      const std::size_t headers = read_delimiter_line(at);
      if (headers == npos) return;
      if (is_delimiter(headers)) {
        --part;
        at = headers;
      } else {
        at = read_part(headers);
      }
    }
  }

 private:
  static constexpr std::size_t npos = std::string_view::npos;

  void stop(MultipartEnd how) {
    end = how == MultipartEnd::unclosed && closed_ ? MultipartEnd::closed : how;
    failure.part = 0;
  }
  std::size_t fail(MultipartRule rule, std::size_t from, std::size_t at) {
    end = MultipartEnd::failed;
    failure = {rule, static_cast<unsigned char>(s_[at]), failure.part, at - from, at};
    return npos;
  }
  std::size_t unfinished(MultipartEnd how) {
    stop(how);
    return npos;
  }

  static bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
  bool has(std::size_t at, std::string_view text) const { return s_.substr(at, text.size()) == text; }
  bool is_close(std::size_t at) const { return has(at, delimiter_ + "--"); }
  bool is_delimiter(std::size_t at) const {
    const std::size_t behind = at + delimiter_.size();
    return is_close(at) || (has(at, delimiter_) && behind < s_.size() && is_white_space(s_[behind]));
  }
  /// Whether the stream ends here in what could be the beginning of a delimiter.
  bool is_undecided(std::size_t at) const {
    const std::string_view rest = s_.substr(at);
    return (delimiter_ + "-").substr(0, rest.size()) == rest;
  }
  std::size_t next_line(std::size_t at) const {
    const std::size_t newline = s_.find('\n', at);
    return newline == npos ? npos : newline + 1;
  }
  std::size_t next_delimiter(std::size_t line) const {
    while (line != npos && !is_delimiter(line)) line = next_line(line);
    return line;
  }
  std::size_t without_line_end(std::size_t begin, std::size_t line_end) const {
    if (line_end > begin && s_[line_end - 1] == '\n') {
      --line_end;
      if (line_end > begin && s_[line_end - 1] == '\r') --line_end;
    }
    return line_end;
  }

  std::size_t read_delimiter_line(std::size_t line) {
    std::size_t at = line + delimiter_.size();
    while (at < s_.size() && s_[at] != '\n' && is_white_space(s_[at])) ++at;
    if (at == s_.size()) return unfinished(MultipartEnd::unclosed);
    if (s_[at] != '\n') return fail(MultipartRule::delimiter_line, line, at);
    return at + 1;
  }

  /// Reads the epilogue. Returns the offset of the next delimiter, or npos.
  std::size_t read_epilogue(std::size_t at, unsigned& part) {
    if (!closed_) log.push_back("end");
    closed_ = true;
    while (at < s_.size() && s_[at] != '\n' && is_white_space(s_[at])) ++at;
    if (at < s_.size() && s_[at] == '\n') {
      const std::size_t headers = at + 1;
      const std::size_t blank_line = end_of_json_headers(headers);
      if (blank_line != npos) {
        failure.part = ++part;
        return read_json(s_.substr(headers, blank_line - headers), next_line(blank_line));
      }
    }
    const std::size_t next = next_delimiter(next_line(at));
    if (next == npos) stop(MultipartEnd::closed);
    return next;
  }

  /// The blank line after a header block whose type is JSON, or npos if there is none.
  std::size_t end_of_json_headers(std::size_t headers) const {
    for (std::size_t line = headers, next; !is_delimiter(line); line = next) {
      next = next_line(line);
      if (next == npos) break;
      const std::string_view text = s_.substr(line, without_line_end(line, next) - line);
      if (text.empty()) return says_json(s_.substr(headers, line - headers), false) ? line : npos;
      if (next - headers > options_.max_header_bytes) break;
      if (header_error(text, line == headers) != npos) break;
    }
    return npos;
  }

  /// Returns the offset of the next delimiter, or npos.
  std::size_t read_part(std::size_t headers) {
    std::size_t line = headers;
    std::size_t body = npos;
    while (body == npos) {
      if (is_delimiter(line)) {
        body = line;
        break;
      }
      const std::size_t next = next_line(line);
      if (next == npos) return read_last_header_line(headers, line);
      const std::string_view text = s_.substr(line, without_line_end(line, next) - line);
      if (text.empty()) {
        body = next;
        break;
      }
      if (next - headers > options_.max_header_bytes) {
        return fail(MultipartRule::header_size, headers, headers + options_.max_header_bytes);
      }
      const std::size_t error = header_error(text, line == headers);
      if (error != npos) return fail(MultipartRule::header_line, headers, line + error);
      line = next;
    }
    const std::string_view lines = s_.substr(headers, line - headers);
    return says_json(lines, options_.json_by_default) ? read_json(lines, body) : read_body(lines, body);
  }

  std::size_t read_last_header_line(std::size_t headers, std::size_t line) {
    const bool too_many = s_.size() - headers > options_.max_header_bytes;
    if (!is_undecided(line) && s_.substr(line) != "\r" && too_many) {
      return fail(MultipartRule::header_size, headers, headers + options_.max_header_bytes);
    }
    const bool nothing_lost = line == headers && is_undecided(line);
    return unfinished(nothing_lost ? MultipartEnd::unclosed : MultipartEnd::truncated);
  }

  static std::size_t header_error(std::string_view line, bool first) {
    if (!first && (line[0] == ' ' || line[0] == '\t')) return npos;
    std::size_t at = 0;
    while (at < line.size() && (std::isalnum(static_cast<unsigned char>(line[at])) ||
                                std::string_view("!#$%&'*+-.^_`|~").find(line[at]) != npos)) {
      ++at;
    }
    if (at == 0) return 0;
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
    return at < line.size() && line[at] == ':' ? npos : at;
  }

  static std::string lower_trimmed(std::string text) {
    while (!text.empty() && is_white_space(text.front())) text.erase(0, 1);
    while (!text.empty() && is_white_space(text.back())) text.pop_back();
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return text;
  }

  static bool says_json(std::string_view lines, bool by_default) {
    std::string unfolded;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool fold =
          lines[i] == '\n' && i + 1 < lines.size() && (lines[i + 1] == ' ' || lines[i + 1] == '\t');
      unfolded += fold ? ' ' : lines[i];
    }
    for (std::size_t at = 0; at < unfolded.size();) {
      const std::size_t end_of_line = unfolded.find('\n', at);
      const std::string line = unfolded.substr(at, end_of_line - at);
      at = end_of_line + 1;
      if (lower_trimmed(line.substr(0, line.find(':'))) != "content-type") continue;
      const std::string value = lower_trimmed(line.substr(line.find(':') + 1));
      if (value.empty()) break;
      const std::string type = lower_trimmed(value.substr(0, value.find_first_of(";,")));
      const std::size_t suffix = type.rfind("+json");
      return type == "application/json" || type == "text/json" ||
             (type.find('/') != npos && suffix != npos && suffix + 5 == type.size());
    }
    return by_default;
  }

  bool too_large(std::size_t body, std::size_t body_end) {
    if (body_end - body <= options_.max_message_bytes) return false;
    fail(MultipartRule::body_size, body, body + options_.max_message_bytes);
    return true;
  }

  void report(const char* kind, std::string_view headers, std::string_view body) {
    closed_ = false;
    log.push_back(std::string(kind) + " " + std::string(headers) + "|" + std::string(body));
  }

  std::size_t read_body(std::string_view headers, std::size_t body) {
    const std::size_t next = next_delimiter(body);
    if (next != npos) {
      const std::size_t body_end = without_line_end(body, next);
      if (too_large(body, body_end)) return npos;
      report("body", headers, s_.substr(body, body_end - body));
      return next;
    }
    std::size_t last_line = body;
    for (std::size_t line = body; line != npos; line = next_line(line)) last_line = line;
    std::size_t certain = s_.size();
    if (is_undecided(last_line)) {
      certain = without_line_end(body, last_line);
    } else if (s_[certain - 1] == '\r') {
      --certain;
    }
    return too_large(body, certain) ? npos : unfinished(MultipartEnd::truncated);
  }

  /// Skips white space and line ends. Stops at `at`, which is a delimiter if `found` is set.
  bool skip_white_space(std::size_t& at, bool at_line_begin, bool& found) const {
    for (found = false;; ++at) {
      if (at_line_begin && is_delimiter(at)) return found = true;
      if (at == s_.size() || (at_line_begin && is_undecided(at))) return false;
      if (!is_white_space(s_[at])) return true;
      at_line_begin = s_[at] == '\n';
    }
  }

  std::size_t read_json(std::string_view headers, std::size_t body) {
    bool found = false;
    std::size_t value = body;
    if (!skip_white_space(value, true, found)) {
      return too_large(body, value) ? npos : unfinished(MultipartEnd::truncated);
    }
    if (found) {
      if (too_large(body, value)) return npos;
      return headers.empty() ? value : fail(MultipartRule::json_complete, body, value);
    }

    std::size_t at = value;
    const char* problem = read_value(at);
    if (std::string_view(problem) == "more") {
      return too_large(body, s_.size()) ? npos : unfinished(MultipartEnd::truncated);
    }
    if (std::string_view(problem) != "") {
      if (too_large(body, at + 1)) return npos;
      const bool cut = std::string_view(problem) == "cut off";
      return fail(cut ? MultipartRule::json_complete : MultipartRule::json_value, body, at);
    }
    if (too_large(body, at)) return npos;
    report("json", headers, s_.substr(value, at - value));

    if (!skip_white_space(at, false, found)) return unfinished(MultipartEnd::unclosed);
    return found ? at : fail(MultipartRule::json_end, body, at);
  }

  /// Moves `at` past a value, or to the wrong byte.
  const char* read_value(std::size_t& at) const {
    const std::size_t begin = at;
    for (const std::string_view literal : {"true", "false", "null"}) {
      if (s_[begin] != literal[0]) continue;
      for (const char c : literal) {
        if (at == s_.size()) return "more";
        if (s_[at] != c) return "invalid";
        ++at;
      }
      return "";
    }
    if (s_[begin] == '-' || std::isdigit(static_cast<unsigned char>(s_[begin]))) {
      at = s_.find_first_not_of("0123456789+-.eE", begin);
      if (at == npos) return "more";
      return is_white_space(s_[at]) ? "" : "invalid";
    }
    if (s_[begin] != '{' && s_[begin] != '[' && s_[begin] != '"') return "invalid";
    bool in_string = false;
    int depth = 0;
    for (; at < s_.size(); ++at) {
      const char c = s_[at];
      const bool control = static_cast<unsigned char>(c) < 0x20;
      if (in_string) {
        if (control) return "invalid";
        if (c == '\\') {
          ++at;
        } else if (c == '"') {
          in_string = false;
        }
      } else {
        if ((control && !is_white_space(c)) || c == '\\') return "invalid";
        if (c == '-' && s_[at - 1] == '\n' && has(at, "--")) return "cut off";
        in_string = c == '"';
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
      }
      if (!in_string && depth == 0) {
        ++at;
        return "";
      }
    }
    return "more";
  }

  std::string_view s_;
  std::string delimiter_;
  MultipartOptions options_;
  bool closed_ = false;  // the last entry of the log is an end
};

}  // namespace postsource::reference

// The command `postsource`.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <system_error>

#include "input.h"
#include "postsource/content_type.h"
#include "printer.h"

namespace {

using namespace postsource;

constexpr int kFound = 1;
constexpr int kUnusable = 2;

struct Settings {
  std::string file = "-";
  bool inspect = false;
  bool json = false;
  bool strict = false;
  bool rules = false;
  std::string color = "auto";
  std::string content_type;
  std::string method;
  int status = 0;
  std::vector<std::string> headers;
  Context::Protocol protocol = Context::Protocol::automatic;
};

constexpr auto kFooter = R"(Examples:
  curl -siN https://example.com/events | postsource --inspect
  curl -sN -H 'Accept: text/event-stream' https://example.com/graphql?query=... |
    postsource --inspect --content-type text/event-stream --graphql
  postsource --inspect recording.json
  postsource recording.json --json | jq .payload

Without --content-type, the input is a recording or begins with the head that `curl -i` prints.
On a terminal the output is for people, in a pipe one JSON object a line; the summary of --inspect
goes to standard error then.

Exit status:
  0  nothing was found that breaks a protocol, or nobody asked
  1  --inspect has found errors, or warnings with --strict
  2  the options or the input cannot be read, or the output cannot be written)";

void describe(CLI::App& app, Settings& settings) {
  app.description("Reads an event stream, a multipart stream or a GraphQL response, and shows its messages.");
  app.name("postsource");
  app.footer(kFooter);
  app.set_version_flag("--version", POSTSOURCE_VERSION);
  app.add_option("file", settings.file, "A recording, or the bytes of a stream; - is standard input")
      ->capture_default_str();
  auto* inspect = app.add_flag("--inspect", settings.inspect, "Judge every message by its protocol");
  app.add_flag("--strict", settings.strict, "Let warnings count as errors for the exit status")
      ->needs(inspect);
  app.add_flag("--json", settings.json, "One JSON object a line, on a terminal too");
  app.add_option("--color", settings.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->capture_default_str();
  app.add_option("--content-type", settings.content_type,
                 "The response's Content-Type: the input is its body");
  app.add_option("--status", settings.status, "The response's status");
  app.add_option("--method", settings.method, "The request's method");
  app.add_option("-H,--header", settings.headers,
                 "A header of the response, as 'name: value'; may be repeated")
      ->allow_extra_args(false);
  app.add_flag_callback(
      "--graphql", [&] { settings.protocol = Context::Protocol::graphql; },
      "It is GraphQL, from the first byte on");
  app.add_flag_callback(
      "--plain", [&] { settings.protocol = Context::Protocol::plain; },
      "It is no GraphQL, whatever it looks like");
  app.add_flag("--rules", settings.rules, "List all rules and end");
}

/// Replaces what the input says by what the options say.
Context complete(Context context, const Settings& settings) {
  if (!settings.content_type.empty()) context.content_type = settings.content_type;
  if (!settings.method.empty()) context.method = settings.method;
  if (settings.status != 0) context.status = settings.status;
  if (settings.protocol != Context::Protocol::automatic) context.protocol = settings.protocol;
  for (const std::string& header : settings.headers) {
    const std::size_t colon = header.find(':');
    if (colon == header.npos)
      throw InputError("--header '" + header + "' has no colon; write it as 'name: value'");
    if (!context.headers) context.headers.emplace();
    context.headers->emplace_back(trim(std::string_view(header).substr(0, colon)),
                                  trim(std::string_view(header).substr(colon + 1)));
  }
  return context;
}

/// A file that is read as its bytes arrive.
class Source {
 public:
  explicit Source(const std::string& name) : stream_(name == "-" ? stdin : std::fopen(name.c_str(), "rb")) {
    if (stream_ == nullptr) throw InputError(name + ": " + std::strerror(errno));
  }
  ~Source() { std::fclose(stream_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  /// Waits for bytes and returns them. Returns an empty view at the end of the file.
  std::string_view read() {
    ssize_t count = 0;
    do count = ::read(::fileno(stream_), buffer_, sizeof buffer_);
    while (count < 0 && errno == EINTR);
    if (count < 0) throw InputError(std::strerror(errno));
    return {buffer_, static_cast<std::size_t>(count)};
  }

  double now_ms() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::FILE* stream_;
  char buffer_[64 * 1024];
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

void print_all(Printer& printer, std::vector<Message>& messages) {
  for (Message& message : messages) printer.print(std::move(message));
  messages.clear();
}

void show_stream(Source& source, const Context& context, std::string_view first, Printer& printer) {
  std::vector<Message> messages;
  Inspector inspector(context);
  std::string_view bytes = first;
  do {
    printer.count_bytes(bytes.size());
    inspector.feed(bytes, source.now_ms(), messages);
    print_all(printer, messages);
    bytes = source.read();
  } while (!bytes.empty());
  inspector.finish(source.now_ms(), messages);
  print_all(printer, messages);
}

void show_connection(const RecordedConnection& connection, const Context& context, Printer& printer) {
  std::vector<Message> messages;
  Inspector inspector(context);
  if (connection.responded_ms) inspector.feed("", *connection.responded_ms, messages);
  for (const auto& [time, bytes] : connection.chunks) {
    printer.count_bytes(bytes.size());
    inspector.feed(bytes, time, messages);
    print_all(printer, messages);
  }
  if (connection.is_whole) inspector.finish(connection.end_ms, messages);
  print_all(printer, messages);
}

void show(const Settings& settings, Printer& printer) {
  Source source(settings.file);
  if (!settings.content_type.empty()) return show_stream(source, complete({}, settings), "", printer);

  constexpr std::string_view kHead = "HTTP/";
  std::string bytes;
  for (std::string_view piece; !(piece = source.read()).empty();) {
    bytes += piece;
    if (!std::string_view(bytes).starts_with(kHead)) continue;
    if (const auto context = take_head(bytes))
      return show_stream(source, complete(*context, settings), bytes, printer);
  }
  for (const RecordedConnection& connection : parse_recording(bytes)) {
    printer.begin_connection();
    show_connection(connection, complete(connection.context, settings), printer);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app;
  Settings settings;
  describe(app, settings);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUnusable;
  }

  const bool is_terminal = ::isatty(STDOUT_FILENO) != 0;
  const bool has_colors = settings.color == "always" ||
                          (settings.color == "auto" && is_terminal && std::getenv("NO_COLOR") == nullptr);
  const bool is_json = settings.json || (!is_terminal && settings.color != "always");
  Printer printer({.format = is_json ? Format::json : Format::people,
                   .has_colors = has_colors,
                   .has_findings = settings.inspect});
  try {
    if (settings.rules) {
      printer.print_rules();
    } else {
      show(settings, printer);
    }
  } catch (const InputError& error) {
    fmt::print(stderr, "postsource: {}\n", error.what());
    return kUnusable;
  } catch (const std::system_error&) {
    // fmt could not write; the check below reports it
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    fmt::print(stderr, "postsource: the output cannot be written\n");
    return kUnusable;
  }
  if (settings.rules || !settings.inspect) return 0;
  printer.print_summary(is_json ? stderr : stdout);
  const bool failed =
      printer.count(Severity::error) > 0 || (settings.strict && printer.count(Severity::warning) > 0);
  return failed ? kFound : 0;
}

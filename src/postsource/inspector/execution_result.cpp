#include "postsource/inspector/execution_result.h"

#include <algorithm>
#include <array>

#include "postsource/inspector/utf8.h"

namespace postsource {
namespace {

using Kind = JsonNode::Kind;
using namespace std::string_view_literals;

constexpr std::array kResultMembers = {"data"sv, "errors"sv, "extensions"sv};
constexpr std::array kIncrementalMembers = {"hasNext"sv, "incremental"sv, "pending"sv, "completed"sv,
                                            "path"sv,    "label"sv,       "items"sv};
constexpr std::array kErrorMembers = {"message"sv, "locations"sv, "path"sv, "extensions"sv};

template <typename Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void judge_locations(const JsonDocument& document, const JsonNode& locations, Findings& findings) {
  const auto is_position = [](const JsonNode* node) {
    return node != nullptr && node->is_index && node->index >= 1;
  };
  const auto fail = [&](const JsonNode& node) {
    findings.add("error-locations", document.byte(node), "[{\"line\": 1, \"column\": 1}, ...]",
                 document.describe(node));
  };
  if (locations.kind != Kind::list) return fail(locations);
  for (const JsonNode* entry : document.children(locations)) {
    if (!is_position(document.member(*entry, "line")) || !is_position(document.member(*entry, "column"))) {
      return fail(*entry);
    }
  }
}

void judge_path(const JsonDocument& document, const JsonNode& path, Findings& findings) {
  const auto fail = [&](const JsonNode& node) {
    findings.add("error-path", document.byte(node), "names and indices", document.describe(node));
  };
  if (path.kind != Kind::list) return fail(path);
  for (const JsonNode* step : document.children(path)) {
    if (step->kind != Kind::string && !step->is_index) return fail(*step);
  }
}

void judge_error(const JsonDocument& document, const JsonNode& error, Findings& findings) {
  const JsonNode* message = document.member(error, "message");
  if (error.kind != Kind::object || message == nullptr || message->kind != Kind::string) {
    const JsonNode& found = message == nullptr ? error : *message;
    findings.add(
        "error-entry", document.byte(found), "an object with a `message` that is a string",
        error.kind == Kind::object && message == nullptr ? "no `message`" : document.describe(found));
    if (error.kind != Kind::object) return;
  }
  if (const JsonNode* locations = document.member(error, "locations")) {
    judge_locations(document, *locations, findings);
  }
  if (const JsonNode* path = document.member(error, "path")) judge_path(document, *path, findings);
  const JsonNode* extensions = document.member(error, "extensions");
  if (extensions != nullptr && extensions->kind != Kind::object) {
    findings.add("extensions-type", document.byte(*extensions), "an object", document.describe(*extensions));
  }
  for (const JsonNode* member : document.children(error)) {
    if (is_one_of(kErrorMembers, member->key)) continue;
    findings.add("error-member", document.byte(*member), "message, locations, path or extensions",
                 quote(member->key));
  }
}

}  // namespace

void judge_errors(const JsonDocument& document, const JsonNode& errors, Findings& findings) {
  if (errors.kind != Kind::list) {
    findings.add("errors-type", document.byte(errors), "a list", document.describe(errors));
    return;
  }
  const auto entries = document.children(errors);
  // [spec] if present, the errors entry must be a non-empty list
  if (entries.empty()) findings.add("errors-empty", document.byte(errors), "at least one error", "[]");
  for (const JsonNode* error : entries) judge_error(document, *error, findings);
}

void judge_result(const JsonDocument& document, const JsonNode& result, ResultForm form, Findings& findings) {
  if (result.kind != Kind::object) {
    findings.add("result-type", document.byte(result), "an object", document.describe(result));
    return;
  }
  const JsonNode* data = document.member(result, "data");
  const JsonNode* errors = document.member(result, "errors");
  if (data == nullptr && errors == nullptr && form != ResultForm::later) {
    const bool is_error = document.member(result, "message") != nullptr;
    findings.add("result-empty", document.byte(result), "data or errors", "neither",
                 is_error ? "an error belongs in the list `errors`, not in the place of the result" : "");
  }
  if (data != nullptr && data->kind != Kind::object && data->kind != Kind::null) {
    findings.add("data-type", document.byte(*data), "an object or null", document.describe(*data));
  }
  // [spec] if the data entry in the response is null, the errors entry must be present
  if (data != nullptr && data->kind == Kind::null && errors == nullptr && form != ResultForm::later) {
    findings.add("data-null", document.byte(*data), "errors beside it", "none");
  }
  if (errors != nullptr) judge_errors(document, *errors, findings);
  const JsonNode* extensions = document.member(result, "extensions");
  if (extensions != nullptr && extensions->kind != Kind::object) {
    findings.add("extensions-type", document.byte(*extensions), "an object", document.describe(*extensions));
  }
  for (const JsonNode* member : document.children(result)) {
    if (is_one_of(kResultMembers, member->key)) continue;
    if (form != ResultForm::whole && is_one_of(kIncrementalMembers, member->key)) continue;
    findings.add("result-member", document.byte(*member), "data, errors or extensions", quote(member->key));
  }
}

}  // namespace postsource

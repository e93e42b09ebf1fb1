#pragma once

#include "postsource/inspector/findings.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Which members a result may have, and which it must.
enum class ResultForm : std::uint8_t {
  whole,    ///< data or errors.
  initial,  ///< The same with those of incremental delivery.
  later,    ///< A later payload of incremental delivery: needs neither.
};

/// Judges an execution result by https://spec.graphql.org/October2021/#sec-Response-Format
void judge_result(const JsonDocument& document, const JsonNode& result, ResultForm form, Findings& findings);

/// Judges a list of errors, wherever it stands.
void judge_errors(const JsonDocument& document, const JsonNode& errors, Findings& findings);

}  // namespace postsource

#pragma once

#include "postsource/inspector/findings.h"
#include "postsource/inspector/json_document.h"

namespace postsource {

/// Which members a result may have, and which it must have.
enum class ResultForm : std::uint8_t {
  whole,    ///< data or errors.
  initial,  ///< data or errors, and members of incremental delivery.
  later,    ///< A later payload of incremental delivery: data and errors are optional.
};

/// Judges an execution result by https://spec.graphql.org/October2021/#sec-Response-Format
void judge_result(const JsonDocument& document, const JsonNode& result, ResultForm form, Findings& findings);

/// Judges a list of errors: a result's, or an envelope's.
void judge_errors(const JsonDocument& document, const JsonNode& errors, Findings& findings);

}  // namespace postsource

#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/inspector/inspector.h"

namespace postsource {

struct Chunk {
  double time_ms;
  std::string bytes;
};

/// A stream of tests/vectors/inspector, or its `nearby` stream.
struct InspectorVector {
  std::string name;
  std::string rule;  // the rule that the stream violates; a nearby stream does not violate it
  bool is_nearby = false;
  Context context = {};
  std::vector<Chunk> chunks = {};
  double end_ms = 0;
  nlohmann::json findings = {};
  nlohmann::json kinds = {};
};

/// What GoogleTest prints of a vector.
inline void PrintTo(const InspectorVector& vector, std::ostream* out) { *out << vector.name; }

/// All vectors of tests/vectors/inspector, loaded once.
const std::vector<InspectorVector>& inspector_vectors();

/// Inspects chunks to their end.
std::vector<Message> inspect(const Context& context, const std::vector<Chunk>& chunks, double end_ms);

/// Inspects a response that arrives in one chunk.
std::vector<Message> inspect(std::string_view content_type, const std::string& bytes);

}  // namespace postsource

#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "postsource/content_type.h"
#include "postsource/multipart_parser.h"
#include "postsource/sse_parser.h"

namespace postsource {

/// One vector of tests/vectors, written out; its README describes the parts.
struct Vector {
  std::string file;
  std::string name;
  std::string input;
  SseOptions options;
  std::vector<std::string> log;   // one entry a line, as log_entry() writes it
  std::vector<std::string> last;  // the entries that the end of the bytes adds
  bool fails = false;
};

/// What GoogleTest prints of a vector.
inline void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }

/// All vectors of a format, a folder of tests/vectors.
std::vector<Vector> load_vectors(const std::string& format);

/// A vector of a multipart stream.
struct MultipartVector {
  std::string file;
  std::string name;
  std::string input;
  std::string boundary;
  MultipartOptions options;
  std::vector<std::string> log;
  Status status = Status::ok;
  MultipartFailure failure;
  MultipartEnd end = MultipartEnd::closed;
};
inline void PrintTo(const MultipartVector& vector, std::ostream* out) { *out << vector.name; }
std::vector<MultipartVector> load_multipart_vectors();

/// A vector of a Content-Type header.
struct ContentTypeVector {
  std::string name;
  std::string input;
  ContentType type;
  bool is_json = false;
};
std::vector<ContentTypeVector> load_content_type_vectors();

/// Formats an event as an entry of a vector's log. Invalid UTF-8 is decoded as JavaScript decodes it.
std::string log_entry(const SseEvent& event);
std::string log_entry(const MultipartEvent& event);

/// Calls `run` with lists of chunks that each make up `bytes`: whole, cut in two and in three at every place
/// where the length allows, and in chunks of one size.
void for_each_slicing(std::string_view bytes,
                      const std::function<void(const std::vector<std::string_view>&)>& run);

}  // namespace postsource

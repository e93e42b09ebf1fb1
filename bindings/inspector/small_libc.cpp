// Replaces two families of C library functions, which would make up a third of the module. printf only
// formats numbers in error texts that are never shown. strtod uses long double arithmetic to round the last
// bit, but the inspector only asks whether a number is finite.

#include <cfloat>
#include <cstddef>
#include <cstdint>

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// 10 to the power of `exponent`, which is between 0 and 511; infinite from 309 on.
double power_of_ten(int exponent) {
  double power = 1;
  double square = 10;
  for (; exponent > 0; exponent >>= 1, square *= square) {
    if ((exponent & 1) != 0) power *= square;
  }
  return power;
}

}  // namespace

extern "C" {

int sprintf(char* out, const char*, ...) { return *out = '\0'; }
int siprintf(char* out, const char*, ...) { return *out = '\0'; }
int __small_sprintf(char* out, const char*, ...) { return *out = '\0'; }
int __wrap_snprintf(char* out, std::size_t size, const char*, ...) {
  if (size > 0) *out = '\0';
  return 0;
}

/// Reads a number in JSON's notation, exact to about 15 digits. The result is infinite exactly where strtod's
/// is, and 0 below 1e-292.
double __wrap_strtod(const char* text, char** end) {
  constexpr int kDigits = 17;                            // significant digits that are read
  constexpr std::uint64_t kLargest = 17976931348623158;  // the digits of 1.797...e308, the largest double

  const bool is_negative = *text == '-';
  text += is_negative ? 1 : 0;
  std::uint64_t digits = 0;  // the first 17 digits without leading zeros
  int count = 0;
  int exponent = -1;  // of the first digit
  bool is_fraction = false;
  for (; is_digit(*text) || *text == '.'; ++text) {
    if (*text == '.') {
      is_fraction = true;
      continue;
    }
    const bool is_significant = count > 0 || *text != '0';
    if (is_significant && count < kDigits) {
      digits = digits * 10 + static_cast<std::uint64_t>(*text - '0');
      ++count;
    }
    if (is_significant && !is_fraction) ++exponent;
    if (!is_significant && is_fraction) --exponent;
  }
  for (; count < kDigits; ++count) digits *= 10;

  if (*text == 'e' || *text == 'E') {
    ++text;
    const bool is_minus = *text == '-';
    if (*text == '-' || *text == '+') ++text;
    int written = 0;
    for (; is_digit(*text); ++text) written = written < 100'000 ? written * 10 + (*text - '0') : written;
    exponent += is_minus ? -written : written;
  }
  if (end != nullptr) *end = const_cast<char*>(text);

  const int scale = exponent - (kDigits - 1);
  double value = 0;
  if (digits > 0 && (exponent > 308 || (exponent == 308 && digits > kLargest))) {
    value = __builtin_inf();
  } else if (digits > 0 && scale > -309) {
    const auto whole = static_cast<double>(digits);
    value = scale < 0 ? whole / power_of_ten(-scale) : whole * power_of_ten(scale);
    if (value > DBL_MAX) value = DBL_MAX;
  }
  return is_negative ? -value : value;
}

}  // extern "C"

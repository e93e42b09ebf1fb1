// Two families of the C library that make up a third of the module if they are let in, for next to nothing:
// printf, which prints numbers into texts of errors that nobody sees, and strtod, whose arithmetic of long
// doubles rounds the last bit of numbers that are only asked whether they are finite.

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

/// A number as JSON writes it, right to some 15 digits, and infinite just where the real one is.
double __wrap_strtod(const char* text, char** end) {
  const bool negative = *text == '-';
  text += negative ? 1 : 0;

  double leading = 0;  // with its first digit before the point
  double place = 1;
  int exponent = -1;  // of the first digit that is not 0
  bool is_fraction = false;
  for (; is_digit(*text) || *text == '.'; ++text) {
    if (*text == '.') {
      is_fraction = true;
      continue;
    }
    const bool is_significant = leading > 0 || *text != '0';
    if (is_significant) {
      leading += (*text - '0') * place;
      place /= 10;
    }
    if (is_significant && !is_fraction) ++exponent;
    if (!is_significant && is_fraction) --exponent;
  }
  if (*text == 'e' || *text == 'E') {
    const char* digits = text + 1;
    const bool is_minus = *digits == '-';
    if (*digits == '-' || *digits == '+') ++digits;
    int written = 0;
    for (; is_digit(*digits); ++digits)
      written = written < 100'000 ? written * 10 + (*digits - '0') : written;
    exponent += is_minus ? -written : written;
    text = digits;
  }
  if (end != nullptr) *end = const_cast<char*>(text);

  constexpr double kLargest = 1.7976931348623157;
  double value = 0;
  if (leading > 0 && exponent > 308) {
    value = __builtin_inf();
  } else if (leading > 0 && exponent == 308) {
    value = leading > kLargest ? __builtin_inf() : leading / kLargest * DBL_MAX;
  } else if (leading > 0) {
    value = exponent < -330 ? 0
            : exponent < 0  ? leading / power_of_ten(-exponent)
                            : leading * power_of_ten(exponent);
  }
  return negative ? -value : value;
}

}  // extern "C"

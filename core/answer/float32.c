/* SPDX-License-Identifier: Apache-2.0 */
/* Owns writing one float. An embedding has thousands of them, so that the usual magnitudes go
 * through integers; the rest goes through printf. Pure: no state, no locale. */
#include "answer/float32.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                                1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};

/* Six digits are always kept by a float, nine always tell one. */
enum { DIGITS_MIN = 6, DIGITS_MAX = 9 };

/* Does the decimal n / 10^k read back as x (which is positive)? A quotient that falls on the middle
 * between two floats is refused: there a reader may round either way. */
static bool reads_back(double n, int k, float x)
{
    double quotient = n / powers[k];
    double above = ((double)x + (double)nextafterf(x, INFINITY)) / 2;
    double below = ((double)x + (double)nextafterf(x, 0)) / 2;
    return quotient > below && quotient < above;
}

/* Appends n / 10^k without the zeros at its end. */
static void append_decimal(GString *out, uint64_t n, int k)
{
    char digits[24];
    int len = 0;
    while (k > 0 && n % 10 == 0) {
        n /= 10;
        k--;
    }
    for (int place = 0; n != 0 || place <= k; n /= 10, place++) {
        if (place == k && k != 0)
            digits[len++] = '.';
        digits[len++] = (char)('0' + n % 10);
    }
    while (len > 0)
        g_string_append_c(out, digits[--len]);
}

/* For 1e-5 <= x < 1e6. */
static bool append_usual(GString *out, float x)
{
    int whole = -5; /* x < 10^whole */
    while (whole < 0 ? (double)x * powers[-whole] >= 1 : (double)x >= powers[whole])
        whole++;
    for (int digits = DIGITS_MIN; digits <= DIGITS_MAX; digits++) {
        int k = digits - whole;
        double n = nearbyint((double)x * powers[k]);
        if (!reads_back(n, k, x))
            continue;
        append_decimal(out, (uint64_t)n, k);
        return true;
    }
    return false;
}

static void append_slow(GString *out, float x)
{
    static const char *const formats[] = {"%.6g", "%.7g", "%.8g", "%.9g"};
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(text, sizeof text, formats[i], (double)x);
        if ((float)g_ascii_strtod(text, NULL) == x)
            break;
    }
    g_string_append(out, text);
}

void pbay_float32_append(GString *out, float value)
{
    if (value < 0) {
        g_string_append_c(out, '-');
        value = -value;
    }
    if (value == 0) {
        g_string_append_c(out, '0');
        return;
    }
    if (value >= 1e-5f && value < 1e6f && append_usual(out, value))
        return;
    append_slow(out, value);
}

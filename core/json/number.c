/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers: the grammar of RFC 8259 section 6, and their values on demand. Integers are exact;
 * doubles are the nearest ones, by one exact division or multiplication where that is provably
 * right and by g_ascii_strtod elsewhere. The locale has no say. Pure; any thread. */
#include "json/node.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* An exponent beyond this gives 0 or infinity whatever the digits, which are fewer than 2^31. */
#define EXPONENT_MAX INT64_C(1000000000000)

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

static const char *refuse(PbayJsonFault *fault, const char *at, const char *what)
{
    fault->what = what;
    fault->at = at;
    return NULL;
}

const char *pbay_json_number_end(const char *p, const char *end, bool *real, PbayJsonFault *fault)
{
    *real = false;
    if (*p == '-')
        p++;
    const char *digits = p;
    p = skip_digits(p, end);
    if (p == digits)
        return refuse(fault, p, "a digit is expected after the minus sign");
    if (*digits == '0' && p - digits > 1)
        return refuse(fault, digits, "a number must not begin with a zero that means nothing");
    if (p < end && *p == '.') {
        *real = true;
        digits = p + 1;
        p = skip_digits(digits, end);
        if (p == digits)
            return refuse(fault, p, "a digit is expected after the decimal point");
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        *real = true;
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        digits = p;
        p = skip_digits(digits, end);
        if (p == digits)
            return refuse(fault, p, "a digit is expected in the exponent");
    }
    return p;
}

/* A number taken apart: digits * 10^exponent. */
typedef struct Decimal {
    bool negative;
    bool exact;      /* the digits fit */
    uint64_t digits; /* without zeros at the end */
    int64_t exponent;
} Decimal;

/* Takes one digit; zeros wait until a digit other than zero follows. */
static void take_digit(Decimal *d, int64_t *zeros, unsigned digit)
{
    if (digit == 0) {
        *zeros += d->digits != 0;
        return;
    }
    for (; *zeros > 0 && d->exact; --*zeros)
        d->exact = !__builtin_mul_overflow(d->digits, 10u, &d->digits);
    *zeros = 0;
    d->exact = d->exact && !__builtin_mul_overflow(d->digits, 10u, &d->digits) &&
               !__builtin_add_overflow(d->digits, digit, &d->digits);
}

static int64_t read_exponent(const char *p, const char *end)
{
    bool negative = *p == '-';
    if (*p == '-' || *p == '+')
        p++;
    int64_t value = 0;
    for (; p < end && value < EXPONENT_MAX; p++)
        value = value * 10 + (*p - '0');
    return negative ? -value : value;
}

static Decimal take_apart(pb_str number)
{
    Decimal d = {.exact = true};
    const char *p = number.ptr;
    const char *end = p + number.len;
    d.negative = *p == '-';
    p += d.negative;
    bool fraction = false;
    int64_t zeros = 0;
    for (; p < end && d.exact && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        take_digit(&d, &zeros, (unsigned)(*p - '0'));
        d.exponent -= fraction;
    }
    d.exponent += zeros;
    if (p < end && d.exact)
        d.exponent += read_exponent(p + 1, end);
    return d;
}

static bool apply_sign(bool negative, uint64_t magnitude, int64_t *value)
{
    if (magnitude > (uint64_t)INT64_MAX + negative)
        return false;
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool pbay_json_number_int(pb_str number, int64_t *value)
{
    Decimal d = take_apart(number);
    if (!d.exact)
        return false;
    if (d.digits == 0)
        return apply_sign(false, 0, value);
    if (d.exponent < 0 || d.exponent > 18)
        return false;
    for (; d.exponent > 0; d.exponent--)
        if (__builtin_mul_overflow(d.digits, 10u, &d.digits))
            return false;
    return apply_sign(d.negative, d.digits, value);
}

#if LDBL_MANT_DIG == 64

/* 10^0 to 10^27 are exact in the 64 bits of x87's format, and so are the digits: one operation is
 * off by half a unit at most, and rounding it again to 53 bits is right unless it fell on the very
 * middle. */
static bool exact_real(const Decimal *d, double *value)
{
    static const long double powers[] = {1e0L,  1e1L,  1e2L,  1e3L,  1e4L,  1e5L,  1e6L,
                                         1e7L,  1e8L,  1e9L,  1e10L, 1e11L, 1e12L, 1e13L,
                                         1e14L, 1e15L, 1e16L, 1e17L, 1e18L, 1e19L, 1e20L,
                                         1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L};
    if (!d->exact || d->exponent < -27 || d->exponent > 27)
        return false;
    long double wide = (long double)d->digits;
    wide = d->exponent < 0 ? wide / powers[-d->exponent] : wide * powers[d->exponent];
    uint64_t mantissa;
    memcpy(&mantissa, &wide, sizeof mantissa);
    if ((mantissa & 0x7ff) == 0x400)
        return false;
    *value = d->negative ? -(double)wide : (double)wide;
    return true;
}

#else

/* Below 2^53 the digits are exact, and so are 10^0 to 10^22: one operation, one rounding. */
static bool exact_real(const Decimal *d, double *value)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (FLT_EVAL_METHOD != 0 || !d->exact || d->digits > (UINT64_C(1) << 53) || d->exponent < -22 ||
        d->exponent > 22)
        return false;
    double wide = (double)d->digits;
    wide = d->exponent < 0 ? wide / powers[-d->exponent] : wide * powers[d->exponent];
    *value = d->negative ? -wide : wide;
    return true;
}

#endif

bool pbay_json_number_real(pb_str number, double *value)
{
    Decimal d = take_apart(number);
    if (exact_real(&d, value))
        return true;
    char small[64] = "";
    g_autofree char *large = number.len < sizeof small ? NULL : g_malloc0(number.len + 1);
    char *terminated = large != NULL ? large : small;
    memcpy(terminated, number.ptr, number.len);
    *value = g_ascii_strtod(terminated, NULL);
    return isfinite(*value);
}

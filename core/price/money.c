/* SPDX-License-Identifier: Apache-2.0 */
/* Owns money as text: reading a decimal exactly and printing it exactly. Nothing here goes through
 * a double. Pure; any thread. */
#include "price/price.h"

#include <string.h>

#define DIGITS   12 /* before and behind the point of what is read */
#define DECIMALS 18 /* behind the point of what is kept            */

/* Takes the digits at *text, at most DIGITS of them. -1: none, or too many. */
static int take_digits(const char **text, uint64_t *number)
{
    size_t len = strspn(*text, "0123456789");
    if (len == 0 || len > DIGITS)
        return -1;
    *number = 0;
    for (size_t i = 0; i < len; i++)
        *number = *number * 10 + (uint64_t)((*text)[i] - '0');
    *text += len;
    return (int)len;
}

bool pbay_money_parse(const char *text, PbayMoney *money)
{
    uint64_t whole = 0, fraction = 0;
    int decimals = 0;
    if (text == NULL || take_digits(&text, &whole) < 0)
        return false;
    if (text[0] == '.') {
        text++;
        decimals = take_digits(&text, &fraction);
    }
    if (decimals < 0 || text[0] != '\0')
        return false;
    PbayMoney sum = whole;
    for (int i = 0; i < DECIMALS; i++)
        sum *= 10;
    PbayMoney part = fraction;
    for (int i = decimals; i < DECIMALS; i++)
        part *= 10;
    *money = sum + part;
    return true;
}

void pbay_money_append(GString *out, PbayMoney money)
{
    char digits[48]; /* 39 digits at most, from the last to the first */
    size_t n = 0, last = 0;
    bool negative = money < 0;
    /* The smallest number has no positive twin, so digits are taken from negative ones. */
    PbayMoney rest = negative ? money : -money;
    while (rest != 0 || n <= DECIMALS) {
        digits[n++] = (char)('0' - (int)(rest % 10));
        rest /= 10;
    }
    while (last < DECIMALS && digits[last] == '0')
        last++;
    if (negative)
        g_string_append_c(out, '-');
    for (size_t i = n; i > last; i--) {
        if (i == DECIMALS)
            g_string_append_c(out, '.');
        g_string_append_c(out, digits[i - 1]);
    }
}

char *pbay_money_text(PbayMoney money)
{
    GString *out = g_string_new(NULL);
    pbay_money_append(out, money);
    return g_string_free(out, FALSE);
}

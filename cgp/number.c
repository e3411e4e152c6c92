/* number.c: doubles to text and back.

   Reading hands strtod a text without a decimal point ("12345e-3"), so that no locale can interfere. Of a long
   number only the first digits are kept: a double's rounding boundary has at most 767 significant decimal
   digits, so whatever follows more than that matters only by being zero or not, and one sticky digit says which.

   Writing asks printf for 15, 16, 17 digits and takes the first that reads back to the same bits; a decimal of
   up to 15 digits survives the way through a normal double, so trailing zeros of the 15 give the shortest. */
#include "cgp/number.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEEP_DIGITS = 780,          /* > 767 */
    MAX_EXPONENT = 1000000,     /* beyond any number of digits a formula can hold */
    PLAIN_LOW = -4,             /* 0.0001 is plain, 1e-5 is not */
    PLAIN_HIGH = 15,            /* 1000000000000000 is plain, 1e16 is not */
    NORMAL_DIGITS = 15,         /* DBL_DIG */
    MAX_DIGITS = DBL_DECIMAL_DIG
};

/* ---- reading ---- */

/* Significant digits of a number, without its point. */
typedef struct digits {
    char text[KEEP_DIGITS + 40]; /* room for "0x", a sticky digit and an exponent */
    size_t n;
    bool sticky;   /* something nonzero was dropped */
    bool any;      /* a digit was seen */
    long exponent; /* of the base: value = digits * base^exponent */
} digits;

static bool is_digit(char c, bool is_hex)
{
    return (c >= '0' && c <= '9') || (is_hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')));
}

static void keep_digit(digits *d, char c, bool after_point)
{
    d->any = true;
    if (d->n >= KEEP_DIGITS) {
        d->sticky = d->sticky || c != '0';
        d->exponent += after_point ? 0 : 1;
        return;
    }
    if (d->n > 0 || c != '0') {
        d->text[d->n++] = c;
    }
    d->exponent -= after_point ? 1 : 0;
}

/* Digits with an optional point from `at`; returns the position behind them. */
static size_t read_digits(const char *text, size_t n, size_t at, bool is_hex, digits *d)
{
    bool after_point = false;
    for (; at < n; at++) {
        if (text[at] == '.' && !after_point) {
            after_point = true;
        } else if (is_digit(text[at], is_hex)) {
            keep_digit(d, text[at], after_point);
        } else {
            break;
        }
    }
    return at;
}

/* An exponent "e-12" at `at`, when one stands there; returns the position behind it. */
static size_t read_exponent(const char *text, size_t n, size_t at, char letter, long *exponent)
{
    size_t k = at;
    *exponent = 0;
    if (k >= n || (text[k] | 0x20) != letter) {
        return at;
    }
    k++;
    bool negative = k < n && text[k] == '-';
    k += k < n && (text[k] == '-' || text[k] == '+') ? 1 : 0;
    if (k >= n || !is_digit(text[k], false)) {
        return at;
    }
    long value = 0;
    for (; k < n && is_digit(text[k], false); k++) {
        value = value < MAX_EXPONENT ? value * 10 + (text[k] - '0') : value;
    }
    *exponent = negative ? -value : value;
    return k;
}

size_t e2l_number_read(const char *text, size_t n, double *out)
{
    bool is_hex = n > 2 && text[0] == '0' && (text[1] | 0x20) == 'x' &&
                  (is_digit(text[2], true) || (n > 3 && text[2] == '.' && is_digit(text[3], true)));
    digits d = {.n = 0};
    size_t at = read_digits(text, n, is_hex ? 2 : 0, is_hex, &d);
    if (!d.any) {
        return 0;
    }
    long exponent;
    at = read_exponent(text, n, at, is_hex ? 'p' : 'e', &exponent);
    if (d.n == 0) {
        *out = 0.0;
        return at;
    }
    char number[sizeof d.text];
    long scale = exponent + d.exponent * (is_hex ? 4 : 1);
    if (d.sticky) { /* one more digit, one place further down */
        d.text[d.n++] = '1';
        scale -= is_hex ? 4 : 1;
    }
    (void)snprintf(number, sizeof number, "%s%.*s%c%ld", is_hex ? "0x" : "", (int)d.n, d.text,
                   is_hex ? 'p' : 'e', scale);
    *out = strtod(number, NULL);
    return at;
}

/* ---- writing ---- */

/* The `n` leading decimal digits of a positive finite value and its decimal exponent. */
static void decimal_digits(double value, int n, char digit[MAX_DIGITS + 1], int *exponent)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.*e", n - 1, value);
    int k = 0;
    const char *c = text;
    for (; *c != 'e'; c++) { /* whatever the locale's decimal point is, it is no digit */
        if (is_digit(*c, false) && k < n) {
            digit[k++] = *c;
        }
    }
    digit[k] = '\0';
    *exponent = (int)strtol(c + 1, NULL, 10);
}

static bool reads_back(double value, const char *digit, int n, int exponent)
{
    char text[64];
    double again = 0.0;
    int length = snprintf(text, sizeof text, "%se%d", digit, exponent - (n - 1));
    return e2l_number_read(text, (size_t)length, &again) > 0 && again == value;
}

/* Fewest digits that read back; returns their number. */
static int shortest_digits(double value, char digit[MAX_DIGITS + 1], int *exponent)
{
    int n = value < DBL_MIN ? 1 : NORMAL_DIGITS;
    for (; n <= MAX_DIGITS; n++) {
        decimal_digits(value, n, digit, exponent);
        if (reads_back(value, digit, n, *exponent)) {
            break;
        }
    }
    n = (int)strlen(digit);
    while (n > 1 && digit[n - 1] == '0') {
        digit[--n] = '\0';
    }
    return n;
}

static void lay_out(char *out, size_t size, const char *digit, int n, int exponent)
{
    static const char zeros[] = "0000000000000000";
    if (exponent >= PLAIN_LOW && exponent < 0) {
        (void)snprintf(out, size, "0.%.*s%s", -exponent - 1, zeros, digit);
    } else if (exponent >= n - 1 && exponent <= PLAIN_HIGH) {
        (void)snprintf(out, size, "%s%.*s", digit, exponent - (n - 1), zeros);
    } else if (exponent >= 0 && exponent <= PLAIN_HIGH) {
        (void)snprintf(out, size, "%.*s.%s", exponent + 1, digit, digit + exponent + 1);
    } else {
        (void)snprintf(out, size, "%c%s%se%d", digit[0], n > 1 ? "." : "", digit + 1, exponent);
    }
}

/* Sign, and the words that both forms share. True when nothing is left to write; value becomes |value|. */
static bool write_special(char buffer[E2L_NUMBER_BYTES], double *value, size_t *at)
{
    *at = 0;
    if (*value != *value) {
        memcpy(buffer, "nan", sizeof "nan");
        return true;
    }
    if (__builtin_signbit(*value)) {
        buffer[(*at)++] = '-';
        *value = -*value;
    }
    if (*value > DBL_MAX) {
        memcpy(buffer + *at, "inf", sizeof "inf");
        return true;
    }
    return false;
}

const char *e2l_number_shortest(char buffer[E2L_NUMBER_BYTES], double value)
{
    size_t at;
    if (write_special(buffer, &value, &at)) {
        return buffer;
    }
    if (value == 0.0) {
        memcpy(buffer + at, "0", sizeof "0");
        return buffer;
    }
    char digit[MAX_DIGITS + 1];
    int exponent;
    int n = shortest_digits(value, digit, &exponent);
    lay_out(buffer + at, E2L_NUMBER_BYTES - at, digit, n, exponent);
    return buffer;
}

const char *e2l_number_hex(char buffer[E2L_NUMBER_BYTES], double value)
{
    enum { FRACTION_BITS = 52, FRACTION_DIGITS = 13, BIAS = 1023 };
    size_t at;
    if (write_special(buffer, &value, &at)) {
        return buffer;
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint64_t fraction = bits & ((UINT64_C(1) << FRACTION_BITS) - 1);
    int biased = (int)(bits >> FRACTION_BITS);
    int exponent = biased > 0 ? biased - BIAS : (fraction > 0 ? 1 - BIAS : 0);
    char digit[FRACTION_DIGITS + 1];
    (void)snprintf(digit, sizeof digit, "%013llx", (unsigned long long)fraction);
    size_t n = FRACTION_DIGITS;
    while (n > 0 && digit[n - 1] == '0') {
        digit[--n] = '\0';
    }
    (void)snprintf(buffer + at, E2L_NUMBER_BYTES - at, "0x%d%s%sp%+d", biased > 0 ? 1 : 0,
                   n > 0 ? "." : "", digit, exponent);
    return buffer;
}

uint64_t e2l_double_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* field.h: one record per setting. Reading, range checks, defaults, --help, `list`, `check`, the README's tables
   and the fuzzers' dictionaries all come from the same table.

   A table describes a C struct; the reader (substrate/json.h) writes the values at their offsets. */
#ifndef E2L_CGP_FIELD_H
#define E2L_CGP_FIELD_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum e2l_field_type {
    E2L_FIELD_NUMBER,  /* double */
    E2L_FIELD_COUNT,   /* uint64_t */
    E2L_FIELD_BOOL,    /* bool */
    E2L_FIELD_WORD,    /* int: index into words */
    E2L_FIELD_WORDS,   /* e2l_word_list: one or several of words; a single word may stand without [] */
    E2L_FIELD_TEXT,    /* char *, allocated by the reader (NULL when the default is "") */
    E2L_FIELD_TEXTS,   /* e2l_text_list: list of strings */
    E2L_FIELD_NUMBERS, /* e2l_number_list */
    E2L_FIELD_RATE     /* e2l_rate: a number, or the word "tune", or absent (default null) */
} e2l_field_type;

enum { E2L_MAX_LIST = 64 };
typedef struct e2l_word_list {
    size_t n;
    int at[E2L_MAX_LIST];
} e2l_word_list;
typedef struct e2l_text_list {
    size_t n;
    char *at[E2L_MAX_LIST]; /* owned */
} e2l_text_list;
typedef struct e2l_number_list {
    size_t n;
    double at[E2L_MAX_LIST];
} e2l_number_list;
typedef enum e2l_rate_kind { E2L_RATE_ABSENT, E2L_RATE_FIXED, E2L_RATE_TUNE } e2l_rate_kind;
typedef struct e2l_rate {
    e2l_rate_kind kind;
    double value; /* FIXED */
} e2l_rate;

typedef struct e2l_field {
    const char *key;
    e2l_field_type type;
    size_t offset;            /* in the options struct */
    const char *unit;         /* "1", "steps", "s" */
    const char *fallback;     /* default as JSON text: "2", "\"random\"", "[\"add\"]", "null" */
    double low, high;         /* NUMBER, COUNT, NUMBERS, RATE (both inclusive); list lengths for WORDS and TEXTS */
    bool low_open;            /* low itself is not allowed */
    const char *const *words; /* WORD, WORDS: NULL-terminated */
    const char *help;         /* one line */
    bool is_data;             /* changes the data a case holds: part of the case's stream key */
} e2l_field;

#ifdef __cplusplus
}
#endif
#endif

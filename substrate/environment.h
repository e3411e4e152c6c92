/* environment.h: the outside of a closed loop that is no data: a game, a body, a gym (DESIGN section 3).

   One record per environment: tasks/environment_NAME.c defines `const e2l_environment e2l_environment_NAME`. An experiment names it with
   version and parameters and says what it observes and in which spans' last steps it is called; what it shows are globals (one number)
   and inputs of ports (several). Where a population of size one can do the job, that is better: it can be read, hashed and exported.

   An environment has no memory but the numbers handed to it, and no randomness but the stream: the same calls give the same bits,
   alone or beside others, in any order. */
#ifndef E2L_SUBSTRATE_ENVIRONMENT_H
#define E2L_SUBSTRATE_ENVIRONMENT_H

#include "cgp/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct e2l_environment_parameter {
    const char *name, *unit, *help;
    double fallback, low, high;
    bool is_whole;
} e2l_environment_parameter;

/* Something observed or shown. */
typedef struct e2l_environment_item {
    const char *name, *unit, *help;
    size_t sized_by; /* index + 1 of the parameter that says how many numbers; 0: one */
} e2l_environment_item;

/* Everything observed and shown, and what is hidden, one after the other in the order of the record. */
typedef struct e2l_environment {
    uint32_t abi; /* E2L_ENVIRONMENT_ABI */
    size_t struct_size;
    const char *name, *summary, *source;
    uint32_t version; /* another one when the same calls would give other numbers */
    const e2l_environment_parameter *parameters;
    size_t n_parameters;
    const e2l_environment_item *observed, *shown, *hidden; /* hidden: what it remembers besides what it shows */
    size_t n_observed, n_shown, n_hidden;
    /* Before the first step. state[]: shown, then hidden; zeros. */
    void (*begin)(const double *parameters, e2l_stream *stream, double *state);
    /* In a last step of a span, between neurons and synapses. state[] as the last call left it. */
    void (*step)(const double *parameters, e2l_stream *stream, const double *observed, double *state);
} e2l_environment;

enum { E2L_ENVIRONMENT_ABI = 1, E2L_ENVIRONMENT_NUMBERS = 4096 /* observed, shown and hidden together */ };

#ifdef __cplusplus
}
#endif
#endif

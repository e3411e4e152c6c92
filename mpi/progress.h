/* progress.h: what a running search shows on standard error: one live line on a terminal, a plain line every few seconds elsewhere.

   E2L_PROGRESS=live, plain or none overrides the choice (under mpirun standard error is never a terminal). */
#ifndef E2L_MPI_PROGRESS_H
#define E2L_MPI_PROGRESS_H

#include "cgp/base.h"

typedef enum e2l_progress_style { E2L_PROGRESS_LIVE, E2L_PROGRESS_PLAIN, E2L_PROGRESS_NONE } e2l_progress_style;

typedef struct e2l_progress {
    e2l_progress_style style;
    double start_s, shown_s; /* clock */
    uint64_t start_generation;
    bool is_open; /* a live line stands on the terminal, not ended */
} e2l_progress;

/* What there is to say now. */
typedef struct e2l_standing {
    uint64_t generation, n_generations;
    uint64_t n_counted, budget; /* evaluations of the whole run, and how many there may be; 0: no limit */
    bool is_last;
    bool has_best;
    double best;
    const char *rule; /* canonical */
    uint64_t n_proposals, n_evaluated; /* since the process started */
} e2l_standing;

/* Seconds of a clock that never jumps. */
double e2l_clock_s(void);
/* Columns of the terminal: COLUMNS, else the terminal's own, else 80. */
size_t e2l_terminal_columns(void);

void e2l_progress_open(e2l_progress *progress, uint64_t generation);
/* Shows the standing when the last line is old enough. */
void e2l_progress_show(e2l_progress *progress, const e2l_standing *standing);
/* A line of its own ("resumed from generation 120"), whatever the style. */
void e2l_progress_say(e2l_progress *progress, const char *format, ...) E2L_PRINTF(2, 3);
/* Ends the live line. */
void e2l_progress_close(e2l_progress *progress);

#endif

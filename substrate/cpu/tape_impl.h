/* tape_impl.h: the tape compiler's inside, shared by tape*.c. */
#ifndef E2L_SUBSTRATE_CPU_TAPE_IMPL_H
#define E2L_SUBSTRATE_CPU_TAPE_IMPL_H

#include <string.h>

#include "substrate/cpu/cover_impl.h"

#define NO_VALUE UINT32_MAX
#define NO_ROW SIZE_MAX

/* A call before rows are given out. */
typedef struct drafted {
    e2l_op_fn *run;
    e2l_real_lanes_fn *eval;
    e2l_use in[E2L_OP_INPUTS];
    bool has[E2L_OP_INPUTS];
    bool replica[E2L_OP_INPUTS]; /* wide: read from the replica of the value */
    bool by_element;             /* wide: of in[1] one element serves a row of all tiles */
    uint32_t replicates;         /* wide: the value of which it makes the replica, or NO_VALUE */
    uint32_t onto;               /* the value of out_state that it adds to, or NO_VALUE */
    uint32_t version;            /* the value that its out_state holds afterwards, or NO_VALUE: from outside the step */
    uint32_t region;             /* or E2L_NO_REGION */
    size_t sweep, sweep_tiles;   /* wide: which sweep it belongs to, from 1 on, and its tiles at a time; 0: none */
    uint32_t value;     /* what it computes, or NO_VALUE: a copy or a check */
    uint32_t out_state; /* what it writes instead, or E2L_NO_STATE */
    uint32_t more[E2L_MORE_SUMS]; /* values of sums that joined this one */
    uint32_t n_more;
    bool checks_only;
    bool is_special;
    uint32_t ring;      /* that it reads or writes, or NO_VALUE */
    e2l_space space;    /* of its operands */
    bool sums;
    double limit;
    uint64_t need;
} drafted;

/* A region before rows are given out. */
typedef struct e2l_guarded {
    e2l_extent extent;
    e2l_use guard;
    e2l_space space; /* ROWS, TILES: of what is written */
} e2l_guarded;

typedef struct freed {
    size_t row, n;
    size_t sweep; /* in which a value of some tiles at a time was here; else 0 */
} freed;

struct e2l_compiler {
    e2l_ctx *ctx;
    bool is_wide;
    const e2l_special_kernels *specials;
    e2l_arithmetic arithmetic;
    e2l_note *notes;
    size_t notes_room;
    drafted *drafts;
    size_t n_drafts, drafts_room;
    drafted *more_drafts; /* a list being made of the other one */
    size_t more_drafts_room;
    bool *stored; /* [states] needs rows */
    bool *banned; /* [states] not in place */
    size_t *state_rows;
    size_t states_room;
    uint32_t *versions; /* [states] the value its rows hold */
    e2l_guarded *guarded;
    size_t n_guarded, guarded_room;
    size_t n_sweeps;
    bool *ring_used;   /* [rings] somebody reads it */
    size_t *ring_rows;
    size_t rings_room;
    freed *freed;
    size_t n_freed, freed_room;
    /* of the present compilation */
    const e2l_program *program;
    const e2l_kernels *kernels;
    size_t chunk_rows;
    e2l_tape *tape;
    bool failed;
};

static inline const e2l_graph *graph_of(const e2l_compiler *compiler)
{
    return &compiler->program->graph;
}

/* Makes room for one more element; false when memory is out. */
bool e2l_tape_more(e2l_ctx *ctx, void **block, size_t n, size_t *room, size_t size);

/* 1. Sets need, n_uses and kept of all notes and which states are stored. */
void e2l_tape_find_wanted(e2l_compiler *compiler);
/* Sets uniform of all notes. */
void e2l_tape_find_uniform(e2l_compiler *compiler);
/* 2. Sets home of what is written over the state it is the next value of, or over an earlier value of it. */
void e2l_tape_choose_homes(e2l_compiler *compiler);
/* 2. Sets regions: what a guard may leave undone. */
void e2l_tape_find_regions(e2l_compiler *compiler);
/* A state that holds nothing but finite numbers while the unit is good. */
bool e2l_tape_is_finite(const e2l_compiler *compiler, uint32_t value);
/* The region of a selection by this guard in this space, or E2L_NO_REGION. */
uint32_t e2l_tape_region_for(e2l_compiler *compiler, e2l_use guard, e2l_space space);
/* Whether a value lies in the state's own rows: the value at the start of the step, or one that has it as its home. */
bool e2l_tape_lies_in(const e2l_compiler *compiler, uint32_t value, uint32_t state);
/* Wide, after 3: calls that write replicas before those that read them. `first` as from draft; gives the new one. */
size_t e2l_tape_add_replicas(e2l_compiler *compiler, size_t first);
/* Wide, after 3: which calls go over their targets together. */
void e2l_tape_find_sweeps(e2l_compiler *compiler, size_t first);
/* Wide, after 3: calls over neurons side by side that calls over lists keep apart. */
void e2l_tape_order(e2l_compiler *compiler, size_t first);
/* After 3: which values over lists live for the synapses being gone through alone. */
void e2l_tape_find_blocks(e2l_compiler *compiler, size_t first);
/* The finished call over a list. */
e2l_instr e2l_tape_list_instr(const e2l_compiler *compiler, const drafted *draft);
/* After 3: bans from being written in place what was read after it was written; true when something was. */
bool e2l_tape_ban_overwritten(e2l_compiler *compiler, size_t first);
/* 3. Calls: those of once per run, then (from the returned one on) those of every step. */
size_t e2l_tape_draft(e2l_compiler *compiler);
/* Sums from draft `first` on that share a factor become one call. */
void e2l_tape_join_sums(e2l_compiler *compiler, size_t first);
/* Places of a ring. On wide tapes one is written while another is read. */
size_t e2l_tape_ring_places(const e2l_compiler *compiler, const e2l_ring *ring);
/* Wide: read where it lies in the ring; there is no call. */
bool e2l_tape_is_in_ring(const e2l_compiler *compiler, uint32_t value);
/* Sets what a value lies in, and where, of an operand. */
void e2l_tape_place(const e2l_compiler *compiler, uint32_t value, e2l_operand *out);
/* Rows of a value. */
size_t e2l_tape_rows_of(const e2l_compiler *compiler, e2l_space space);
/* Where it begins. */
size_t e2l_tape_row_of(const e2l_compiler *compiler, uint32_t value);
/* Nobody wants what it makes but later calls of the step. */
bool e2l_tape_is_scratch(const e2l_compiler *compiler, const drafted *draft);
/* Wide: the finished call. */
e2l_instr e2l_tape_wide_instr(const e2l_compiler *compiler, const drafted *draft);
/* 4. Gives out rows and writes the finished tape. */
void e2l_tape_finish(e2l_compiler *compiler, const e2l_chunk_layout *chunk, size_t first);
/* The check a value needs, 0 for none. */
double e2l_tape_limit(const e2l_compiler *compiler, uint32_t value);
/* Does not vary, becomes a state, and is not known to be in range. */
bool e2l_tape_is_fixed_check(const e2l_compiler *compiler, uint32_t value);
bool e2l_tape_is_state_itself(const e2l_compiler *compiler, uint32_t state);

#endif

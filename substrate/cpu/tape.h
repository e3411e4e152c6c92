/* tape.h: a program as a list of kernel calls over rows of lanes.

   A row holds one element of a value for all lanes. The rows of a value are one area, in which tiles come first: [tile][row][lane] (see
   kernels.h). Constants, learning rates, static arrays, states and intermediate values
   all lie in the rows of one memory; inputs are rows of the chunk of stimuli, which move with the step. */
#ifndef E2L_SUBSTRATE_CPU_TAPE_H
#define E2L_SUBSTRATE_CPU_TAPE_H

#include "substrate/cpu/kernels.h"
#include "substrate/cpu/program.h"

typedef enum e2l_rows_in {
    E2L_NO_ROWS,
    E2L_ROWS_MEMORY,
    E2L_ROWS_CHUNK,
    E2L_ROWS_RING, E2L_ROWS_RING_END, /* wide, of a ring whose sources have one delay: the place that is read in this step, that is written; row: of its area */
    E2L_ROWS_LIST, /* row: which area of a list, all its synapses one after the other */
    E2L_ROWS_BLOCK /* row: which block of E2L_LIST_BLOCK synapses, those being gone through */
} e2l_rows_in;
enum { E2L_LIST_BLOCK = 256 };

typedef struct e2l_operand {
    e2l_rows_in rows_in;
    bool is_scratch;   /* out: nobody wants it but later calls of this step */
    bool is_local;     /* has room for the tiles of a sweep alone */
    bool spread;       /* the same row for all rows of a call */
    size_t row;        /* first row of its area; in a chunk, first row of its array */
    size_t n_rows;     /* of the area; of a whole step of the chunk; on wide tapes: from tile to tile, 0: one tile serves all */
    size_t per_target; /* rows further from one call of n_outer to the next */
    e2l_space space;   /* of the value */
    size_t depth;      /* of a RING: places */
    e2l_view view;     /* calls over a list: PRE, POST: each synapse takes the element of its source or target */
} e2l_operand;

/* Work that a guard may leave undone: calls that only a guarded write needs, and the write itself. The same guard, the same region. */
#define E2L_NO_REGION UINT32_MAX
typedef enum e2l_extent {
    E2L_EXTENT_ALL,  /* the guard is the same for everything: all or nothing */
    E2L_EXTENT_ANY,  /* one per lane: all when some lane wants it */
    E2L_EXTENT_ROWS, /* wide, one per source: the rows of those that want it */
    E2L_EXTENT_TILES, /* wide, one per target: tiles with a target that wants it; of a list: targets */
    E2L_EXTENT_EVENTS /* of a list, one per source: a sum to which sources with a 0 add nothing */
} e2l_extent;
typedef struct e2l_region {
    e2l_extent extent;
    e2l_operand guard; /* true where > 0 */
    size_t n;          /* ROWS: sources; TILES: targets */
} e2l_region;

/* What the operations of special.c need besides rows. */
typedef struct e2l_special {
    size_t n_pre, n_post; /* of the value; sources and targets of MAX and MIN */
    size_t depth;         /* ring: steps; its memory is in[1], or out */
    bool by_source;       /* ring, wide: all steps of a source lie together, e2l_ring_stride apart */
    size_t first;         /* SLICE: element; PACK: elements of the first argument */
    const e2l_bound_world *world;
    const e2l_bound_projection *projection; /* FAN_IN */
    e2l_draw draw;
} e2l_special;

/* native.h: what a call and those after it do, over some tiles; given the first of its e2l_bound_op. */
typedef void e2l_native_fn(const void *first, size_t first_tile, size_t n_tiles);
/* Over a list the same for some synapses: n that lie side by side in it, or in its order by targets (`ids`). */
typedef struct e2l_list_part {
    const uint32_t *pre, *post, *ids; /* of the first of them on */
    e2l_real *blocks;
    size_t first; /* bytes from the first of the list; 0 with ids */
    size_t n, own; /* own: the source, or target, that all of them have; where they have one */
} e2l_list_part;
typedef void e2l_native_list_fn(const void *first, const e2l_list_part *part);

typedef struct e2l_instr {
    e2l_op_fn *run;
    e2l_native_fn *native; /* or NULL */
    e2l_native_list_fn *native_list;
    size_t n_native;       /* calls that it is for */
    bool is_special;
    bool is_replica;
    bool is_synaptic; /* wide: goes by tiles of targets */
    e2l_special special;
    e2l_op_fn *whole;
    e2l_real_lanes_fn *eval;
    e2l_operand in[E2L_OP_INPUTS], out, more[E2L_MORE_SUMS];
    size_t n_rows, n_outer; /* n_outer calls, one per target, of n_rows rows */
    size_t n_tiles;         /* of a wide tape; 0: those of the unit's lanes */
    bool sums;              /* from n_rows rows to one */
    double limit;           /* 0: no check */
    uint64_t need;          /* guards under which it runs */
    uint32_t region;        /* or E2L_NO_REGION */
    size_t sweep, sweep_tiles; /* wide: belongs to this sweep over targets, so many tiles at a time; 0: none */
    uint32_t list;          /* goes over the synapses of a list: projection + 1; else 0 */
} e2l_instr;

/* Rows that are looked at for lanes that went out of range. */
typedef struct e2l_check {
    e2l_operand at;
    size_t n_rows;
    double limit;
} e2l_check;

typedef struct e2l_filled {
    size_t row;
    double value;
} e2l_filled;

typedef struct e2l_area {
    size_t row, n_rows;
} e2l_area;

/* A static array where it is needed, or (array E2L_NO_ARRAY) the numbers of the elements. */
#define E2L_NO_ARRAY UINT32_MAX
typedef struct e2l_held {
    uint32_t array;
    size_t row;
    e2l_space space;
} e2l_held;

/* Special operations (special.c); each is handed an e2l_bound_op. */
typedef struct e2l_special_kernels {
    e2l_op_fn *max, *min, *transpose, *flat, *noise, *delayed, *ring_write, *ring_fill, *fan_in, *world, *world_begin, *slice, *pack;
    e2l_op_fn *sum_some; /* wide: the sum of e2l_instr.whole, without the sources that add nothing where that is quicker */
    e2l_op_fn *punch; /* wide: 0 where in[0] is not > 0 */
    e2l_op_fn *list_sum; /* over the synapses of a list; list_run.c does it */
    e2l_op_fn *sum; /* wide: over the sources of the only target; factors in in[0..2] */
} e2l_special_kernels;
extern const e2l_special_kernels e2l_specials, e2l_wide_specials;

/* Owned by its creator: e2l_tape_clear. Reused from candidate to candidate. */
typedef struct e2l_tape {
    e2l_ctx *ctx;
    bool is_wide; /* lanes are neurons (wide.h): memory and chunks have E2L_LANE_STEP lanes */
    e2l_instr *instrs; /* the first n_init run once, before the first step; then those of every step */
    size_t n_init, n_instrs, room;
    e2l_check *checks;
    size_t n_checks, checks_room;
    e2l_filled *constants;
    size_t n_constants, constants_room;
    e2l_operand *looks;     /* [n_probes] where the values of a look lie after a step (a state of folded probes) */
    size_t *eta_rows;       /* [n_slots] SIZE_MAX: not used */
    e2l_held *held;         /* static arrays and numbers of elements */
    size_t n_held, held_room;
    e2l_operand *counts;    /* [n_probes] of looks with a count */
    size_t *schedule_rows;  /* [n_schedule] SIZE_MAX: not used */
    size_t n_schedule, schedule_room;
    uint32_t *list_areas;   /* [n_list_areas] projection + 1 */
    size_t n_list_areas, list_areas_room;
    size_t n_blocks;        /* of synapses being gone through */
    size_t n_rows;          /* of the memory */
    e2l_region *regions;
    size_t n_regions, regions_room;
    e2l_area *areas;        /* which together are the memory */
    size_t n_areas, areas_room;
    uint64_t needs;         /* guards of any instruction */
    uint64_t n_nodes_synapse, n_nodes_hoisted; /* operations of a step: per synapse, and less often */
} e2l_tape;

/* Where what is fed in lies in a chunk: rows from first[feed] on of each step. */
typedef struct e2l_chunk_layout {
    const size_t *first;
    size_t n_rows;
} e2l_chunk_layout;

E2L_MUST_CHECK e2l_status e2l_tape_init(e2l_tape *tape, e2l_ctx *ctx, const e2l_resolved *resolved);
void e2l_tape_clear(e2l_tape *tape);
/* Work memory of the compiler, kept between candidates. */
typedef struct e2l_compiler e2l_compiler;
E2L_MUST_CHECK e2l_status e2l_compiler_create(e2l_ctx *ctx, e2l_compiler **out, bool is_wide);
void e2l_compiler_destroy(e2l_ctx *ctx, e2l_compiler *compiler);
/* First row of a state in the memory of the tape compiled last. */
size_t e2l_compiler_state_row(const e2l_compiler *compiler, uint32_t state);
E2L_MUST_CHECK e2l_status e2l_tape_compile(e2l_tape *tape, e2l_compiler *compiler, const e2l_program *program,
                                           const e2l_kernels *kernels, const e2l_chunk_layout *chunk);

#endif

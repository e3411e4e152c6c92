/* native_impl.h: inside of native*.c. */
#ifndef E2L_SUBSTRATE_CPU_NATIVE_IMPL_H
#define E2L_SUBSTRATE_CPU_NATIVE_IMPL_H

#include "substrate/cpu/cover_impl.h"
#include "substrate/cpu/native.h"
#include "substrate/cpu/unit.h"

/* What a kernel does (kernels.h), found from its address. */
typedef enum e2l_form_kind { E2L_FORM_NONE, E2L_FORM_TREE, E2L_FORM_SUM, E2L_FORM_SUMS, E2L_FORM_COPY, E2L_FORM_CHECK, E2L_FORM_UPDATE, E2L_FORM_CALL } e2l_form_kind;
typedef struct e2l_form {
    e2l_form_kind kind;
    e2l_shape shape;
    bool final;
    uint8_t inner, right, second, third; /* e2l_inner, e2l_inner, e2l_meet, e2l_meet or of a tree its outer operation as e2l_meet */
    uint8_t sum;                         /* e2l_sum; SUMS: how many more */
} e2l_form;

typedef struct e2l_known_kernel {
    e2l_op_fn *run;
    e2l_form form;
} e2l_known_kernel;

/* A pointer that goes from tile to tile. */
enum { E2L_NATIVE_SLOTS = 11, E2L_NATIVE_LIMITS = 2 };
typedef struct e2l_native_slot {
    e2l_rows_in rows_in;
    size_t row;
    bool is_local;
    int32_t tile, target; /* bytes; target: 0 where targets are written out one by one */
    size_t from;          /* where the pointer is, bytes from the first operation */
    bool of_part;         /* no: bytes from the part of a list */
    bool moves;           /* it begins at the part's first synapse */
} e2l_native_slot;

/* Where an operand is: slot + disp + row * its number + target * its number, bytes; a number that the tape knows is among the group's numbers. */
enum { E2L_NATIVE_NUMBERS = 32, E2L_NATIVE_VECTOR = 32 };
/* How synapses of a list come to it: they lie side by side; by number; it is that of their source or target, for all the same or by index. */
typedef enum e2l_native_way { E2L_NATIVE_PLAIN, E2L_NATIVE_SOME, E2L_NATIVE_BY_ID, E2L_NATIVE_OWN, E2L_NATIVE_BY_INDEX } e2l_native_way;
typedef struct e2l_native_operand {
    bool is_there;
    e2l_native_way way;
    uint8_t index_slot; /* BY_ID, BY_INDEX: slot of the indices */
    bool is_number;  /* disp: from the first of the numbers */
    bool is_zero, is_one; /* the numbers +0, 1 */
    bool is_flushed; /* holds no subnormal */
    uint8_t slot;
    int32_t disp, row, target;
} e2l_native_operand;

typedef struct e2l_native_op {
    const e2l_instr *instr;
    e2l_form form;
    size_t n_rows, n_targets;
    bool is_split;           /* by targets, which the call itself does not know of */
    bool loops_over_targets; /* pointers go from target to target */
    e2l_native_operand in[E2L_OP_INPUTS], out, more[E2L_MORE_SUMS];
    int limit; /* which, or -1 */
    size_t last_reader; /* of what it writes: call of the group; SIZE_MAX: somebody beyond */
} e2l_native_op;

enum { E2L_NATIVE_OPS = 32 };
typedef struct e2l_native_group {
    const e2l_instr *first;
    e2l_native_op ops[E2L_NATIVE_OPS];
    size_t n;
    e2l_native_slot slots[E2L_NATIVE_SLOTS];
    size_t n_slots;
    e2l_real numbers[E2L_NATIVE_NUMBERS];
    size_t n_numbers;
    double limits[E2L_NATIVE_LIMITS];
    size_t bad[E2L_NATIVE_LIMITS]; /* where the pointer to what a check sets is, bytes from the first operation */
    size_t n_limits;
} e2l_native_group;

enum { E2L_NATIVE_CALLS = 32 };
struct e2l_native {
    e2l_ctx *ctx;
    uint8_t *memory;
    size_t size, used;
    e2l_isa isa;
    e2l_known_kernel *known; /* [n_known] by address */
    size_t n_known;
    e2l_real_lanes_fn *calls[E2L_NATIVE_CALLS]; /* those that have code, in the order of native_recipe.c */
    e2l_native_group group; /* being made */
};

/* native_form.c: those of kernels of this instruction set; `out` NULL counts them. */
size_t e2l_native_list_kernels(const e2l_kernels *kernels, e2l_known_kernel *out);
e2l_form e2l_native_form(const e2l_native *native, const e2l_instr *instr);
/* native_emit.c: the function of a group, NULL when there is no room. */
e2l_native_fn *e2l_native_emit(e2l_native *native, const e2l_native_group *group);
/* native.c: into the group a number, a pointer (with how far from it the operand is), the limit of a call; false: no room. What operand is the same number all over,
   or NULL. */
bool e2l_native_put_number(e2l_native_group *group, e2l_real value, e2l_native_operand *out);
bool e2l_native_put_slot(e2l_native_group *group, const e2l_native_slot *slot, bool is_wide, e2l_native_operand *out);
bool e2l_native_put_limit(e2l_native_group *group, const e2l_instr *instr, size_t bad, int *out);
const e2l_filled *e2l_native_constant(const e2l_tape *tape, const e2l_operand *operand);
bool e2l_native_is_flushed(const e2l_tape *tape, const e2l_operand *operand);
/* A check of what one of the calls has written becomes part of that call. */
bool e2l_native_join_check(const e2l_tape *tape, e2l_native_group *group, const e2l_instr *check);
/* The call of the group that reads last what call k has written, before it is written again; SIZE_MAX: a call beyond, before `end`. */
size_t e2l_native_last_reader(const e2l_native_group *group, size_t k, const e2l_instr *end);
/* native_lists.c: gives the stretch over a list that begins with call k its code; gives where it ends. */
size_t e2l_native_add_list(e2l_native *native, e2l_tape *tape, size_t k);
/* native_recipe.c: sets calls; whether a function of lanes is one of them. */
void e2l_native_find_calls(e2l_native *native);
bool e2l_native_has_call(const e2l_native *native, e2l_real_lanes_fn *eval);

#endif

/* list_run.c: goes through the synapses of a list (list.h), a block at a time.

   All of them lie one after the other, and calls work on them where they are. Some of them (a guard wants certain sources or targets, a sum has few
   events) are gathered into a block, worked on there and put back, call by call; where the calls are machine code (native_lists.c), that reaches them where they are. Sums keep
   the eight partial sums of a target side by side, as kernels_rows.c has them: sources come in ascending order here too. */
#include <math.h>
#include <string.h>

#include "substrate/cpu/unit.h"
#include "substrate/cpu/wide.h"

enum { BLOCK = E2L_LIST_BLOCK, PARTIAL = E2L_PARTIAL_SUMS };

/* The synapses being gone through. */
typedef struct passage {
    e2l_unit *unit;
    const e2l_list *list;
    const e2l_stretch *stretch;
    const e2l_real *rows; /* chunk rows of this step */
    uint64_t guards;
    const uint32_t *ids; /* [n] which ones; NULL: those from `first` on */
    size_t first, n;
    bool all;      /* of the list */
    e2l_real *few; /* where the sum goes when so few sources send something that they are added one after the other (order_few); else NULL */
} passage;

static size_t synapse_of(const passage *p, size_t k)
{
    return p->ids != NULL ? p->ids[k] : p->first + k;
}

/* Up to whole vectors, the last one again. */
static size_t n_padded(const passage *p)
{
    return e2l_tiles_of(p->n) * E2L_LANE_STEP;
}

static size_t padded_synapse(const passage *p, size_t k)
{
    return synapse_of(p, k < p->n ? k : p->n - 1);
}

/* ---- operands ---------------------------------------------------------------------------------------------- */
static const e2l_real *gather(const passage *p, const e2l_operand *operand, const e2l_real *from, e2l_real *to)
{
    const uint32_t *const of = operand->view == E2L_VIEW_PRE ? p->list->pre : operand->view == E2L_VIEW_POST ? p->list->post : NULL;
    const size_t n = n_padded(p);
    if (p->ids == NULL) { /* lists are padded themselves */
        for (size_t k = 0; k < n; ++k) {
            to[k] = from[of[p->first + k]];
        }
        return to;
    }
    for (size_t k = 0; k < n; ++k) {
        const uint32_t synapse = p->ids[k];
        to[k] = from[of != NULL ? of[synapse] : synapse];
    }
    return to;
}

static const e2l_real *input(const passage *p, const e2l_operand *operand, int k)
{
    e2l_unit *const unit = p->unit;
    e2l_real *const room = unit->gathered + k * BLOCK;
    switch (operand->rows_in) {
    case E2L_ROWS_BLOCK: return unit->blocks + operand->row * BLOCK;
    case E2L_ROWS_LIST:
        return p->ids == NULL ? unit->list_at[operand->row] + p->first : gather(p, operand, unit->list_at[operand->row], room);
    case E2L_ROWS_MEMORY:
    case E2L_ROWS_RING:
    case E2L_ROWS_RING_END:
    case E2L_ROWS_CHUNK: {
        const e2l_real *const from = e2l_unit_area(unit, operand, p->rows);
        return operand->spread ? from : gather(p, operand, from, room);
    }
    case E2L_NO_ROWS:
    default: return NULL;
    }
}

/* Where a call writes; what it adds to is there. */
static e2l_real *output(const passage *p, const e2l_operand *out)
{
    e2l_unit *const unit = p->unit;
    e2l_real *const room = unit->gathered + E2L_OP_INPUTS * BLOCK;
    if (out->rows_in == E2L_ROWS_BLOCK) {
        return unit->blocks + out->row * BLOCK;
    }
    if (out->rows_in != E2L_ROWS_LIST) {
        return NULL;
    }
    if (p->ids == NULL) {
        return unit->list_at[out->row] + p->first;
    }
    (void)gather(p, out, unit->list_at[out->row], room);
    return room;
}

/* Lanes past the last synapse of the list go on repeating it. */
static void pad(const passage *p, const e2l_operand *out)
{
    e2l_real *const to = p->unit->list_at[out->row];
    for (size_t k = p->list->n; k < e2l_list_room(p->list); ++k) {
        to[k] = to[p->list->n - 1];
    }
}

static void put_back(const passage *p, const e2l_operand *out, const e2l_real *from)
{
    if (out->rows_in == E2L_ROWS_LIST && p->ids != NULL) {
        e2l_real *const to = p->unit->list_at[out->row];
        for (size_t k = 0; k < p->n; ++k) {
            to[p->ids[k]] = from[k];
        }
        pad(p, out);
    }
}

/* ---- sums --------------------------------------------------------------------------------------------------- */
static void add_partial(e2l_unit *unit, const e2l_list *list, size_t synapse, e2l_real effect)
{
    const uint32_t post = list->post[synapse];
    unit->partial[list->place[synapse]] += effect;
    if (!unit->marked[post]) {
        unit->marked[post] = true;
        unit->touched[unit->n_touched++] = post;
    }
}

static void accumulate(const passage *p, const e2l_real *effect)
{
    e2l_unit *const unit = p->unit;
    if (p->few != NULL) {
        for (size_t k = 0; k < p->n; ++k) {
            p->few[p->list->post[synapse_of(p, k)]] += effect[k];
        }
    } else if (p->all) { /* and so all targets */
        const uint32_t *const place = p->list->place + p->first;
        for (size_t k = 0; k < p->n; ++k) {
            unit->partial[place[k]] += effect[k];
        }
    } else {
        for (size_t k = 0; k < p->n; ++k) {
            add_partial(unit, p->list, synapse_of(p, k), effect[k]);
        }
    }
}

static void combine(const passage *p, e2l_real *out)
{
    e2l_unit *const unit = p->unit;
    const size_t n_post = p->list->n_post;
    if (p->all) {
        unit->kernels->fold(unit->partial, NULL, n_post, out);
    } else if (p->few == NULL) {
        memset(out, 0, e2l_tiles_of(n_post) * E2L_LANE_STEP * sizeof *out);
    }
    if (unit->n_touched > 0) {
        unit->kernels->fold(unit->partial, unit->touched, unit->n_touched, out);
    }
    for (size_t k = 0; k < unit->n_touched; ++k) {
        unit->marked[unit->touched[k]] = false;
    }
    unit->n_touched = 0;
    e2l_wide_pad((e2l_space){n_post, 1, 0}, out);
}

/* ---- calls --------------------------------------------------------------------------------------------------- */
static void draw(const passage *p, const e2l_draw *what, e2l_real *out)
{
    const uint64_t step = what->once ? E2L_BEFORE_RUN : p->unit->step;
    const e2l_key key = p->unit->cases[p->unit->lanes[0].in_block].key;
    const size_t n = n_padded(p);
    for (size_t k = 0; k < n; ++k) {
        const size_t synapse = padded_synapse(p, k);
        const uint64_t element = (uint64_t)p->list->post[synapse] * p->list->n_pre + p->list->pre[synapse];
        out[k] = e2l_drawn(what, key, element, step);
    }
}

static void run_call(const passage *p, const e2l_bound_op *bound)
{
    const e2l_instr *const instr = bound->instr;
    e2l_real *const out = output(p, &instr->out);
    if (instr->sums) {
        accumulate(p, input(p, &instr->in[0], 0));
    } else if (instr->is_special) {
        draw(p, &instr->special.draw, out);
    } else {
        e2l_op op = bound->op;
        op.n_rows = e2l_tiles_of(p->n);
        op.n_tiles = 1;
        op.out = out;
        for (int k = 0; k < E2L_OP_INPUTS; ++k) {
            op.in[k] = input(p, &instr->in[k], k);
        }
        bound->run(&op);
    }
    put_back(p, &instr->out, out);
}

static void run_block(const passage *p)
{
    for (size_t k = p->stretch->first; p->n > 0 && k < p->stretch->end; ++k) {
        const e2l_bound_op *const bound = &p->unit->ops[k];
        if ((bound->need & p->guards) != 0) {
            run_call(p, bound);
        }
    }
}

/* ---- which synapses ------------------------------------------------------------------------------------------ */
static const e2l_bound_op *first_of(const passage *p)
{
    return &p->unit->ops[p->stretch->first];
}

/* It is machine code, all calls of the stretch together: they have one need. */
static bool is_native(const passage *p)
{
    return first_of(p)->instr->native_list != NULL;
}

/* Synapses first .. end - 1 of the list, or with `ids` of its order by targets, through machine code; `own` is the source or target of all of them. */
static void run_native(passage *p, const uint32_t *ids, size_t first, size_t end, size_t own)
{
    e2l_unit *const unit = p->unit;
    const e2l_list *const list = p->list;
    const e2l_bound_op *const bound = first_of(p), *const last = &unit->ops[p->stretch->end - 1];
    for (; (bound->need & p->guards) != 0 && first < end; first += BLOCK) {
        const e2l_list_part part = {.pre = (ids != NULL ? list->in_pre : list->pre) + first,
                                    .post = list->post + first,
                                    .ids = ids != NULL ? ids + first : NULL,
                                    .blocks = unit->blocks,
                                    .first = first * sizeof(e2l_real),
                                    .n = end - first < BLOCK ? end - first : BLOCK,
                                    .own = own};
        bound->instr->native_list(bound, &part);
        if (last->instr->sums) {
            p->first = first;
            p->n = part.n;
            accumulate(p, input(p, &last->instr->in[0], 0)); /* a block, or where statements read it, too, of the list */
        }
    }
}

/* After machine code for the synapses of some sources, or targets, ascending, up to `last`. */
static void pad_after(const passage *p, bool sources, size_t last)
{
    const e2l_list *const list = p->list;
    if (list->n == 0 || (sources && list->pre[list->n - 1] > last)) {
        return;
    }
    for (size_t k = p->stretch->first; k < p->stretch->end; ++k) {
        const e2l_operand *const out = &p->unit->ops[k].instr->out;
        if (out->rows_in == E2L_ROWS_LIST) {
            pad(p, out);
        }
    }
}

static void run_all(passage *p, e2l_extent extent)
{
    const e2l_list *const list = p->list;
    const bool by_sources = extent == E2L_EXTENT_EVENTS;
    p->ids = NULL;
    p->all = true;
    if (is_native(p) && by_sources) {
        for (size_t pre = 0; pre < list->n_pre; ++pre) {
            run_native(p, NULL, list->out_start[pre], list->out_start[pre + 1], pre);
        }
    } else if (is_native(p)) {
        run_native(p, NULL, 0, list->n, 0);
    }
    if (is_native(p)) {
        pad_after(p, true, list->n_pre);
        return;
    }
    for (p->first = 0; p->first < list->n; p->first += BLOCK) {
        p->n = list->n - p->first < BLOCK ? list->n - p->first : BLOCK;
        run_block(p);
    }
}

static void flush(passage *p)
{
    for (size_t k = p->n; p->n > 0 && k < n_padded(p); ++k) {
        p->unit->ids[k] = p->unit->ids[p->n - 1];
    }
    run_block(p);
    p->n = 0;
}

static void take(passage *p, uint32_t synapse)
{
    p->unit->ids[p->n++] = synapse;
    if (p->n == BLOCK) {
        flush(p);
    }
}

/* Where the sum of a stretch goes if it has one. */
static e2l_real *sum_of(const passage *p)
{
    const e2l_bound_op *const last = &p->unit->ops[p->stretch->end - 1];
    return last->instr->sums && (last->need & p->guards) != 0 ? last->op.out : NULL;
}

enum { FEW = 3 };

/* How late the partial sums of two sources meet (e2l_sum_of_partials); 0: they are one. */
static int meets_at(uint32_t a, uint32_t b)
{
    const uint32_t differ = (a ^ b) % PARTIAL;
    return (differ & 1u) != 0 ? 3 : (differ & 2u) != 0 ? 2 : differ != 0 ? 1 : 0;
}

/* Two are added in any order; of three those first that meet first. Other sources are 0 and add nothing. */
static void order_few(uint32_t sources[FEW], size_t n)
{
    const uint32_t a = sources[0], b = sources[1], c = sources[2];
    if (n < FEW) {
        return;
    }
    const int ab = meets_at(a, b), ac = meets_at(a, c), bc = meets_at(b, c);
    if (ac < ab && ac <= bc) {
        sources[1] = c;
        sources[2] = b;
    } else if (bc < ab) {
        sources[0] = b;
        sources[1] = c;
        sources[2] = a;
    }
}

static void run_some(passage *p, e2l_extent extent, const e2l_real *guard)
{
    e2l_unit *const unit = p->unit;
    const e2l_list *const list = p->list;
    const bool sources = extent != E2L_EXTENT_TILES;
    const uint32_t *const start = sources ? list->out_start : list->in_start;
    e2l_unit_find_wanted(unit, p->stretch, extent == E2L_EXTENT_EVENTS, guard, sources ? list->n_pre : list->n_post);
    p->few = sources && unit->n_wanted <= FEW ? sum_of(p) : NULL;
    uint32_t few[FEW] = {0};
    if (p->few != NULL) {
        memset(p->few, 0, e2l_tiles_of(list->n_post) * E2L_LANE_STEP * sizeof *p->few);
        memcpy(few, unit->wanted, unit->n_wanted * sizeof *few);
        order_few(few, unit->n_wanted);
    }
    const uint32_t *const wanted = p->few != NULL ? few : unit->wanted;
    if (is_native(p)) {
        for (size_t k = 0; k < unit->n_wanted; ++k) {
            run_native(p, sources ? NULL : list->in, start[wanted[k]], start[wanted[k] + 1], wanted[k]);
        }
        if (unit->n_wanted > 0) {
            pad_after(p, sources, unit->wanted[unit->n_wanted - 1]);
        }
        return;
    }
    p->ids = unit->ids;
    p->n = 0;
    for (size_t k = 0; k < unit->n_wanted; ++k) {
        for (uint32_t at = start[wanted[k]]; at < start[wanted[k] + 1]; ++at) {
            take(p, sources ? at : list->in[at]);
        }
    }
    flush(p);
}

static void finish_sums(const passage *p)
{
    for (size_t k = p->stretch->first; k < p->stretch->end; ++k) {
        const e2l_bound_op *const bound = &p->unit->ops[k];
        if (bound->instr->sums && (bound->need & p->guards) != 0) {
            combine(p, bound->op.out);
        }
    }
}

void e2l_unit_run_list(e2l_unit *unit, const e2l_stretch *stretch, const e2l_region *region, const e2l_real *rows, uint64_t guards)
{
    const e2l_instr *const instr = unit->ops[stretch->first].instr;
    passage p = {.unit = unit, .list = &unit->lists[instr->list - 1], .stretch = stretch, .rows = rows, .guards = guards};
    const bool all = region == NULL || region->extent == E2L_EXTENT_ALL || region->extent == E2L_EXTENT_ANY ||
                     (region->extent == E2L_EXTENT_EVENTS && (unit->bad != 0 || unit->ops[stretch->first].never_skips));
    if (all) {
        if (region != NULL) {
            unit->wanted_of = NULL; /* whom a later guard in these rows wants was not found here */
        }
        run_all(&p, region != NULL ? region->extent : E2L_EXTENT_ALL);
    } else {
        run_some(&p, region->extent, e2l_unit_area(unit, &region->guard, rows));
    }
    finish_sums(&p);
}

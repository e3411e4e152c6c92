/* list_guards.c: whom guards over lists of synapses want: sources or targets.

   Guards are scanned once where that is enough: the next statement often has the same one, and who sent something in a step is who arrives when its delay is over. */
#include <string.h>

#include "substrate/cpu/unit.h"

/* ---- in a step ---------------------------------------------------------------------------------------------- */
/* Looks for those that send something, in a place of a ring once. */
static void find_sent(e2l_unit *unit, e2l_sent *sent, e2l_rows_in rows_in, const e2l_real *guard)
{
    const uint64_t step = unit->step;
    const size_t place = (size_t)((step + (rows_in == E2L_ROWS_RING ? 1 : 0)) % sent->depth);
    uint32_t *const found = sent->found + place * sent->n;
    const uint64_t written = step + 1 - sent->depth; /* if it was by now */
    if (rows_in == E2L_ROWS_RING_END) {
        sent->n_found[place] = (uint32_t)unit->kernels->find(guard, sent->n, true, found);
        sent->steps[place] = step;
    } else if (step + 1 < sent->depth || sent->steps[place] != written || written < *unit->filled) {
        unit->n_wanted = unit->kernels->find(guard, sent->n, true, unit->wanted);
        return;
    }
    unit->n_wanted = sent->n_found[place];
    memcpy(unit->wanted, found, unit->n_wanted * sizeof *found);
}

static void keep_true(e2l_unit *unit, const e2l_real *guard)
{
    size_t n_true = 0;
    for (size_t k = 0; k < unit->n_wanted; ++k) {
        unit->wanted[n_true] = unit->wanted[k];
        n_true += guard[unit->wanted[k]] > 0 ? 1 : 0;
    }
    unit->n_wanted = n_true;
}

void e2l_unit_find_wanted(e2l_unit *unit, const e2l_stretch *stretch, bool sends, const e2l_real *guard, size_t n)
{
    const bool known = stretch->repeats && unit->wanted_of == guard && unit->wanted_step == unit->step && (unit->sends || !sends);
    if (!known && stretch->sent != NULL) {
        find_sent(unit, stretch->sent, unit->tape->regions[stretch->region].guard.rows_in, guard);
        unit->sends = true;
    } else if (!known) {
        unit->n_wanted = unit->kernels->find(guard, n, sends, unit->wanted);
        unit->sends = sends;
    }
    if (unit->sends && !sends) {
        keep_true(unit, guard);
        unit->sends = false;
    }
    unit->wanted_of = guard;
    unit->wanted_step = unit->step;
}

/* ---- before the run ------------------------------------------------------------------------------------------ */
/* No call from the guard of one stretch to that of the next writes what guards both. */
static bool keeps_guard(const e2l_tape *tape, size_t first, size_t end, const e2l_operand *guard)
{
    for (size_t k = first; k < end; ++k) {
        const e2l_operand *const out = &tape->instrs[k].out;
        if (out->rows_in == guard->rows_in && out->row == guard->row) {
            return false;
        }
    }
    return guard->rows_in != E2L_ROWS_CHUNK;
}

static bool has_region(const e2l_tape *tape, e2l_rows_in rows_in, size_t row)
{
    bool has = false;
    for (size_t k = 0; k < tape->n_regions; ++k) {
        has = has || (tape->regions[k].guard.rows_in == rows_in && tape->regions[k].guard.row == row);
    }
    return has;
}

static bool allocate_places(e2l_sent *sent, const e2l_operand *guard, e2l_arena *arena)
{
    sent->row = guard->row;
    sent->depth = guard->depth;
    sent->n = (size_t)e2l_space_rows(guard->space);
    sent->steps = e2l_arena_take(arena, sent->depth, sizeof *sent->steps);
    sent->n_found = e2l_arena_take(arena, sent->depth, sizeof *sent->n_found);
    sent->found = e2l_arena_take(arena, sent->depth * sent->n + 1, sizeof *sent->found);
    if (sent->steps == NULL || sent->n_found == NULL || sent->found == NULL) {
        return false;
    }
    memset(sent->steps, 0xff, sent->depth * sizeof *sent->steps);
    return true;
}

bool e2l_unit_allocate_sent(e2l_unit *unit, e2l_arena *arena)
{
    const e2l_tape *const tape = unit->tape;
    unit->sent = e2l_arena_alloc(arena, tape->n_regions + 1, sizeof *unit->sent);
    for (size_t k = 0; unit->sent != NULL && k < tape->n_regions; ++k) {
        const e2l_operand *const guard = &tape->regions[k].guard;
        bool known = false;
        for (size_t s = 0; s < unit->n_sent; ++s) {
            known = known || unit->sent[s].row == guard->row;
        }
        if (guard->rows_in == E2L_ROWS_RING && !known && has_region(tape, E2L_ROWS_RING_END, guard->row) &&
            !allocate_places(&unit->sent[unit->n_sent++], guard, arena)) {
            return false;
        }
    }
    return unit->sent != NULL;
}

static e2l_sent *sent_of(const e2l_unit *unit, const e2l_operand *guard)
{
    for (size_t k = 0; k < unit->n_sent; ++k) {
        if ((guard->rows_in == E2L_ROWS_RING || guard->rows_in == E2L_ROWS_RING_END) && unit->sent[k].row == guard->row) {
            return &unit->sent[k];
        }
    }
    return NULL;
}

/* Its guard is not looked at one by one. */
static bool is_for_all(const e2l_region *region)
{
    return region->extent == E2L_EXTENT_ALL || region->extent == E2L_EXTENT_ANY;
}

void e2l_unit_find_repeats(e2l_unit *unit)
{
    const e2l_stretch *before = NULL;
    for (size_t k = unit->n_init_stretches; k < unit->n_stretches; ++k) {
        e2l_stretch *const stretch = &unit->stretches[k];
        if (stretch->list == 0 || stretch->region == E2L_NO_REGION || is_for_all(&unit->tape->regions[stretch->region])) {
            continue;
        }
        const e2l_operand *const guard = &unit->tape->regions[stretch->region].guard;
        const e2l_operand *const other = before != NULL ? &unit->tape->regions[before->region].guard : NULL;
        stretch->sent = sent_of(unit, guard);
        stretch->repeats = other != NULL && other->rows_in == guard->rows_in && other->row == guard->row && keeps_guard(unit->tape, before->first, stretch->first, guard);
        before = stretch;
    }
}

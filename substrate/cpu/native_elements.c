/* native_elements.c: calls that go element by element. Those over the same rows go together: what one loads or writes the others find in a vector. */
#include "substrate/cpu/native_impl.h"

#if defined(__x86_64__)
#include "substrate/cpu/native_emit_impl.h"

enum { UNROLLED_ROWS = 16, LOOPED_ROWS = 5 };

/* ---- values in vectors ------------------------------------------------------------------------------------------------- */
/* What is in memory at an address is in a vector, too. */
typedef struct known {
    address at;
    int vector;
    bool is_mask; /* all bits or none instead of 1 or 0 */
    size_t last;  /* turn after which nobody reads it; ALL_ROWS: it stays for all rows */
} known;
#define ALL_ROWS SIZE_MAX

/* Calls that go over the same rows together, at some targets side by side: what one loads or writes the others have. */
enum { MOST_SIDES = 4, MOST_CLUSTER = E2L_NATIVE_OPS, MOST_TURNS = MOST_CLUSTER * MOST_SIDES, WRITTEN = N_LEAVES, MOST_KNOWN = FREE, TREE_AT_WORK = 3, CALL_AT_WORK = 5 };
typedef struct cluster {
    const e2l_native_op *ops;
    size_t n_ops, n_targets;
    size_t first_by; /* the first call that goes by targets */
    recipe recipes[MOST_CLUSTER];
    uint8_t used[MOST_CLUSTER][N_LEAVES];    /* how often a call reads a leaf */
    uint8_t leaves[MOST_CLUSTER][N_LEAVES];  /* [n_leaves] those that it reads */
    uint8_t n_leaves[MOST_CLUSTER];
    /* Of the address that a leaf has at a call's turn, and of the one it writes: how often it is read from then on, and at which turn last. */
    struct {
        uint16_t n, last;
    } reads[MOST_TURNS][N_LEAVES + 1];
    known known[MOST_KNOWN];
    size_t n_known;
    bool by_halves; /* all rows of one half, then of the other */
    int at_work;    /* vectors that a value takes while it is made */
} cluster;

/* One call at one target and half a row. Calls that do not go by targets come first, once for those side by side; then all others for each target. */
typedef struct place {
    const cluster *all;
    size_t op, first_target, side, row; /* target: first_target + side */
    size_t turn;                        /* of this call at this target, in a row */
    int half;
} place;

static size_t n_sides(const cluster *all, size_t op)
{
    return all->ops[op].n_targets == 1 ? 1 : all->n_targets;
}

static bool same_address(const address *a, const address *b)
{
    return a->base == b->base && a->index == b->index && a->disp == b->disp;
}

static const known *find_known(const cluster *all, const address *at)
{
    for (size_t k = 0; k < all->n_known; ++k) {
        if (same_address(&all->known[k].at, at)) {
            return &all->known[k];
        }
    }
    return NULL;
}

static int n_free(const emitter *e)
{
    return FREE - __builtin_popcount(e->taken);
}

static void know(cluster *all, const address *at, int vector, bool is_mask, size_t last)
{
    all->known[all->n_known++] = (known){*at, vector, is_mask, last};
}

/* Forgets an entry; its vector is free again. */
static void forget(emitter *e, cluster *all, size_t k)
{
    give(e, all->known[k].vector);
    all->known[k] = all->known[--all->n_known];
}

static const e2l_native_operand *leaf_of(const e2l_native_op *op, int leaf)
{
    return leaf == OUT ? &op->out : &op->in[leaf];
}

static address leaf_at(const emitter *e, const place *p, int leaf)
{
    static const int32_t constant_at[N_LEAVES] = {[ZERO] = offsetof(struct constants, zero),
                                                  [ONE] = offsetof(struct constants, one),
                                                  [MINUS_ONE] = offsetof(struct constants, minus_one),
                                                  [SIGNS] = offsetof(struct constants, sign)};
    if (leaf > OUT) {
        return (address){.base = R15, .index = NO_INDEX, .disp = constant_at[leaf]};
    }
    const e2l_native_op *const op = &p->all->ops[p->op];
    return at(e, leaf_of(op, leaf), op->n_targets == 1 ? 0 : p->first_target + p->side, p->row, p->half);
}

/* What a leaf is, in a vector of its own. */
static int load_leaf(emitter *e, const place *p, int leaf)
{
    const e2l_native_operand *const operand = leaf <= OUT ? leaf_of(&p->all->ops[p->op], leaf) : NULL;
    if (operand != NULL && operand->way != E2L_NATIVE_PLAIN) {
        return e2l_native_fetch(e, operand);
    }
    const address from = leaf_at(e, p, leaf);
    const int vector = take(e);
    x86_load_vector(&e->code, vector, &from);
    return vector;
}

static bool is_used(const cluster *all, size_t op, int leaf)
{
    return all->used[op][leaf] > 0;
}

static bool is_one_row(const e2l_native_op *op, int leaf)
{
    return leaf > OUT || leaf_of(op, leaf)->row == 0;
}

/* On to the next call or target; false: the row is done. */
static bool next_turn(place *p)
{
    p->turn++;
    p->op++;
    if (p->op == p->all->n_ops && p->side + 1 < n_sides(p->all, p->op - 1)) {
        p->side++;
        p->op = p->all->first_by;
    }
    return p->op < p->all->n_ops;
}

/* Sets n and last of what is read at the address from `p` on. */
static void count_reads(const emitter *e, place p, const address *what, uint16_t *n, uint16_t *last)
{
    *n = *last = 0;
    for (bool more = p.op < p.all->n_ops; more; more = next_turn(&p)) {
        for (int k = 0; k < p.all->n_leaves[p.op]; ++k) {
            const int leaf = p.all->leaves[p.op][k];
            const address a = leaf_at(e, &p, leaf);
            if (same_address(&a, what)) {
                *n = (uint16_t)(*n + p.all->used[p.op][leaf]);
                *last = (uint16_t)p.turn;
            }
        }
    }
}

/* The same for every row and half. */
static void find_reads(const emitter *e, cluster *all, size_t first_target)
{
    place p = {.all = all, .first_target = first_target};
    for (bool more = true; more;) {
        const place now = p;
        for (int k = 0; k < all->n_leaves[now.op]; ++k) {
            const int leaf = all->leaves[now.op][k];
            const address at = leaf_at(e, &now, leaf);
            count_reads(e, now, &at, &all->reads[now.turn][leaf].n, &all->reads[now.turn][leaf].last);
        }
        more = next_turn(&p);
        if (all->ops[now.op].out.is_there) {
            const address to = leaf_at(e, &now, OUT);
            count_reads(e, p, &to, &all->reads[now.turn][WRITTEN].n, &all->reads[now.turn][WRITTEN].last);
        }
    }
}

/* ---- expressions --------------------------------------------------------------------------------------------------------- */
static int emit(emitter *e, const place *p, int argument);

static const known *known_leaf(const emitter *e, const place *p, int a)
{
    const address from = leaf_at(e, p, a);
    return find_known(p->all, &from);
}

/* 1 or 0 of a mask. */
static void number_of(emitter *e, int to, int mask)
{
    const address one = CONSTANT(one);
    x86_vector_at(&e->code, V_AND, to, mask, &one);
}

/* Whether a truth value that is known as a mask is true: that mask, or NULL. */
static const known *known_truth(const emitter *e, const place *p, int a)
{
    const node *const n = &p->all->recipes[p->op].nodes[a - NODE];
    const bool asks = n->kind == COMPARISON && (n->op == V_NE || n->op == V_GT) && n->a < NODE && n->b == ZERO;
    const known *const there = asks ? known_leaf(e, p, n->a) : NULL;
    return there != NULL && there->is_mask ? there : NULL;
}

/* `a` in a vector; *own: it may be written over. What several nodes use is computed for the first and free after the last. */
static int in_vector(emitter *e, const place *p, int a, bool *own)
{
    const known *const truth = a >= NODE ? known_truth(e, p, a) : NULL;
    *own = false;
    if (truth != NULL) {
        return truth->vector;
    }
    if (a >= NODE) {
        int *const vector = &e->node_vector[a - NODE], *const left = &e->node_left[a - NODE];
        if (*vector == NO_VECTOR) {
            *vector = emit(e, p, a);
            *left = p->all->recipes[p->op].uses[a - NODE];
        }
        *own = --*left == 0;
        return *vector;
    }
    const known *const there = known_leaf(e, p, a);
    if (there != NULL && !there->is_mask) {
        return there->vector;
    }
    *own = true;
    if (there == NULL) {
        return load_leaf(e, p, a);
    }
    const int vector = take(e);
    number_of(e, vector, there->vector);
    return vector;
}

static bool is_in_memory(const emitter *e, const place *p, int a)
{
    const bool plain = a > OUT || (a < NODE && leaf_of(&p->all->ops[p->op], a)->way == E2L_NATIVE_PLAIN);
    return a < NODE && plain && known_leaf(e, p, a) == NULL;
}

/* Where a result may go: over an argument that nobody else wants. */
static int result(emitter *e, int a, bool own_a, int b, bool own_b)
{
    if (own_a && own_b && a != b) {
        give(e, b);
    }
    return own_a ? a : own_b ? b : take(e);
}

static int emit_blend(emitter *e, const place *p, const node *n)
{
    bool own_a = false, own_b = false, own_c = false;
    const int c = in_vector(e, p, n->c, &own_c), a = in_vector(e, p, n->a, &own_a), b = in_vector(e, p, n->b, &own_b);
    const int to = result(e, a, own_a, b, own_b);
    x86_blend(&e->code, to, a, b, c);
    if (own_c) {
        give(e, c);
    }
    return to;
}

static int emit_of_one(emitter *e, const place *p, const node *n)
{
    bool own = false;
    const int a = in_vector(e, p, n->a, &own), to = own ? a : take(e);
    if (n->kind == FLOOR) {
        x86_floor(&e->code, to, a);
    } else {
        x86_vector(&e->code, V_SQRT, to, 0, a);
    }
    return to;
}

static int emit(emitter *e, const place *p, int argument)
{
    const node *const n = &p->all->recipes[p->op].nodes[argument - NODE];
    if (e2l_native_arity(n->kind) != 2) {
        return n->kind == BLEND ? emit_blend(e, p, n) : emit_of_one(e, p, n);
    }
    const bool commutes = n->kind == ARITHMETIC && (n->op == V_ADD || n->op == V_MUL || n->op == V_AND || n->op == V_OR || n->op == V_XOR);
    const bool swap = commutes && is_in_memory(e, p, n->a) && !is_in_memory(e, p, n->b);
    const int first = swap ? n->b : n->a, second = swap ? n->a : n->b;
    bool own_a = false, own_b = false;
    const int a = in_vector(e, p, first, &own_a);
    if (n->kind == ARITHMETIC && is_in_memory(e, p, second)) {
        const address from = leaf_at(e, p, second);
        const int to = own_a ? a : take(e);
        x86_vector_at(&e->code, (vector_op)n->op, to, a, &from);
        return to;
    }
    const int b = in_vector(e, p, second, &own_b), to = result(e, a, own_a, b, own_b);
    if (n->kind == COMPARISON) {
        x86_compare_vectors(&e->code, (vector_compare)n->op, to, a, b);
    } else {
        x86_vector(&e->code, (vector_op)n->op, to, a, b);
    }
    return to;
}

/* ---- element by element ---------------------------------------------------------------------------------------------------- */
static void store_vector(emitter *e, const e2l_native_operand *out, int value, const address *to)
{
    if (out->way == E2L_NATIVE_PLAIN) {
        x86_store_vector(&e->code, value, to);
    } else {
        e2l_native_put(e, out, value);
    }
}

static void store_number(emitter *e, const e2l_native_operand *out, int value, bool is_mask, const address *to)
{
    if (!is_mask) {
        store_vector(e, out, value, to);
        return;
    }
    const int number = take(e);
    number_of(e, number, value);
    store_vector(e, out, number, to);
    give(e, number);
}

/* The value of a call, written and, while somebody will read it, kept. */
static void emit_value(emitter *e, cluster *all, const place *p)
{
    const e2l_native_op *const op = &all->ops[p->op];
    const recipe *const r = &all->recipes[p->op];
    const bool is_mask = r->mask != NO_VECTOR;
    bool own = false;
    memset(e->node_vector, 0xff, sizeof e->node_vector);
    const int value = in_vector(e, p, is_mask ? r->mask : r->value, &own);
    if (!is_mask) { /* 1 and 0 are in every range */
        note_range(e, op->limit, value);
    }
    if (!op->out.is_there) {
        if (own) {
            give(e, value);
        }
        return;
    }
    const address to = leaf_at(e, p, OUT);
    for (size_t k = all->n_known; k-- > 0;) {
        if (same_address(&all->known[k].at, &to)) {
            forget(e, all, k);
        }
    }
    const bool is_read = all->reads[p->turn][WRITTEN].n > 0, is_kept = own && is_read && all->n_known < MOST_KNOWN && n_free(e) >= all->at_work;
    const bool is_wanted = op->last_reader >= (size_t)(all->ops - e->group->ops) + all->n_ops; /* by calls beyond these */
    if (is_kept) {
        know(all, &to, value, is_mask, all->reads[p->turn][WRITTEN].last);
    }
    if (is_wanted || (is_read && !is_kept)) {
        store_number(e, &op->out, value, is_mask, &to);
    }
    if (own && !is_kept) {
        give(e, value);
    }
}

/* Loads what will be read more than once. */
static void load_shared(emitter *e, cluster *all, const place *p)
{
    for (int k = 0; k < all->n_leaves[p->op]; ++k) {
        const int leaf = all->leaves[p->op][k];
        if (all->reads[p->turn][leaf].n < 2 || all->n_known == MOST_KNOWN || n_free(e) <= all->at_work) {
            continue;
        }
        const address from = leaf_at(e, p, leaf);
        if (find_known(all, &from) == NULL) {
            const int vector = load_leaf(e, p, leaf);
            know(all, &from, vector, false, all->reads[p->turn][leaf].last);
        }
    }
}

static void emit_row(emitter *e, cluster *all, size_t first_target, size_t row, int half)
{
    place p = {.all = all, .first_target = first_target, .row = row, .half = half};
    for (bool more = true; more;) {
        load_shared(e, all, &p);
        emit_value(e, all, &p);
        for (size_t k = all->n_known; k-- > 0;) {
            if (all->known[k].last != ALL_ROWS && all->known[k].last <= p.turn) {
                forget(e, all, k);
            }
        }
        more = next_turn(&p);
    }
}

/* What is one row for all rows is loaded before them, while there are vectors. */
static void keep_rows(emitter *e, cluster *all, size_t first_target, int first_half, int end_half)
{
    place p = {.all = all, .first_target = first_target};
    for (; p.op < all->n_ops && all->ops[0].n_rows > 1; ++p.op) {
        for (p.side = 0; p.side < n_sides(all, p.op); ++p.side) {
            for (p.half = first_half; p.half < end_half; ++p.half) {
                for (int leaf = 0; leaf < N_LEAVES; ++leaf) {
                    const bool one = is_used(all, p.op, leaf) && is_one_row(&all->ops[p.op], leaf);
                    const address from = one ? leaf_at(e, &p, leaf) : (address){.base = RSP, .index = NO_INDEX};
                    if (one && find_known(all, &from) == NULL && n_free(e) > all->at_work + 1) {
                        const int vector = take(e);
                        x86_load_vector(&e->code, vector, &from);
                        know(all, &from, vector, false, ALL_ROWS);
                    }
                }
            }
        }
    }
}

/* Rows written out in a loop, all of them when these are few; a number that leaves none over, if there is one. */
static size_t rows_at_a_time(const cluster *all)
{
    const size_t n = all->ops[0].n_rows, others = all->n_targets * all->n_ops, most = others < UNROLLED_ROWS / 2 ? UNROLLED_ROWS / others : 2;
    if (n * others <= UNROLLED_ROWS) {
        return n;
    }
    const size_t fit = most < LOOPED_ROWS ? most : LOOPED_ROWS;
    for (size_t k = fit; k > 1; --k) {
        if (n % k == 0) {
            return k;
        }
    }
    return fit < n ? fit : n;
}

static void emit_rows(emitter *e, cluster *all, size_t target, int first_half, int end_half)
{
    const size_t n = all->ops[0].n_rows, each = rows_at_a_time(all);
    find_reads(e, all, target);
    keep_rows(e, all, target, first_half, end_half);
    size_t row = 0;
    if (each < n) {
        x86_zero(&e->code, RAX);
        const uint8_t *const again = e->code.at;
        e->indexed = true;
        for (; row < each; ++row) {
            for (int half = first_half; half < end_half; ++half) {
                emit_row(e, all, target, row, half);
            }
        }
        e->indexed = false;
        row = n / each * each;
        x86_add_const(&e->code, RAX, (int32_t)each * ROW);
        x86_compare_const(&e->code, RAX, (int32_t)row * ROW);
        x86_back_if(&e->code, IF_NOT_ZERO, again);
    }
    for (; row < n; ++row) {
        for (int half = first_half; half < end_half; ++half) {
            emit_row(e, all, target, row, half);
        }
    }
    while (all->n_known > e->n_lasting) {
        forget(e, all, all->n_known - 1);
    }
}

/* How targets go side by side: what they share is loaded once, as long as what each has of its own stays in vectors; half by half that is half as many. */
typedef struct arrangement {
    size_t n;
    bool by_halves;
} arrangement;

/* What it adds to is one of its operands, too. */
static bool adds_to_operand(const e2l_native_op *op)
{
    for (int k = 0; k < E2L_OP_INPUTS; ++k) {
        if (op->in[k].is_there && !op->in[k].is_number && op->in[k].slot == op->out.slot && op->in[k].disp == op->out.disp && op->in[k].target == op->out.target) {
            return true;
        }
    }
    return false;
}

static arrangement arrange(const cluster *all)
{
    const e2l_native_op *const last = &all->ops[all->n_ops - 1];
    size_t own = 0, common = 0, rows = 0;
    for (size_t k = 0; k < all->n_ops; ++k) {
        const e2l_native_op *const op = &all->ops[k];
        for (int leaf = 0; leaf < N_LEAVES; ++leaf) {
            const bool used = is_used(all, k, leaf), one = is_one_row(op, leaf), same = leaf > OUT || leaf_of(op, leaf)->target == 0;
            own += used && one && !same ? 1 : 0;
            common += used && one && same ? 1 : 0;
            rows += used && !one && !(leaf == OUT && adds_to_operand(op)) ? 1 : 0;
        }
    }
    static const arrangement choices[] = {{MOST_SIDES, false}, {MOST_SIDES, true}, {2, false}, {1, false}};
    size_t k = 0;
    for (; k + 1 < sizeof choices / sizeof *choices; ++k) {
        const size_t halves = choices[k].by_halves ? 1 : HALVES;
        if (last->n_targets % choices[k].n == 0 && (own * choices[k].n + common) * halves + rows + (size_t)all->at_work <= FREE) {
            break;
        }
    }
    return choices[k];
}

static void count_uses(const recipe *r, uint8_t used[N_LEAVES])
{
    const int n = r->mask != NO_VECTOR ? r->n - 1 : r->n; /* its 1 is put in where a number is wanted */
    if (r->value < NODE) {
        used[r->value]++;
    }
    for (int k = 0; k < n; ++k) {
        const node *const at = &r->nodes[k];
        const int arguments[3] = {at->a, at->b, at->c};
        for (int i = 0; i < e2l_native_arity(at->kind); ++i) {
            if (arguments[i] < NODE) {
                used[arguments[i]]++;
            }
        }
    }
}

static void make_cluster(const emitter *e, cluster *all, const e2l_native_op *ops, size_t n)
{
    all->ops = ops;
    all->n_ops = n;
    all->n_targets = 1;
    all->first_by = 0;
    while (all->first_by < n && ops[all->first_by].n_targets == 1) {
        all->first_by++;
    }
    all->n_known = e->n_lasting;
    for (size_t k = 0; k < e->n_lasting; ++k) {
        all->known[k] = (known){.at = e->lasting[k], .vector = FREE - 1 - (int)k, .last = ALL_ROWS};
    }
    all->at_work = TREE_AT_WORK;
    for (size_t k = 0; k < n; ++k) {
        e2l_native_make_recipe(e->native, &ops[k], &all->recipes[k]);
        all->at_work = ops[k].form.kind == E2L_FORM_CALL ? CALL_AT_WORK : all->at_work;
        memset(all->used[k], 0, sizeof all->used[k]);
        count_uses(&all->recipes[k], all->used[k]);
        all->n_leaves[k] = 0;
        for (uint8_t leaf = 0; leaf < N_LEAVES; ++leaf) {
            if (all->used[k][leaf] > 0) {
                all->leaves[k][all->n_leaves[k]++] = leaf;
            }
        }
    }
}

static void emit_some(emitter *e, void *what, size_t target, size_t n)
{
    cluster *const all = what;
    all->n_targets = n;
    if (all->by_halves) {
        emit_rows(e, all, target, 0, 1);
        emit_rows(e, all, target, 1, HALVES);
    } else {
        emit_rows(e, all, target, 0, HALVES);
    }
}

size_t e2l_native_emit_elements(emitter *e, const e2l_native_op *ops, size_t n)
{
    cluster all;
    make_cluster(e, &all, ops, n);
    if (all.first_by > 0 && all.first_by < n && arrange(&all).n < ops[n - 1].n_targets) { /* what would be made again and again is made before */
        n = all.first_by;
        make_cluster(e, &all, ops, n);
    }
    const arrangement a = arrange(&all);
    all.by_halves = a.by_halves;
    e2l_native_emit_targets(e, ops, n, a.n, emit_some, &all);
    return n;
}

/* How often a number is wanted. */
typedef struct wanted {
    address at;
    size_t n;
} wanted;

static void want(wanted *list, size_t *n, const address *at, size_t uses)
{
    enum { MOST = E2L_NATIVE_NUMBERS + N_LEAVES };
    size_t k = 0;
    while (k < *n && !same_address(&list[k].at, at)) {
        ++k;
    }
    if (k == *n && k < MOST) {
        list[(*n)++] = (wanted){*at, 0};
    }
    if (k < *n) {
        list[k].n += uses;
    }
}

void e2l_native_emit_lasting(emitter *e)
{
    cluster all;
    wanted list[E2L_NATIVE_NUMBERS + N_LEAVES];
    size_t n = 0;
    make_cluster(e, &all, e->group->ops, e->group->n);
    for (place p = {.all = &all}; p.op < all.n_ops; ++p.op) {
        for (int k = 0; k < all.n_leaves[p.op]; ++k) {
            const int leaf = all.leaves[p.op][k];
            const address at = leaf_at(e, &p, leaf);
            if (at.base == R15) {
                want(list, &n, &at, all.used[p.op][leaf]);
            }
        }
    }
    while (e->n_lasting < MOST_LASTING && n > 0) {
        size_t best = 0;
        for (size_t k = 1; k < n; ++k) {
            best = list[k].n > list[best].n ? k : best;
        }
        const int vector = FREE - 1 - (int)e->n_lasting;
        e->taken |= 1u << vector;
        x86_load_vector(&e->code, vector, &list[best].at);
        e->lasting[e->n_lasting++] = list[best].at;
        list[best] = list[--n];
    }
}

void e2l_native_emit_synapses(emitter *e, const e2l_native_op *ops, size_t n)
{
    cluster all;
    make_cluster(e, &all, ops, n);
    find_reads(e, &all, 0);
    e->indexed = true;
    emit_row(e, &all, 0, 0, 0);
    e->indexed = false;
    while (all.n_known > 0) {
        forget(e, &all, all.n_known - 1);
    }
}

static bool is_of_same_area(const e2l_native_group *group, const e2l_native_operand *a, const e2l_native_operand *b)
{
    const e2l_native_slot *const of_a = &group->slots[a->slot], *const of_b = &group->slots[b->slot];
    return a->is_there && !a->is_number && b->is_there && !b->is_number && of_a->rows_in == of_b->rows_in && of_a->row == of_b->row;
}

/* Whether call k of the group, not by targets, may be made again for the targets of the calls from `first` to `end`, which alone want it. */
static bool can_repeat(const e2l_native_group *group, size_t k, size_t first, size_t end)
{
    const e2l_native_op *const op = &group->ops[k];
    bool row_by_row = true; /* not as a value of the targets, of which there may be as many */
    for (size_t reader = first; reader < end; ++reader) {
        for (int i = 0; i < E2L_OP_INPUTS; ++i) {
            const e2l_native_operand *const in = &group->ops[reader].in[i];
            const bool by_rows = in->slot == op->out.slot && in->row == op->out.row && in->target == 0;
            row_by_row = row_by_row && (by_rows || !is_of_same_area(group, in, &op->out));
        }
    }
    return row_by_row && !op->form.final && op->limit < 0 && op->last_reader < end && !adds_to_operand(op);
}

/* How many calls from `first` on are over the same rows of so many targets. */
static size_t n_alike(const e2l_native_group *group, size_t first, size_t n_targets, size_t n_rows)
{
    size_t n = 0;
    while (first + n < group->n && !e2l_native_is_sum(&group->ops[first + n]) && group->ops[first + n].n_targets == n_targets && group->ops[first + n].n_rows == n_rows) {
        ++n;
    }
    return n;
}

/* Calls over the same rows; those that do not go by targets and are only made for some that do, together with these. */
size_t e2l_native_cluster(const e2l_native_group *group, size_t first)
{
    const e2l_native_op *const op = &group->ops[first];
    const size_t n = n_alike(group, first, op->n_targets, op->n_rows), end = first + n;
    if (op->n_targets > 1 || end == group->n) {
        return n;
    }
    const size_t n_by = group->ops[end].n_targets > 1 ? n_alike(group, end, group->ops[end].n_targets, op->n_rows) : 0;
    bool repeats = n_by > 0;
    for (size_t k = first; k < end; ++k) {
        repeats = repeats && can_repeat(group, k, end, end + n_by);
    }
    return repeats ? n + n_by : n;
}
#endif

/* archive.c: which entries belong.

   An entry belongs when no simpler or equally simple one is as good, except its own equals, of which one is chosen by
   a total order. Whether it belongs depends on the set offered alone: what is pushed out was beaten by something that
   stays or is itself beaten by what stays. */
#include "cgp/archive.h"

#include <string.h>

#include "cgp/archive_impl.h"

e2l_status e2l_archive_create(e2l_ctx *ctx, e2l_archive **out, size_t n_slots)
{
    *out = NULL;
    if (n_slots == 0) {
        return e2l_fail(ctx, E2L_INPUT, "archive: slots: 0; needed: at least 1");
    }
    e2l_archive *archive = e2l_alloc(ctx, 1, sizeof *archive);
    if (!archive) {
        return E2L_NOMEM;
    }
    archive->ctx = ctx;
    archive->n_slots = n_slots;
    archive->memo = e2l_alloc(ctx, E2L_ARCHIVE_MEMO, sizeof archive->memo[0]);
    if (!archive->memo) {
        e2l_free(ctx, archive);
        return E2L_NOMEM;
    }
    *out = archive;
    return E2L_OK;
}

void e2l_archive_reset(e2l_archive *archive)
{
    for (size_t k = 0; k < archive->n; k++) {
        e2l_free(archive->ctx, archive->entries[k]);
    }
    archive->n = 0;
}

void e2l_archive_destroy(e2l_archive *archive)
{
    if (!archive) {
        return;
    }
    e2l_archive_reset(archive);
    e2l_free(archive->ctx, archive->entries);
    e2l_free(archive->ctx, archive->memo);
    e2l_free(archive->ctx, archive);
}

size_t e2l_archive_n(const e2l_archive *archive)
{
    return archive->n;
}

void e2l_archive_get(const e2l_archive *archive, size_t k, e2l_archive_entry *out)
{
    *out = *archive->entries[k];
}

/* ---- one block per entry: entry, two lists of texts, rates, letters ---- */

static size_t letters_of(char *const *texts, size_t n)
{
    size_t letters = 0;
    for (size_t k = 0; k < n; k++) {
        letters += strlen(texts[k]) + 1;
    }
    return letters;
}

static char *copy_texts(char **to, char *const *from, size_t n, char *letters)
{
    for (size_t k = 0; k < n; k++) {
        size_t size = strlen(from[k]) + 1;
        memcpy(letters, from[k], size);
        to[k] = letters;
        letters += size;
    }
    return letters;
}

e2l_archive_entry *e2l_archive_copy(e2l_archive *archive, const e2l_archive_entry *entry)
{
    size_t n = archive->n_slots;
    size_t letters = letters_of(entry->rules, n) + letters_of(entry->canonical, n);
    size_t bytes = sizeof *entry + n * sizeof(double) + 2 * n * sizeof(char *) + letters;
    e2l_archive_entry *copy = e2l_alloc(archive->ctx, 1, bytes);
    if (!copy) {
        return NULL;
    }
    double *etas = (double *)(void *)(copy + 1);
    char **rules = (char **)(void *)(etas + n), **canonical = rules + n;
    char *free_letters = copy_texts(rules, entry->rules, n, (char *)(canonical + n));
    (void)copy_texts(canonical, entry->canonical, n, free_letters);
    memcpy(etas, entry->etas, n * sizeof etas[0]);
    *copy = *entry;
    copy->rules = rules;
    copy->canonical = canonical;
    copy->etas = etas;
    return copy;
}

/* ---- the order among equals in fitness and complexity ---- */

static int order_words(const uint64_t *a, const uint64_t *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (a[k] != b[k]) {
            return a[k] < b[k] ? -1 : 1;
        }
    }
    return 0;
}

static int order_texts(char *const *a, char *const *b, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        int order = strcmp(a[k], b[k]);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

/* What the contract names comes first; the rest makes the order total, so that no two different entries tie. */
static int order_equals(const e2l_archive_entry *a, const e2l_archive_entry *b, size_t n)
{
    const uint64_t where_a[] = {a->generation, a->island}, where_b[] = {b->generation, b->island};
    int order = order_words(where_a, where_b, 2);
    order = order != 0 ? order : order_texts(a->canonical, b->canonical, n);
    order = order != 0 ? order : order_texts(a->rules, b->rules, n);
    if (order != 0) {
        return order;
    }
    const uint64_t rest_a[] = {a->id, a->parent, a->fitness.n_ok, a->fitness.fail_step};
    const uint64_t rest_b[] = {b->id, b->parent, b->fitness.n_ok, b->fitness.fail_step};
    order = order_words(rest_a, rest_b, 4);
    return order != 0 ? order : memcmp(a->etas, b->etas, n * sizeof a->etas[0]);
}

/* ---- insertion ---- */

/* The first entry of at least this complexity. */
static size_t place_of(const e2l_archive *archive, size_t complexity)
{
    size_t k = 0;
    while (k < archive->n && archive->entries[k]->complexity < complexity) {
        k++;
    }
    return k;
}

/* Fitness rises along the archive, so the entry just below `at` is the best of all simpler ones. */
static bool beaten(const e2l_archive *archive, size_t complexity, e2l_fitness fitness)
{
    size_t at = place_of(archive, complexity);
    if (at > 0 && e2l_fitness_compare(fitness, archive->entries[at - 1]->fitness) <= 0) {
        return true;
    }
    bool same = at < archive->n && archive->entries[at]->complexity == complexity;
    return same && e2l_fitness_compare(fitness, archive->entries[at]->fitness) < 0;
}

static bool reserve(e2l_archive *archive)
{
    if (archive->n < archive->capacity) {
        return true;
    }
    size_t wider = archive->capacity > 0 ? 2 * archive->capacity : 16;
    e2l_archive_entry **moved = e2l_realloc(archive->ctx, archive->entries, wider, sizeof *moved);
    if (!moved) {
        return false;
    }
    archive->entries = moved;
    archive->capacity = wider;
    return true;
}

/* Entries from `at` on that are no better than the one to come: they are at least as complex. */
static size_t count_beaten(const e2l_archive *archive, size_t at, e2l_fitness fitness)
{
    size_t n = 0;
    while (at + n < archive->n && e2l_fitness_compare(archive->entries[at + n]->fitness, fitness) <= 0) {
        n++;
    }
    return n;
}

static void replace(e2l_archive *archive, size_t at, size_t n_out, e2l_archive_entry *in)
{
    for (size_t k = 0; k < n_out; k++) {
        e2l_free(archive->ctx, archive->entries[at + k]);
    }
    size_t n_after = archive->n - at - n_out;
    memmove(archive->entries + at + 1, archive->entries + at + n_out, n_after * sizeof archive->entries[0]);
    archive->entries[at] = in;
    archive->n += 1 - n_out;
}

e2l_status e2l_archive_insert(e2l_archive *archive, const e2l_archive_entry *entry)
{
    if (beaten(archive, entry->complexity, entry->fitness)) {
        return E2L_OK;
    }
    size_t at = place_of(archive, entry->complexity);
    bool same = at < archive->n && archive->entries[at]->complexity == entry->complexity;
    if (same && e2l_fitness_compare(archive->entries[at]->fitness, entry->fitness) == 0 &&
        order_equals(archive->entries[at], entry, archive->n_slots) <= 0) {
        return E2L_OK;
    }
    e2l_archive_entry *copy = reserve(archive) ? e2l_archive_copy(archive, entry) : NULL;
    if (!copy) {
        return E2L_NOMEM;
    }
    replace(archive, at, count_beaten(archive, at, entry->fitness), copy);
    return E2L_OK;
}

e2l_status e2l_archive_merge(e2l_archive *archive, const e2l_archive *other)
{
    if (archive->n_slots != other->n_slots) {
        return e2l_fail(archive->ctx, E2L_INTERNAL, "archive: merging %zu slots with %zu", archive->n_slots,
                        other->n_slots);
    }
    e2l_status status = E2L_OK;
    for (size_t k = 0; archive != other && k < other->n && status == E2L_OK; k++) {
        status = e2l_archive_insert(archive, other->entries[k]);
    }
    return status;
}

/* Fitness alone can only keep an offer out for sure when the simplest thing there is, a bare name (complexity 0), is
   better: a canonical form can be that simple whatever it was made from. */
static bool hopeless(const e2l_archive *archive, e2l_fitness fitness)
{
    return archive->n > 0 && archive->entries[0]->complexity == 0 &&
           e2l_fitness_compare(fitness, archive->entries[0]->fitness) < 0;
}

/* Identity of the rules as they stand, node by node: equal means the same canonical form. */
static e2l_key key_of(const e2l_archive *archive, const e2l_expr *const *rules)
{
    e2l_key key = {archive->n_slots, 0};
    for (size_t slot = 0; slot < archive->n_slots; slot++) {
        const e2l_node *nodes = e2l_expr_nodes(rules[slot]);
        size_t n = e2l_expr_n_nodes(rules[slot]);
        for (size_t k = 0; k < n; k++) {
            const e2l_node *node = &nodes[k];
            uint64_t words[2 + E2L_MAX_ARITY] = {(uint64_t)node->kind, slot};
            const char *name = "";
            if (node->kind == E2L_NODE_CONST) {
                memcpy(&words[2], &node->value, sizeof node->value);
            } else if (node->kind == E2L_NODE_NAME) {
                name = e2l_expr_name(rules[slot], node->name);
            } else {
                name = node->primitive->name;
                for (size_t i = 0; i < node->primitive->arity; i++) {
                    words[2 + i] = node->arg[i];
                }
            }
            key = e2l_key_bytes(words, sizeof words, key);
            key = e2l_key_bytes(name, strlen(name), key);
        }
    }
    return key;
}

bool e2l_archive_recall(const e2l_archive *archive, const e2l_expr *const *rules, size_t *complexity)
{
    e2l_key key = key_of(archive, rules);
    const archive_memo *memo = &archive->memo[key.low % E2L_ARCHIVE_MEMO];
    *complexity = memo->complexity;
    return memo->used && memo->key.low == key.low && memo->key.high == key.high;
}

/* ---- offers: texts and complexity of rules ---- */

/* The canonical form, or the rule itself where that cannot be written down. Appends text and NUL. */
static e2l_status write_canonical(e2l_archive *archive, const e2l_expr *rule, e2l_text *text, size_t *complexity)
{
    e2l_expr *canonical;
    e2l_status status = e2l_expr_canonical(archive->ctx, &canonical, rule);
    if (status == E2L_OK && e2l_expr_tree_size(canonical) <= E2L_EXPR_MAX_TREE) {
        *complexity += e2l_expr_complexity(canonical);
        status = e2l_expr_print(canonical, E2L_STYLE_SHORTEST, text);
    } else if (status != E2L_NOMEM) {
        *complexity += e2l_expr_complexity(rule);
        status = e2l_expr_print(rule, E2L_STYLE_SHORTEST, text);
    }
    e2l_expr_destroy(archive->ctx, canonical);
    e2l_text_append_n(text, "", 1);
    return status;
}

static e2l_status write_rules(e2l_archive *archive, const e2l_expr *const *rules, e2l_text *text,
                              size_t *complexity)
{
    e2l_status status = E2L_OK;
    for (size_t k = 0; k < archive->n_slots && status == E2L_OK; k++) {
        status = e2l_expr_print(rules[k], E2L_STYLE_SHORTEST, text);
        e2l_text_append_n(text, "", 1);
    }
    for (size_t k = 0; k < archive->n_slots && status == E2L_OK; k++) {
        status = write_canonical(archive, rules[k], text, complexity);
    }
    return status == E2L_OK ? e2l_text_status(text) : status;
}

/* `text` holds 2 * n_slots strings one after the other. */
static e2l_status insert_texts(e2l_archive *archive, e2l_archive_entry *entry, const e2l_text *text)
{
    size_t n = 2 * archive->n_slots;
    char **texts = e2l_alloc(archive->ctx, n, sizeof *texts);
    if (!texts) {
        return E2L_NOMEM;
    }
    char *at = text->data;
    for (size_t k = 0; k < n; k++) {
        texts[k] = at;
        at += strlen(at) + 1;
    }
    entry->rules = texts;
    entry->canonical = texts + archive->n_slots;
    e2l_status status = e2l_archive_insert(archive, entry);
    e2l_free(archive->ctx, texts);
    return status;
}

/* A rule that cannot be written down is no entry. */
static bool writable(const e2l_archive *archive, const e2l_expr *const *rules)
{
    for (size_t k = 0; k < archive->n_slots; k++) {
        if (e2l_expr_tree_size(rules[k]) > E2L_EXPR_MAX_TREE) {
            return false;
        }
    }
    return true;
}

e2l_status e2l_archive_offer(e2l_archive *archive, const e2l_expr *const *rules, e2l_fitness fitness,
                             const double *etas, uint64_t generation, uint64_t island, uint64_t id,
                             uint64_t parent)
{
    if (!fitness.ok || e2l_fitness_compare(fitness, e2l_fitness_worst()) <= 0 || hopeless(archive, fitness)) {
        return E2L_OK;
    }
    e2l_key key = key_of(archive, rules);
    archive_memo *memo = &archive->memo[key.low % E2L_ARCHIVE_MEMO];
    bool known = memo->used && memo->key.low == key.low && memo->key.high == key.high;
    if ((known && beaten(archive, memo->complexity, fitness)) || !writable(archive, rules)) {
        return E2L_OK;
    }
    e2l_archive_entry entry = {.fitness = fitness, .generation = generation, .island = island, .id = id,
                               .parent = parent, .etas = etas};
    entry.fitness.score += 0.0; /* one zero */
    e2l_text text;
    e2l_text_init(&text, archive->ctx);
    e2l_status status = write_rules(archive, rules, &text, &entry.complexity);
    if (status == E2L_OK) {
        *memo = (archive_memo){.key = key, .complexity = entry.complexity, .used = true};
        status = insert_texts(archive, &entry, &text);
    }
    e2l_text_clear(&text);
    return status;
}

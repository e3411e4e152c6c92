/* archive_state.c: an archive as bytes and back. What is read must be an archive: texts that parse, a front that
   rises in complexity and fitness, complexities that are those of the canonical texts. */
#include <string.h>

#include "cgp/archive.h"
#include "cgp/archive_impl.h"
#include "cgp/pack.h"

static const char magic[] = "e2larch";
enum { VERSION = 1 };

static void pack_entry(const e2l_archive *archive, const e2l_archive_entry *entry, e2l_text *out)
{
    e2l_pack_u64(out, entry->complexity);
    e2l_pack_fitness(out, entry->fitness);
    e2l_pack_u64(out, entry->generation);
    e2l_pack_u64(out, entry->island);
    e2l_pack_u64(out, entry->id);
    e2l_pack_u64(out, entry->parent);
    for (size_t k = 0; k < archive->n_slots; k++) {
        e2l_pack_text(out, entry->rules[k]);
        e2l_pack_text(out, entry->canonical[k]);
        e2l_pack_double(out, entry->etas[k]);
    }
}

e2l_status e2l_archive_save(const e2l_archive *archive, e2l_text *out)
{
    size_t start = e2l_pack_begin(out, magic, VERSION);
    e2l_pack_u64(out, archive->n_slots);
    e2l_pack_u64(out, archive->n);
    for (size_t k = 0; k < archive->n; k++) {
        pack_entry(archive, archive->entries[k], out);
    }
    e2l_pack_end(out, start);
    return e2l_text_status(out);
}

static e2l_status damaged(const e2l_archive *archive, size_t k, const char *why)
{
    return e2l_fail(archive->ctx, E2L_INPUT, "archive: entry %zu: %s", k + 1, why);
}

/* Adds the complexity of a text to *complexity; E2L_INPUT when it is no formula. */
static e2l_status weigh(const e2l_archive *archive, const char *text, size_t *complexity)
{
    const e2l_scope anything = {.any_name = true};
    e2l_expr *expr;
    e2l_status status = e2l_expr_parse(archive->ctx, &expr, text, strlen(text), &anything);
    if (status == E2L_OK) {
        *complexity += e2l_expr_complexity(expr);
        e2l_expr_destroy(archive->ctx, expr);
    }
    return status;
}

static e2l_status check_texts(const e2l_archive *archive, const e2l_archive_entry *entry, size_t k)
{
    size_t complexity = 0, ignored = 0;
    for (size_t slot = 0; slot < archive->n_slots; slot++) {
        e2l_status status = weigh(archive, entry->rules[slot], &ignored);
        if (status == E2L_OK) {
            status = weigh(archive, entry->canonical[slot], &complexity);
        }
        if (status != E2L_OK) {
            return e2l_fail_at(archive->ctx, status, "archive: entry %zu", k + 1);
        }
    }
    return complexity == entry->complexity ? E2L_OK
                                           : damaged(archive, k, "complexity is not that of the canonical text");
}

/* Room for the pointers and rates of one entry that is being read. */
typedef struct draft {
    char **rules, **canonical;
    double *etas;
} draft;

/* Texts are borrowed from the bytes and only read before they are copied. */
static char *text_of(e2l_unpack *u)
{
    union {
        const char *in;
        char *out;
    } text = {.in = e2l_unpack_text(u)};
    return text.out;
}

static e2l_status read_entry(e2l_archive *archive, e2l_unpack *u, const draft *d, size_t k)
{
    e2l_archive_entry entry = {.rules = d->rules, .canonical = d->canonical, .etas = d->etas};
    uint64_t complexity = e2l_unpack_u64(u);
    entry.complexity = (size_t)complexity;
    entry.fitness = e2l_unpack_fitness(u);
    entry.generation = e2l_unpack_u64(u);
    entry.island = e2l_unpack_u64(u);
    entry.id = e2l_unpack_u64(u);
    entry.parent = e2l_unpack_u64(u);
    for (size_t slot = 0; slot < archive->n_slots; slot++) {
        d->rules[slot] = text_of(u);
        d->canonical[slot] = text_of(u);
        d->etas[slot] = e2l_unpack_double(u);
    }
    if (u->bad || !entry.fitness.ok) {
        return damaged(archive, k, "cut off, or a value out of range");
    }
    const e2l_archive_entry *last = archive->n > 0 ? archive->entries[archive->n - 1] : NULL;
    if (last && (last->complexity >= entry.complexity ||
                 e2l_fitness_compare(last->fitness, entry.fitness) >= 0)) {
        return damaged(archive, k, "complexity and fitness do not rise");
    }
    e2l_status status = check_texts(archive, &entry, k);
    return status == E2L_OK ? e2l_archive_insert(archive, &entry) : status;
}

static e2l_status read_entries(e2l_archive *archive, e2l_unpack *u)
{
    uint64_t n_slots = e2l_unpack_u64(u), n = e2l_unpack_u64(u);
    if (u->bad || n_slots != archive->n_slots) {
        return e2l_fail(archive->ctx, E2L_INPUT, "archive: saved with %llu slots; this one has %zu",
                        (unsigned long long)n_slots, archive->n_slots);
    }
    char **texts = e2l_alloc(archive->ctx, 2 * archive->n_slots, sizeof *texts);
    double *etas = texts ? e2l_alloc(archive->ctx, archive->n_slots, sizeof *etas) : NULL;
    e2l_status status = etas ? E2L_OK : E2L_NOMEM;
    for (size_t k = 0; k < n && status == E2L_OK; k++) {
        const draft d = {.rules = texts, .canonical = texts + archive->n_slots, .etas = etas};
        status = read_entry(archive, u, &d, k);
    }
    if (status == E2L_OK && !e2l_unpack_done(u)) {
        status = e2l_fail(archive->ctx, E2L_INPUT, "archive: bytes left over");
    }
    e2l_free(archive->ctx, texts);
    e2l_free(archive->ctx, etas);
    return status;
}

/* Reads into an archive of its own and takes its entries over when all are good. */
e2l_status e2l_archive_load(e2l_archive *archive, const void *bytes, size_t n)
{
    e2l_unpack u;
    e2l_status status = e2l_unpack_open(archive->ctx, &u, bytes, n, magic, VERSION, "archive");
    if (status != E2L_OK) {
        return status;
    }
    e2l_archive fresh = {.ctx = archive->ctx, .n_slots = archive->n_slots};
    status = read_entries(&fresh, &u);
    if (status != E2L_OK) {
        e2l_archive_reset(&fresh);
        e2l_free(archive->ctx, fresh.entries);
        return status;
    }
    e2l_archive_reset(archive);
    e2l_free(archive->ctx, archive->entries);
    archive->entries = fresh.entries;
    archive->n = fresh.n;
    archive->capacity = fresh.capacity;
    return E2L_OK;
}

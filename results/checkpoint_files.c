/* checkpoint_files.c: checkpoint/NNNNNNNNNNNN: written whole, the last two kept. */
#include "results/run_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "results/run_folder_impl.h"

enum { N_DIGITS = 12, NAME_BYTES = 64 };
static const uint64_t TOO_LARGE = 1000000000000; /* 10^N_DIGITS */

static void checkpoint_name(char name[NAME_BYTES], uint64_t generation)
{
    (void)snprintf(name, NAME_BYTES, "%0*llu", N_DIGITS, (unsigned long long)(generation % TOO_LARGE));
}

/* True when `name` is one of ours. */
static bool read_name(const char *name, uint64_t *generation)
{
    if (strlen(name) != N_DIGITS || strspn(name, "0123456789") != N_DIGITS) {
        return false;
    }
    *generation = 0;
    for (const char *c = name; *c; c++) {
        *generation = *generation * 10 + (uint64_t)(*c - '0');
    }
    return true;
}

/* Puts `generation` into the list of the newest, newest first. */
static void insert(uint64_t *list, size_t *n, uint64_t generation)
{
    size_t at = *n;
    while (at > 0 && list[at - 1] < generation) {
        at--;
    }
    if (at == E2L_MAX_CHECKPOINTS) {
        return;
    }
    *n += *n < E2L_MAX_CHECKPOINTS ? 1 : 0;
    memmove(list + at + 1, list + at, (*n - 1 - at) * sizeof *list);
    list[at] = generation;
}

size_t e2l_checkpoint_list(e2l_ctx *ctx, const char *dir, uint64_t generations[E2L_MAX_CHECKPOINTS])
{
    size_t n = 0;
    uint64_t generation;
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    DIR *folder = path ? opendir(path) : NULL;
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        if (read_name(entry->d_name, &generation)) {
            insert(generations, &n, generation);
        }
    }
    if (folder) {
        (void)closedir(folder);
    }
    e2l_free(ctx, path);
    return n;
}

/* Removes what lies beyond the newest `n_kept`. */
static e2l_status forget_old(e2l_ctx *ctx, const char *dir, const char *path, size_t n_kept)
{
    uint64_t list[E2L_MAX_CHECKPOINTS] = {0};
    char name[NAME_BYTES];
    e2l_status status = E2L_OK;
    for (size_t n = e2l_checkpoint_list(ctx, dir, list); status == E2L_OK && n > n_kept;
         n = e2l_checkpoint_list(ctx, dir, list)) {
        for (size_t k = n_kept; status == E2L_OK && k < n; k++) {
            checkpoint_name(name, list[k]);
            status = e2l_folder_remove(ctx, path, name);
        }
    }
    return status;
}

e2l_status e2l_checkpoint_write(e2l_ctx *ctx, const char *dir, uint64_t generation, const void *bytes, size_t n)
{
    char name[NAME_BYTES];
    checkpoint_name(name, generation);
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    if (!path) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_make_level(ctx, path);
    if (status == E2L_OK) {
        status = e2l_folder_write(ctx, path, name, bytes, n);
    }
    if (status == E2L_OK) {
        status = forget_old(ctx, dir, path, E2L_KEPT_CHECKPOINTS);
    }
    e2l_free(ctx, path);
    return status;
}

e2l_status e2l_checkpoint_read(e2l_ctx *ctx, char **out, size_t *n, const char *dir, uint64_t generation)
{
    char name[NAME_BYTES];
    checkpoint_name(name, generation);
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    *out = NULL;
    *n = 0;
    e2l_status status = path ? e2l_folder_read(ctx, out, n, path, name) : E2L_NOMEM;
    e2l_free(ctx, path);
    return status;
}

e2l_status e2l_checkpoint_drop(e2l_ctx *ctx, const char *dir, uint64_t generation)
{
    char name[NAME_BYTES];
    checkpoint_name(name, generation);
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    e2l_status status = path ? e2l_folder_remove(ctx, path, name) : E2L_NOMEM;
    e2l_free(ctx, path);
    return status;
}

e2l_status e2l_checkpoint_clear(e2l_ctx *ctx, const char *dir)
{
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    if (!path) {
        return E2L_NOMEM;
    }
    e2l_status status = e2l_folder_tidy(ctx, dir);
    if (status == E2L_OK) {
        status = forget_old(ctx, dir, path, 0);
    }
    if (status == E2L_OK) {
        status = e2l_folder_remove(ctx, dir, E2L_FOLDER_CHECKPOINT);
    }
    e2l_free(ctx, path);
    return status;
}

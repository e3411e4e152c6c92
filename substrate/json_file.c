/* json_file.c: a whole file or pipe into memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "substrate/json.h"

static const size_t file_limit = (size_t)1 << 30;

/* Reads until the end, growing: sizes of pipes are not known beforehand. */
static e2l_status read_all(e2l_ctx *ctx, char **out, size_t *length, FILE *file, size_t guess,
                           const char *path)
{
    size_t capacity = guess + 2, n = 0;
    char *text = e2l_alloc(ctx, capacity, 1);
    while (text) {
        n += fread(text + n, 1, capacity - 1 - n, file);
        if (n < capacity - 1) {
            break;
        }
        if (n > file_limit) {
            e2l_free(ctx, text);
            return e2l_fail(ctx, E2L_INPUT, "%s: larger than 1 GiB", path);
        }
        capacity *= 2;
        char *grown = e2l_realloc(ctx, text, capacity, 1);
        if (!grown) {
            e2l_free(ctx, text);
        }
        text = grown;
    }
    if (!text) {
        return E2L_NOMEM;
    }
    if (ferror(file)) {
        e2l_free(ctx, text);
        return e2l_fail(ctx, E2L_IO, "%s: cannot be read: %s", path, strerror(errno));
    }
    text[n] = '\0';
    *out = text;
    *length = n;
    return E2L_OK;
}

e2l_status e2l_file_read(e2l_ctx *ctx, char **out, size_t *length, const char *path)
{
    *out = NULL;
    *length = 0;
    struct stat about;
    if (stat(path, &about) != 0) {
        return e2l_fail(ctx, E2L_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    }
    if (S_ISDIR(about.st_mode)) {
        return e2l_fail(ctx, E2L_INPUT, "%s: is a folder, expected a file", path);
    }
    bool is_regular = S_ISREG(about.st_mode);
    if (is_regular && about.st_size > (off_t)file_limit) {
        return e2l_fail(ctx, E2L_INPUT, "%s: larger than 1 GiB", path);
    }
    FILE *file = fopen(path, "rb");
    if (!file) {
        return e2l_fail(ctx, E2L_INPUT, "%s: cannot be opened: %s", path, strerror(errno));
    }
    size_t guess = is_regular && about.st_size > 0 ? (size_t)about.st_size : 4096;
    e2l_status status = read_all(ctx, out, length, file, guess, path);
    (void)fclose(file);
    return status;
}

/* run_folder.c: folders and files of a run: made, written as a whole, read back, removed. See run_folder.h. */
#include "results/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "results/run_folder_impl.h"

#define TEMPORARY ".tmp"

char *e2l_folder_path(e2l_ctx *ctx, const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *path = e2l_alloc(ctx, n, 1);
    if (path) {
        (void)snprintf(path, n, "%s/%s", dir, name);
    }
    return path;
}

e2l_status e2l_io_fail(e2l_ctx *ctx, const char *doing, const char *path)
{
    int why = errno;
    return e2l_fail(ctx, E2L_IO, "%s '%.300s': %s", doing, path, strerror(why));
}

bool e2l_folder_has(e2l_ctx *ctx, const char *dir, const char *name)
{
    char *path = e2l_folder_path(ctx, dir, name);
    struct stat info;
    bool found = path && stat(path, &info) == 0;
    e2l_free(ctx, path);
    return found;
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Makes one level; an existing folder is as good. */
e2l_status e2l_make_level(e2l_ctx *ctx, const char *path)
{
    struct stat info;
    if (mkdir(path, 0777) == 0) {
        return E2L_OK;
    }
    int why = errno;
    if (stat(path, &info) == 0) {
        return S_ISDIR(info.st_mode)
                   ? E2L_OK
                   : e2l_fail(ctx, E2L_INPUT, "'%.300s' is not a folder; name another one with --out DIR", path);
    }
    errno = why;
    return e2l_io_fail(ctx, "cannot make the folder", path);
}

/* mkdir -p. */
static e2l_status make_folders(e2l_ctx *ctx, const char *dir)
{
    char *path = e2l_strdup(ctx, dir);
    if (!path) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    for (size_t k = 1; status == E2L_OK && path[k] != '\0'; k++) {
        if (path[k] == '/' && path[k - 1] != '/') {
            path[k] = '\0';
            status = e2l_make_level(ctx, path);
            path[k] = '/';
        }
    }
    if (status == E2L_OK) {
        status = e2l_make_level(ctx, path);
    }
    e2l_free(ctx, path);
    return status;
}

/* The first entry of a folder into `name` (room 256), "" when it is empty. */
static e2l_status first_entry(e2l_ctx *ctx, const char *dir, char name[256])
{
    name[0] = '\0';
    DIR *folder = opendir(dir);
    if (!folder) {
        return e2l_io_fail(ctx, "cannot read the folder", dir);
    }
    for (struct dirent *entry = readdir(folder); entry && name[0] == '\0'; entry = readdir(folder)) {
        if (!is_dots(entry->d_name)) {
            (void)snprintf(name, 256, "%s", entry->d_name);
        }
    }
    (void)closedir(folder);
    return E2L_OK;
}

e2l_status e2l_folder_create(e2l_ctx *ctx, const char *dir)
{
    char name[256];
    if (*dir == '\0') {
        return e2l_fail(ctx, E2L_INPUT, "the run folder's name is empty; give --out DIR or output.dir");
    }
    e2l_status status = make_folders(ctx, dir);
    if (status == E2L_OK) {
        status = first_entry(ctx, dir, name);
    }
    if (status == E2L_OK && name[0] != '\0') {
        bool is_run = e2l_folder_has(ctx, dir, E2L_FILE_CONFIG);
        status = is_run ? e2l_fail(ctx, E2L_INPUT,
                                   "folder '%.200s' is not empty (it holds '%.60s'): go on with its run by `e2l resume "
                                   "%.200s` or name another one with --out DIR",
                                   dir, name, dir)
                        : e2l_fail(ctx, E2L_INPUT,
                                   "folder '%.300s' is not empty (it holds '%.60s') and without %s there is nothing to "
                                   "`e2l resume`; name another one with --out DIR",
                                   dir, name, E2L_FILE_CONFIG);
    }
    return status;
}

/* Looking and writing are two steps; making a folder is one, and a run needs this one anyway. */
e2l_status e2l_folder_claim(e2l_ctx *ctx, const char *dir)
{
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    if (!path) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    if (mkdir(path, 0777) != 0) {
        status = errno == EEXIST ? e2l_fail(ctx, E2L_INPUT,
                                            "another run has just begun in folder '%.300s'; name another one with --out DIR",
                                            dir)
                                 : e2l_io_fail(ctx, "cannot make the folder", path);
    }
    e2l_free(ctx, path);
    return status;
}

void e2l_folder_release(e2l_ctx *ctx, const char *dir)
{
    char *path = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    if (path) {
        (void)rmdir(path);
    }
    e2l_free(ctx, path);
}

e2l_status e2l_folder_check(e2l_ctx *ctx, const char *dir)
{
    struct stat info;
    if (stat(dir, &info) != 0) {
        int why = errno;
        return e2l_fail(ctx, E2L_INPUT, "run folder '%.300s': %s", dir, strerror(why));
    }
    if (!S_ISDIR(info.st_mode)) {
        return e2l_fail(ctx, E2L_INPUT, "'%.300s' is not a folder; a run folder is what `e2l run` made", dir);
    }
    if (!e2l_folder_has(ctx, dir, E2L_FILE_CONFIG)) {
        return e2l_fail(ctx, E2L_INPUT, "'%.300s' is not a run folder: it has no %s; start one with `e2l run`", dir,
                        E2L_FILE_CONFIG);
    }
    return E2L_OK;
}

e2l_status e2l_write_all(e2l_ctx *ctx, int file, const void *bytes, size_t n, const char *path)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(file, at, n);
        if (written < 0 && errno != EINTR) {
            return e2l_io_fail(ctx, "cannot write", path);
        }
        size_t done = written > 0 ? (size_t)written : 0;
        at += done;
        n -= done;
    }
    return E2L_OK;
}

/* The folder's own entry on the disk: without it a rename may be lost with the power. */
static e2l_status sync_folder(e2l_ctx *ctx, const char *dir)
{
    int folder = open(dir, O_RDONLY);
    if (folder < 0) {
        return e2l_io_fail(ctx, "cannot open the folder", dir);
    }
    /* Some file systems cannot fsync a folder (EINVAL); the rename itself is atomic all the same. */
    bool failed = fsync(folder) != 0 && errno == EIO;
    e2l_status status = failed ? e2l_io_fail(ctx, "cannot sync the folder", dir) : E2L_OK;
    (void)close(folder);
    return status;
}

static e2l_status write_temporary(e2l_ctx *ctx, const char *path, const void *bytes, size_t n)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0) {
        return e2l_io_fail(ctx, "cannot write", path);
    }
    e2l_status status = e2l_write_all(ctx, file, bytes, n, path);
    if (status == E2L_OK && fsync(file) != 0) {
        status = e2l_io_fail(ctx, "cannot sync", path);
    }
    if (close(file) != 0 && status == E2L_OK) {
        status = e2l_io_fail(ctx, "cannot close", path);
    }
    return status;
}

e2l_status e2l_folder_write(e2l_ctx *ctx, const char *dir, const char *name, const void *bytes, size_t n)
{
    e2l_text temporary = {.ctx = ctx};
    e2l_text_appendf(&temporary, "%s/%s" TEMPORARY, dir, name);
    char *path = e2l_folder_path(ctx, dir, name);
    e2l_status status = e2l_text_status(&temporary);
    if (status == E2L_OK && !path) {
        status = E2L_NOMEM;
    }
    if (status == E2L_OK) {
        const char *from = e2l_text_get(&temporary);
        status = write_temporary(ctx, from, bytes, n);
        if (status == E2L_OK && rename(from, path) != 0) {
            status = e2l_io_fail(ctx, "cannot rename into", path);
        }
        if (status != E2L_OK) {
            (void)unlink(from);
        } else {
            status = sync_folder(ctx, dir);
        }
    }
    e2l_text_clear(&temporary);
    e2l_free(ctx, path);
    return status;
}

static e2l_status read_open(e2l_ctx *ctx, char **out, size_t *n, int file, const char *path)
{
    struct stat info;
    if (fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0) {
        return e2l_fail(ctx, E2L_IO, "'%.300s' is not a regular file", path);
    }
    size_t size = (size_t)info.st_size;
    size_t done = 0;
    char *bytes = e2l_alloc(ctx, size + 1, 1);
    if (!bytes) {
        return E2L_NOMEM;
    }
    while (done < size) {
        ssize_t got = read(file, bytes + done, size - done);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            e2l_status status = got == 0 ? e2l_fail(ctx, E2L_IO, "'%.300s' shrank while it was read", path)
                                         : e2l_io_fail(ctx, "cannot read", path);
            e2l_free(ctx, bytes);
            return status;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    *out = bytes;
    *n = size;
    return E2L_OK;
}

e2l_status e2l_folder_read(e2l_ctx *ctx, char **out, size_t *n, const char *dir, const char *name)
{
    *out = NULL;
    *n = 0;
    char *path = e2l_folder_path(ctx, dir, name);
    if (!path) {
        return E2L_NOMEM;
    }
    int file = open(path, O_RDONLY);
    e2l_status status =
        file < 0 ? e2l_io_fail(ctx, "cannot read", path) : read_open(ctx, out, n, file, path);
    if (file >= 0) {
        (void)close(file);
    }
    e2l_free(ctx, path);
    return status;
}

e2l_status e2l_folder_remove(e2l_ctx *ctx, const char *dir, const char *name)
{
    char *path = e2l_folder_path(ctx, dir, name);
    if (!path) {
        return E2L_NOMEM;
    }
    e2l_status status = E2L_OK;
    if (unlink(path) != 0 && errno != ENOENT && rmdir(path) != 0) {
        status = e2l_io_fail(ctx, "cannot remove", path);
    }
    e2l_free(ctx, path);
    return status;
}

static bool is_temporary(const char *name)
{
    size_t n = strlen(name);
    size_t tail = strlen(TEMPORARY);
    return n > tail && strcmp(name + n - tail, TEMPORARY) == 0;
}

/* readdir may or may not see files that go while it runs, so: again until a pass removes nothing. */
static e2l_status tidy_pass(e2l_ctx *ctx, const char *dir, size_t *n_removed)
{
    *n_removed = 0;
    DIR *folder = opendir(dir);
    if (!folder) {
        return errno == ENOENT ? E2L_OK : e2l_io_fail(ctx, "cannot read the folder", dir);
    }
    e2l_status status = E2L_OK;
    for (struct dirent *entry = readdir(folder); entry && status == E2L_OK; entry = readdir(folder)) {
        if (is_temporary(entry->d_name)) {
            status = e2l_folder_remove(ctx, dir, entry->d_name);
            (*n_removed)++;
        }
    }
    (void)closedir(folder);
    return status;
}

static e2l_status tidy_one(e2l_ctx *ctx, const char *dir)
{
    size_t n_removed = 1;
    e2l_status status = E2L_OK;
    while (status == E2L_OK && n_removed > 0) {
        status = tidy_pass(ctx, dir, &n_removed);
    }
    return status;
}

e2l_status e2l_folder_tidy(e2l_ctx *ctx, const char *dir)
{
    char *below = e2l_folder_path(ctx, dir, E2L_FOLDER_CHECKPOINT);
    if (!below) {
        return E2L_NOMEM;
    }
    e2l_status status = tidy_one(ctx, dir);
    if (status == E2L_OK) {
        status = tidy_one(ctx, below);
    }
    e2l_free(ctx, below);
    return status;
}

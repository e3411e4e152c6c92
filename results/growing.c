/* growing.c: files that are appended to while a run lasts, and the lock that keeps two runs off one folder. */
#include "results/run_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "results/run_folder_impl.h"

struct e2l_growing {
    e2l_ctx *ctx; /* borrowed */
    char *path;   /* owned */
    int file;
    uint64_t length;
};

static e2l_status cut_to(e2l_growing *file, uint64_t keep)
{
    struct stat info;
    if (fstat(file->file, &info) != 0) {
        return e2l_io_fail(file->ctx, "cannot look at", file->path);
    }
    file->length = (uint64_t)info.st_size;
    if (keep == UINT64_MAX || keep == file->length) {
        return E2L_OK;
    }
    if (keep > file->length) {
        return e2l_fail(file->ctx, E2L_IO, "'%.300s' has %llu bytes, %llu expected: it was cut or replaced", file->path,
                        (unsigned long long)file->length, (unsigned long long)keep);
    }
    if (ftruncate(file->file, (off_t)keep) != 0) {
        return e2l_io_fail(file->ctx, "cannot cut", file->path);
    }
    file->length = keep;
    return E2L_OK;
}

e2l_status e2l_growing_open(e2l_ctx *ctx, e2l_growing **out, const char *dir, const char *name, uint64_t keep)
{
    *out = NULL;
    e2l_growing *file = e2l_alloc(ctx, 1, sizeof *file);
    char *path = e2l_folder_path(ctx, dir, name);
    if (!file || !path) {
        e2l_free(ctx, file);
        e2l_free(ctx, path);
        return E2L_NOMEM;
    }
    *file = (e2l_growing){.ctx = ctx, .path = path, .file = open(path, O_RDWR | O_CREAT | O_APPEND, 0666)};
    e2l_status status = file->file < 0 ? e2l_io_fail(ctx, "cannot open", path) : cut_to(file, keep);
    if (status != E2L_OK) {
        e2l_growing_close(file);
        return status;
    }
    *out = file;
    return E2L_OK;
}

e2l_status e2l_growing_append(e2l_growing *file, const void *bytes, size_t n)
{
    e2l_status status = e2l_write_all(file->ctx, file->file, bytes, n, file->path);
    if (status == E2L_OK) {
        file->length += n;
    }
    return status;
}

e2l_status e2l_growing_sync(e2l_growing *file)
{
    return fsync(file->file) == 0 ? E2L_OK : e2l_io_fail(file->ctx, "cannot sync", file->path);
}

uint64_t e2l_growing_length(const e2l_growing *file)
{
    return file->length;
}

e2l_status e2l_growing_lock(e2l_growing *file, double seconds)
{
    enum { NAP_MS = 50 };
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const struct timespec nap = {.tv_nsec = NAP_MS * 1000000L};
    for (double waited = 0; fcntl(file->file, F_SETLK, &lock) != 0; waited += NAP_MS / 1000.0) {
        if (errno != EACCES && errno != EAGAIN) {
            return E2L_OK; /* a file system without locks: nothing to be had */
        }
        if (waited >= seconds) {
            return e2l_fail(file->ctx, E2L_IO, "another e2l is at work in this folder (it holds '%.300s')", file->path);
        }
        (void)nanosleep(&nap, NULL);
    }
    return E2L_OK;
}

void e2l_growing_close(e2l_growing *file)
{
    if (file) {
        if (file->file >= 0) {
            (void)close(file->file);
        }
        e2l_free(file->ctx, file->path);
        e2l_free(file->ctx, file);
    }
}

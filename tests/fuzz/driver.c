/* driver.c: runs a libFuzzer entry without libFuzzer: `prog CORPUS N` replays every file of the folder, then feeds N
   seeded mutations of them (E2L_SEED, default 1). Same seed, same inputs. A crash is the entry's own. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_FILES = 256, MAX_BYTES = 1 << 16, MAX_EDITS = 8 };

typedef struct input {
    char name[256];
    uint8_t *bytes; /* owned */
    size_t n;
} input;

static uint64_t random_state;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t random_word(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(size_t n)
{
    return n > 0 ? (size_t)(random_word() % n) : 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const input *)a)->name, ((const input *)b)->name);
}

static int load(const char *folder, input *file)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file->name);
    FILE *stream = fopen(path, "rb");
    if (!stream) {
        return 0;
    }
    file->bytes = calloc(MAX_BYTES, 1);
    file->n = file->bytes ? fread(file->bytes, 1, MAX_BYTES, stream) : 0;
    (void)fclose(stream);
    return file->bytes != NULL;
}

static size_t load_all(const char *folder, input *files)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry && n < MAX_FILES; entry = readdir(dir)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(files[n].name, sizeof files[n].name, "%s", entry->d_name);
        n += load(folder, &files[n]) ? 1 : 0;
    }
    if (dir) {
        (void)closedir(dir);
    }
    qsort(files, n, sizeof files[0], by_name); /* the folder's order is not the same everywhere */
    return n;
}

static size_t overwrite(uint8_t *bytes, size_t n)
{
    static const char interesting[] = "()+-*/^<>=!&|%,.0123456789einfxyw\"{}[]: \n\xff";
    if (n > 0) {
        bytes[below(n)] = below(4) == 0 ? (uint8_t)below(256) : (uint8_t)interesting[below(sizeof interesting)];
    }
    return n;
}

static size_t cut(uint8_t *bytes, size_t n)
{
    size_t from = below(n), length = below(n - from + 1);
    memmove(bytes + from, bytes + from + length, n - from - length);
    return n - length;
}

/* Copies a stretch of another input, or of itself, into the middle. */
static size_t paste(uint8_t *bytes, size_t n, const input *other)
{
    size_t from = below(other->n), length = below(other->n - from + 1), to = below(n + 1);
    if (n + length > MAX_BYTES) {
        return n;
    }
    memmove(bytes + to + length, bytes + to, n - to);
    memcpy(bytes + to, other->bytes + from, length);
    return n + length;
}

static size_t mutate(uint8_t *bytes, const input *files, size_t n_files)
{
    const input *parent = &files[below(n_files)];
    size_t n = parent->n;
    memcpy(bytes, parent->bytes, n);
    for (size_t k = 1 + below(MAX_EDITS); k > 0; k--) {
        switch (below(4)) {
        case 0:
            n = cut(bytes, n);
            break;
        case 1:
            n = paste(bytes, n, &files[below(n_files)]);
            break;
        default:
            n = overwrite(bytes, n);
            break;
        }
    }
    return n;
}

/* A block of its exact size, so that a sanitizer sees a read past the end. */
static void feed(const uint8_t *bytes, size_t n)
{
    uint8_t *exact = malloc(n > 0 ? n : 1);
    if (exact) {
        memcpy(exact, bytes, n);
        (void)LLVMFuzzerTestOneInput(exact, n);
        free(exact);
    }
}

int main(int argc, char **argv)
{
    static input files[MAX_FILES];
    static uint8_t bytes[MAX_BYTES];
    if (argc != 3) {
        (void)fprintf(stderr, "usage: %s CORPUS N\n", argv[0]);
        return 2;
    }
    const char *seed = getenv("E2L_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 1;
    size_t n_files = load_all(argv[1], files), n = strtoul(argv[2], NULL, 10);
    if (n_files == 0) {
        (void)fprintf(stderr, "no files in %s\n", argv[1]);
        return 2;
    }
    for (size_t k = 0; k < n_files; k++) {
        feed(files[k].bytes, files[k].n);
    }
    for (size_t k = 0; k < n; k++) {
        feed(bytes, mutate(bytes, files, n_files));
    }
    (void)printf("%zu files and %zu mutations\n", n_files, n);
    for (size_t k = 0; k < n_files; k++) {
        free(files[k].bytes);
    }
    return 0;
}

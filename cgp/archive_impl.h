/* archive_impl.h: the inside of an archive, shared by archive*.c. */
#ifndef E2L_CGP_ARCHIVE_IMPL_H
#define E2L_CGP_ARCHIVE_IMPL_H

#include "cgp/archive.h"

enum { E2L_ARCHIVE_MEMO = 1024 };

/* Complexity of rules seen lately: a new key of the same place pushes the old one out. */
typedef struct archive_memo {
    e2l_key key;
    size_t complexity;
    bool used;
} archive_memo;

struct e2l_archive {
    e2l_ctx *ctx;
    size_t n_slots;
    e2l_archive_entry **entries; /* each one block, with its texts and rates */
    size_t n, capacity;
    archive_memo *memo; /* [E2L_ARCHIVE_MEMO] */
};

/* Copies `entry` into one block. */
e2l_archive_entry *e2l_archive_copy(e2l_archive *archive, const e2l_archive_entry *entry);
/* Puts in a copy of a complete entry, if it belongs. */
E2L_MUST_CHECK e2l_status e2l_archive_insert(e2l_archive *archive, const e2l_archive_entry *entry);

#endif

/* comm_mpi.c: the verbs of comm.h over MPI. The only file that includes <mpi.h>.

   Collectives are the non-blocking ones, polled: a blocking wait spins at full speed and would take the core from the rank that is
   being waited for when there are more ranks than cores (measured: half of the machine lost). */
#ifdef E2L_WITH_MPI

#include <mpi.h>

#include <limits.h>
#include <string.h>
#include <time.h>

#include "mpi/comm_impl.h"

enum { TAG_STOP = 1, TAG_FIRST = 2, POLLS_BEFORE_NAP = 2000, NAP_NS = 50000 };

/* A message on its way. */
typedef struct posted {
    struct posted *next;
    MPI_Request request;
    char *bytes; /* owned, behind the struct */
} posted;

struct e2l_comm_mpi {
    e2l_ctx *ctx; /* borrowed */
    MPI_Comm world; /* duplicate: ours alone */
    int rank, size;
    posted *posts; /* owned */
    bool stopped;
    const volatile sig_atomic_t *cancel; /* borrowed; may be NULL */
};

static e2l_status mpi_fail(e2l_ctx *ctx, int code, const char *what)
{
    char text[MPI_MAX_ERROR_STRING];
    int length = 0;
    if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) {
        length = 0;
    }
    return e2l_fail(ctx, E2L_INTERNAL, "MPI: %s: %.*s", what, length, text);
}

static e2l_status check(e2l_comm_mpi *mpi, int code, const char *what)
{
    return code == MPI_SUCCESS ? E2L_OK : mpi_fail(mpi->ctx, code, what);
}

/* After many fruitless polls: sleeps a little. */
static void rest(unsigned *n_polls)
{
    const struct timespec nap = {.tv_nsec = NAP_NS};
    if (++*n_polls > POLLS_BEFORE_NAP) {
        (void)nanosleep(&nap, NULL);
    }
}

static e2l_status wait_for(e2l_comm_mpi *mpi, MPI_Request *request, const char *what)
{
    int done = 0;
    unsigned n_polls = 0;
    for (;;) {
        int code = MPI_Test(request, &done, MPI_STATUS_IGNORE);
        if (code != MPI_SUCCESS || done) {
            return check(mpi, code, what);
        }
        rest(&n_polls);
    }
}

e2l_status e2l_comm_mpi_open(e2l_ctx *ctx, e2l_comm_mpi **out, size_t *rank, size_t *size)
{
    int code = MPI_Init(NULL, NULL);
    if (code != MPI_SUCCESS) {
        return mpi_fail(ctx, code, "cannot start");
    }
    e2l_comm_mpi *mpi = e2l_alloc(ctx, 1, sizeof *mpi);
    if (!mpi) {
        return E2L_NOMEM;
    }
    mpi->ctx = ctx;
    code = MPI_Comm_dup(MPI_COMM_WORLD, &mpi->world);
    code = code == MPI_SUCCESS ? MPI_Comm_set_errhandler(mpi->world, MPI_ERRORS_RETURN) : code;
    code = code == MPI_SUCCESS ? MPI_Comm_rank(mpi->world, &mpi->rank) : code;
    code = code == MPI_SUCCESS ? MPI_Comm_size(mpi->world, &mpi->size) : code;
    if (code != MPI_SUCCESS) {
        e2l_free(ctx, mpi);
        return mpi_fail(ctx, code, "cannot start");
    }
    *out = mpi;
    *rank = (size_t)mpi->rank;
    *size = (size_t)mpi->size;
    return E2L_OK;
}

void e2l_comm_mpi_watch(e2l_comm_mpi *mpi, const volatile sig_atomic_t *cancel)
{
    mpi->cancel = cancel;
}

/* Frees posts that have left; with `all`, the others are given up as well. */
static void settle(e2l_comm_mpi *mpi, bool all)
{
    posted **at = &mpi->posts;
    while (*at) {
        posted *post = *at;
        int done = 0;
        (void)MPI_Test(&post->request, &done, MPI_STATUS_IGNORE);
        if (!done && all) {
            (void)MPI_Request_free(&post->request);
        }
        if (done) {
            *at = post->next;
            e2l_free(mpi->ctx, post);
        } else if (all) {
            *at = post->next; /* MPI may still read its bytes: left to the end of the process */
        } else {
            at = &post->next;
        }
    }
}

void e2l_comm_mpi_close(e2l_comm_mpi *mpi)
{
    if (mpi) {
        (void)e2l_comm_mpi_is_stopped(mpi);
        settle(mpi, true);
        (void)MPI_Comm_free(&mpi->world);
        e2l_free(mpi->ctx, mpi);
        (void)MPI_Finalize();
    }
}

void e2l_comm_mpi_abort(e2l_comm_mpi *mpi, int code)
{
    (void)MPI_Abort(mpi->world, code);
}

e2l_status e2l_comm_mpi_broadcast(e2l_comm_mpi *mpi, void *bytes, size_t n, size_t root)
{
    MPI_Request request;
    if (n > INT_MAX) {
        return e2l_fail(mpi->ctx, E2L_INTERNAL, "MPI: %zu bytes are too many for one message", n);
    }
    int code = MPI_Ibcast(bytes, (int)n, MPI_BYTE, (int)root, mpi->world, &request);
    return code == MPI_SUCCESS ? wait_for(mpi, &request, "broadcast") : mpi_fail(mpi->ctx, code, "broadcast");
}

e2l_status e2l_comm_mpi_smallest(e2l_comm_mpi *mpi, uint64_t *value)
{
    MPI_Request request;
    uint64_t mine = *value;
    int code = MPI_Iallreduce(&mine, value, 1, MPI_UINT64_T, MPI_MIN, mpi->world, &request);
    return code == MPI_SUCCESS ? wait_for(mpi, &request, "reduction") : mpi_fail(mpi->ctx, code, "reduction");
}

/* Sizes of all into sizes[size] and their places; the total, or -1 when it does not fit a message. */
static int place_parts(const int *sizes, int *places, int n)
{
    int total = 0;
    for (int k = 0; k < n; k++) {
        places[k] = total;
        if (sizes[k] > INT_MAX - total) {
            return -1;
        }
        total += sizes[k];
    }
    return total;
}

static e2l_status gather_bytes(e2l_comm_mpi *mpi, const e2l_text *mine, e2l_text *all, int *sizes, int *places)
{
    MPI_Request request;
    int total = mpi->rank == 0 ? place_parts(sizes, places, mpi->size) : 0;
    char *bytes = NULL;
    if (total < 0) {
        return e2l_fail(mpi->ctx, E2L_INTERNAL, "MPI: the ranks' states are too large for one message");
    }
    if (mpi->rank == 0) {
        bytes = e2l_alloc(mpi->ctx, (size_t)total + 1, 1);
        if (!bytes) {
            return E2L_NOMEM;
        }
    }
    int code = MPI_Igatherv(e2l_text_get(mine), (int)mine->n, MPI_BYTE, bytes, sizes, places, MPI_BYTE, 0, mpi->world,
                            &request);
    e2l_status status = code == MPI_SUCCESS ? wait_for(mpi, &request, "gather") : mpi_fail(mpi->ctx, code, "gather");
    if (status == E2L_OK && mpi->rank == 0) {
        e2l_text_reset(all);
        e2l_text_append_n(all, bytes, (size_t)total);
        status = e2l_text_status(all);
    }
    e2l_free(mpi->ctx, bytes);
    return status;
}

e2l_status e2l_comm_mpi_gather(e2l_comm_mpi *mpi, const e2l_text *mine, e2l_text *all)
{
    MPI_Request request;
    int n = mine->n > INT_MAX ? INT_MAX : (int)mine->n;
    int *sizes = e2l_alloc(mpi->ctx, (size_t)mpi->size, sizeof *sizes);
    int *places = e2l_alloc(mpi->ctx, (size_t)mpi->size, sizeof *places);
    e2l_status status = sizes && places ? e2l_text_status(mine) : E2L_NOMEM;
    if (status == E2L_OK) {
        int code = MPI_Igather(&n, 1, MPI_INT, sizes, 1, MPI_INT, 0, mpi->world, &request);
        status = code == MPI_SUCCESS ? wait_for(mpi, &request, "gather") : mpi_fail(mpi->ctx, code, "gather");
    }
    if (status == E2L_OK) {
        status = gather_bytes(mpi, mine, all, sizes, places);
    }
    e2l_free(mpi->ctx, sizes);
    e2l_free(mpi->ctx, places);
    return status;
}

e2l_status e2l_comm_mpi_post(e2l_comm_mpi *mpi, size_t to, uint32_t tag, const void *bytes, size_t n)
{
    if (n > INT_MAX - sizeof(posted)) {
        return e2l_fail(mpi->ctx, E2L_INTERNAL, "MPI: %zu bytes are too many for one message", n);
    }
    posted *post = e2l_alloc(mpi->ctx, sizeof *post + n + 1, 1);
    if (!post) {
        return E2L_NOMEM;
    }
    post->bytes = (char *)(post + 1);
    if (n > 0) {
        memcpy(post->bytes, bytes, n);
    }
    int code = MPI_Isend(post->bytes, (int)n, MPI_BYTE, (int)to, (int)(tag + TAG_FIRST), mpi->world, &post->request);
    if (code != MPI_SUCCESS) {
        e2l_free(mpi->ctx, post);
        return mpi_fail(mpi->ctx, code, "send");
    }
    post->next = mpi->posts;
    mpi->posts = post;
    return E2L_OK;
}

/* A message that has been seen, into `out`. */
static e2l_status receive(e2l_comm_mpi *mpi, MPI_Message *message, const MPI_Status *info, e2l_text *out)
{
    int n = 0;
    int code = MPI_Get_count(info, MPI_BYTE, &n);
    if (code != MPI_SUCCESS || n < 0) {
        return mpi_fail(mpi->ctx, code, "receive");
    }
    char *bytes = e2l_alloc(mpi->ctx, (size_t)n + 1, 1);
    if (!bytes) {
        return E2L_NOMEM;
    }
    code = MPI_Mrecv(bytes, n, MPI_BYTE, message, MPI_STATUS_IGNORE);
    e2l_status status = check(mpi, code, "receive");
    if (status == E2L_OK) {
        e2l_text_reset(out);
        e2l_text_append_n(out, bytes, (size_t)n);
        status = e2l_text_status(out);
    }
    e2l_free(mpi->ctx, bytes);
    return status;
}

e2l_status e2l_comm_mpi_take(e2l_comm_mpi *mpi, size_t from, uint32_t tag, e2l_text *out)
{
    unsigned n_polls = 0;
    for (;;) {
        int seen = 0;
        MPI_Message message;
        MPI_Status info;
        int code = MPI_Improbe((int)from, (int)(tag + TAG_FIRST), mpi->world, &seen, &message, &info);
        if (code != MPI_SUCCESS) {
            return mpi_fail(mpi->ctx, code, "receive");
        }
        if (seen) {
            return receive(mpi, &message, &info, out);
        }
        if (e2l_comm_mpi_is_stopped(mpi) || (mpi->cancel && *mpi->cancel)) {
            return e2l_fail(mpi->ctx, E2L_CANCELLED, "stopped");
        }
        rest(&n_polls);
    }
}

void e2l_comm_mpi_settle(e2l_comm_mpi *mpi)
{
    settle(mpi, false);
}

void e2l_comm_mpi_call_stop(e2l_comm_mpi *mpi)
{
    if (mpi->stopped) {
        return; /* everybody knows already, or will hear it from who told us */
    }
    mpi->stopped = true;
    for (int to = 0; to < mpi->size; to++) {
        if (to != mpi->rank) {
            /* Empty, so it leaves at once. Whoever does not get it hears of the stop at the end of the round. */
            (void)MPI_Send(NULL, 0, MPI_BYTE, to, TAG_STOP, mpi->world);
        }
    }
}

bool e2l_comm_mpi_is_stopped(e2l_comm_mpi *mpi)
{
    int seen = 0;
    MPI_Status info;
    while (MPI_Iprobe(MPI_ANY_SOURCE, TAG_STOP, mpi->world, &seen, &info) == MPI_SUCCESS && seen) {
        (void)MPI_Recv(NULL, 0, MPI_BYTE, info.MPI_SOURCE, TAG_STOP, mpi->world, MPI_STATUS_IGNORE);
        mpi->stopped = true;
    }
    return mpi->stopped;
}

#else

typedef int e2l_comm_built_without_mpi; /* a translation unit is never empty */

#endif

/* comm.c: the verbs of comm.h for one rank; several ranks are handed on to comm_mpi.c. */
#include "mpi/comm_impl.h"

#include <stdlib.h>
#include <string.h>

struct e2l_comm {
    e2l_ctx *ctx; /* borrowed */
    e2l_comm_mpi *mpi; /* owned; NULL: one rank */
    size_t rank, size;
    bool launched;
};

/* Ranks the launcher says there are; 0: no launcher. Slurm sets its variables in plain batch scripts too, so a step with a
   number of tasks is asked for. */
static size_t launched_ranks(void)
{
    static const char *const SIZES[] = {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"};
    for (size_t k = 0; k < sizeof SIZES / sizeof SIZES[0]; k++) {
        const char *text = getenv(SIZES[k]);
        if (text) {
            return (size_t)strtoul(text, NULL, 10);
        }
    }
    if (getenv("PMI_RANK") || getenv("PMIX_RANK")) {
        return 1;
    }
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    return getenv("SLURM_STEP_ID") && getenv("SLURM_PROCID") && tasks ? (size_t)strtoul(tasks, NULL, 10) : 0;
}

static e2l_status open_ranks(e2l_ctx *ctx, e2l_comm *comm, size_t n)
{
#ifdef E2L_WITH_MPI
    (void)n;
    return e2l_comm_mpi_open(ctx, &comm->mpi, &comm->rank, &comm->size);
#else
    (void)comm;
    return n <= 1 ? E2L_OK
                  : e2l_fail(ctx, E2L_TOOL,
                             "started by a launcher with %zu ranks, but this e2l was built without MPI; build with "
                             "-DE2L_WITH_MPI=ON or start it alone",
                             n);
#endif
}

e2l_status e2l_comm_open(e2l_ctx *ctx, e2l_comm **out)
{
    *out = NULL;
    e2l_comm *comm = e2l_alloc(ctx, 1, sizeof *comm);
    if (!comm) {
        return E2L_NOMEM;
    }
    size_t n = launched_ranks();
    *comm = (e2l_comm){.ctx = ctx, .size = 1, .launched = n > 0};
    e2l_status status = n > 0 ? open_ranks(ctx, comm, n) : E2L_OK;
    if (status != E2L_OK) {
        e2l_free(ctx, comm);
        return status;
    }
    *out = comm;
    return E2L_OK;
}

size_t e2l_comm_rank(const e2l_comm *comm)
{
    return comm->rank;
}

size_t e2l_comm_size(const e2l_comm *comm)
{
    return comm->size;
}

bool e2l_comm_is_launched(const e2l_comm *comm)
{
    return comm->launched;
}

#ifdef E2L_WITH_MPI

void e2l_comm_watch(e2l_comm *comm, const volatile sig_atomic_t *cancel)
{
    if (comm->size > 1) {
        e2l_comm_mpi_watch(comm->mpi, cancel);
    }
}

void e2l_comm_close(e2l_comm *comm)
{
    if (comm) {
        e2l_comm_mpi_close(comm->mpi);
        e2l_free(comm->ctx, comm);
    }
}

void e2l_comm_abort(e2l_comm *comm, int code)
{
    if (comm && comm->mpi) {
        e2l_comm_mpi_abort(comm->mpi, code);
    }
}

e2l_status e2l_comm_share(e2l_comm *comm, e2l_text *text)
{
    if (comm->size == 1) {
        return e2l_text_status(text);
    }
    uint64_t n = text->n;
    e2l_status status = e2l_comm_mpi_broadcast(comm->mpi, &n, sizeof n, 0);
    char *bytes = status == E2L_OK ? e2l_alloc(comm->ctx, (size_t)n + 1, 1) : NULL;
    if (bytes && comm->rank == 0) {
        memcpy(bytes, e2l_text_get(text), (size_t)n);
    }
    if (bytes) {
        status = e2l_comm_mpi_broadcast(comm->mpi, bytes, (size_t)n, 0);
    } else if (status == E2L_OK) {
        status = E2L_NOMEM;
    }
    if (status == E2L_OK && comm->rank != 0) {
        e2l_text_reset(text);
        e2l_text_append_n(text, bytes, (size_t)n);
        status = e2l_text_status(text);
    }
    e2l_free(comm->ctx, bytes);
    return status;
}

/* Smaller is more important: failures before CANCELLED before OK; then the lower rank. */
static uint64_t urgency(e2l_status status, size_t rank)
{
    uint64_t order = status == E2L_OK ? 2 : status == E2L_CANCELLED ? 1 : 0;
    return order << 32 | (uint64_t)rank;
}

e2l_status e2l_comm_agree(e2l_comm *comm, e2l_status mine)
{
    struct {
        char message[E2L_MESSAGE_BYTES];
        int32_t status;
    } worst = {.status = mine};
    uint64_t first = urgency(mine, comm->rank);
    if (comm->size == 1) {
        return mine;
    }
    e2l_status status = e2l_comm_mpi_smallest(comm->mpi, &first);
    if (status != E2L_OK || first >> 32 == 2) {
        return status;
    }
    size_t root = (size_t)(first & UINT32_MAX);
    strncpy(worst.message, e2l_ctx_message(comm->ctx), sizeof worst.message - 1);
    status = e2l_comm_mpi_broadcast(comm->mpi, &worst, sizeof worst, root);
    if (status == E2L_OK) {
        status = (e2l_status)worst.status;
        (void)e2l_fail(comm->ctx, status, "%s", worst.message);
    }
    return status;
}

e2l_status e2l_comm_gather(e2l_comm *comm, const e2l_text *mine, e2l_text *all)
{
    if (comm->size > 1) {
        return e2l_comm_mpi_gather(comm->mpi, mine, all);
    }
    e2l_text_reset(all);
    e2l_text_append_n(all, e2l_text_get(mine), mine->n);
    return e2l_text_status(all);
}

e2l_status e2l_comm_post(e2l_comm *comm, size_t to, uint32_t tag, const void *bytes, size_t n)
{
    return e2l_comm_mpi_post(comm->mpi, to, tag, bytes, n);
}

e2l_status e2l_comm_take(e2l_comm *comm, size_t from, uint32_t tag, e2l_text *out)
{
    return e2l_comm_mpi_take(comm->mpi, from, tag, out);
}

void e2l_comm_settle(e2l_comm *comm)
{
    if (comm->size > 1) {
        e2l_comm_mpi_settle(comm->mpi);
    }
}

void e2l_comm_call_stop(e2l_comm *comm)
{
    if (comm->size > 1) {
        e2l_comm_mpi_call_stop(comm->mpi);
    }
}

bool e2l_comm_is_stopped(e2l_comm *comm)
{
    return comm->size > 1 && e2l_comm_mpi_is_stopped(comm->mpi);
}

#else

void e2l_comm_watch(e2l_comm *comm, const volatile sig_atomic_t *cancel)
{
    (void)comm;
    (void)cancel;
}

void e2l_comm_close(e2l_comm *comm)
{
    if (comm) {
        e2l_free(comm->ctx, comm);
    }
}

void e2l_comm_abort(e2l_comm *comm, int code)
{
    (void)comm;
    (void)code;
}

e2l_status e2l_comm_share(e2l_comm *comm, e2l_text *text)
{
    (void)comm;
    return e2l_text_status(text);
}

e2l_status e2l_comm_agree(e2l_comm *comm, e2l_status mine)
{
    (void)comm;
    return mine;
}

e2l_status e2l_comm_gather(e2l_comm *comm, const e2l_text *mine, e2l_text *all)
{
    (void)comm;
    e2l_text_reset(all);
    e2l_text_append_n(all, e2l_text_get(mine), mine->n);
    return e2l_text_status(all);
}

e2l_status e2l_comm_post(e2l_comm *comm, size_t to, uint32_t tag, const void *bytes, size_t n)
{
    (void)bytes;
    return e2l_fail(comm->ctx, E2L_INTERNAL, "one rank cannot post to rank %zu (tag %u, %zu bytes)", to, tag, n);
}

e2l_status e2l_comm_take(e2l_comm *comm, size_t from, uint32_t tag, e2l_text *out)
{
    (void)out;
    return e2l_fail(comm->ctx, E2L_INTERNAL, "one rank cannot take from rank %zu (tag %u)", from, tag);
}

void e2l_comm_settle(e2l_comm *comm)
{
    (void)comm;
}

void e2l_comm_call_stop(e2l_comm *comm)
{
    (void)comm;
}

bool e2l_comm_is_stopped(e2l_comm *comm)
{
    (void)comm;
    return false;
}

#endif

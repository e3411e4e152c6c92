/* launch.c: see launch.h. */
#include "mpi/launch.h"

#include <stdio.h>
#include <string.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "mpi/command.h"
#include "mpi/run.h"
#include "mpi/signals.h"
#include "mpi/summary.h"
#include "substrate/json.h"

/* The config of rank 0 for everybody, as the text of config.json behind what that leaves out: the kind of cache. */
static e2l_status share_config(e2l_ctx *ctx, e2l_comm *comm, e2l_config *config)
{
    e2l_text text = {.ctx = ctx};
    cJSON *root = NULL;
    e2l_status status = E2L_OK;
    bool is_first = e2l_comm_rank(comm) == 0;
    if (is_first) {
        e2l_pack_u32(&text, (uint32_t)config->search.cache);
        status = e2l_config_write(config, &text);
    }
    status = e2l_comm_agree(comm, status);
    if (status == E2L_OK) {
        status = e2l_comm_share(comm, &text);
    }
    if (status == E2L_OK && !is_first) {
        e2l_unpack u = {.at = (const unsigned char *)e2l_text_get(&text), .left = text.n};
        int cache = (int)e2l_unpack_u32(&u);
        status = e2l_json_parse(ctx, &root, (const char *)u.at, u.left, E2L_FILE_CONFIG);
        if (status == E2L_OK) {
            status = e2l_config_from_json(ctx, config, root, E2L_FILE_CONFIG);
        }
        if (status == E2L_OK) {
            config->search.cache = cache;
        }
    }
    e2l_json_free(root);
    e2l_text_clear(&text);
    return e2l_comm_agree(comm, status);
}

/* One byte from rank 0 to all. */
static e2l_status share_flag(e2l_ctx *ctx, e2l_comm *comm, bool *flag)
{
    e2l_text text = {.ctx = ctx};
    e2l_text_append(&text, *flag ? "y" : "n");
    e2l_status status = e2l_comm_share(comm, &text);
    *flag = status == E2L_OK && e2l_text_get(&text)[0] == 'y';
    e2l_text_clear(&text);
    return status;
}

/* The search between reading and showing. Collective. */
static e2l_status launch(e2l_ctx *ctx, e2l_comm *comm, const e2l_arguments *arguments, e2l_launch_fn *prepare, bool resumes)
{
    e2l_config config = {0};
    char *dir = NULL;
    bool finished = false;
    bool is_first = e2l_comm_rank(comm) == 0;
    e2l_status status = is_first ? prepare(ctx, arguments, &config, &dir, &finished) : E2L_OK;
    status = e2l_comm_agree(comm, status);
    if (status == E2L_OK) {
        status = share_flag(ctx, comm, &finished);
    }
    if (status == E2L_OK && !finished) {
        status = share_config(ctx, comm, &config);
    }
    if (status == E2L_OK && !finished) {
        status = e2l_run_search(ctx, comm, &config, dir, resumes);
    }
    if (status == E2L_OK && !finished && is_first) {
        status = e2l_summary_show(ctx, dir);
    }
    e2l_config_clear(&config);
    e2l_free(ctx, dir);
    return status;
}

/* The last words are rank 0's; the others end with the same code. */
static int end(e2l_ctx *ctx, e2l_comm *comm, e2l_status status)
{
    bool is_first = !comm || e2l_comm_rank(comm) == 0;
    int code = e2l_exit_code(status);
    if (is_first) {
        if (fflush(stdout) != 0 && status == E2L_OK) {
            status = e2l_fail(ctx, E2L_IO, "standard output cannot be written");
        }
        code = e2l_report_status(ctx, status);
        (void)fflush(stderr);
    }
    e2l_comm_close(comm);
    (void)e2l_ctx_destroy(ctx);
    return code;
}

/* Memory that a search frees it will want again in the next generation: giving it back to the system each time costs page faults (measured:
   a tenth of a search on small networks). */
static void keep_memory(void)
{
#ifdef __GLIBC__
    enum { KEPT_BYTES = 64 << 20 };
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 2);
#endif
}

static bool wants_help(int argc, char **argv)
{
    for (int k = 1; k < argc; k++) {
        if (strcmp(argv[k], "--help") == 0 || strcmp(argv[k], "-h") == 0) {
            return true;
        }
    }
    return false;
}

int e2l_launch(const e2l_usage *usage, int argc, char **argv, e2l_launch_fn *prepare, bool resumes)
{
    e2l_ctx *ctx = NULL;
    e2l_comm *comm = NULL;
    e2l_arguments arguments;
    if (wants_help(argc, argv)) {
        e2l_usage_print(usage);
        return fflush(stdout) == 0 ? E2L_EXIT_DONE : E2L_EXIT_FAILED;
    }
    keep_memory();
    e2l_status status = e2l_ctx_create(&ctx);
    if (status == E2L_OK) {
        status = e2l_comm_open(ctx, &comm);
    }
    if (status == E2L_OK) {
        e2l_signals_open(e2l_comm_is_launched(comm));
        status = e2l_arguments_parse(ctx, &arguments, usage, argc, argv);
    }
    if (status == E2L_OK) {
        status = launch(ctx, comm, &arguments, prepare, resumes);
    }
    return end(ctx, comm, status);
}

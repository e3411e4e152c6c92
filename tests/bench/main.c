/* main.c: e2l-bench [--rounds N] [--only NAME] [--also KEY=VALUE] [--json]: comparisons with hand-written code, and goals. Exits 1
   when a goal is missed, 2 for a wrong command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"

double bench_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool read_count(const char *text, size_t *out)
{
    char *end = NULL;
    const unsigned long n = strtoul(text, &end, 10);
    *out = n;
    return end != text && *end == '\0' && n >= 1 && n <= 100000;
}

static bool read_options(int argc, char **argv, bench_options *options)
{
    for (int k = 1; k < argc; ++k) {
        if (strcmp(argv[k], "--json") == 0) {
            options->json = true;
        } else if (strcmp(argv[k], "--only") == 0 && k + 1 < argc) {
            options->only = argv[++k];
        } else if (strcmp(argv[k], "--also") == 0 && k + 1 < argc) {
            options->option = argv[++k];
        } else if (strcmp(argv[k], "--rounds") != 0 || k + 1 >= argc || !read_count(argv[++k], &options->rounds)) {
            return false;
        }
    }
    return true;
}

/* `e2l-bench --peak`, called by itself. */
static int print_peak(void)
{
    e2l_ctx *ctx = NULL;
    double bytes = 0;
    e2l_status status = e2l_ctx_create(&ctx);
    status = status == E2L_OK ? bench_peak(ctx, &bytes) : status;
    if (status != E2L_OK) {
        fprintf(stderr, "e2l-bench: %s\n", ctx != NULL ? e2l_ctx_message(ctx) : "out of memory");
    } else {
        printf("%.0f\n", bytes);
    }
    e2l_ctx_destroy(ctx);
    return status == E2L_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    static e2l_status (*const parts[])(e2l_ctx *, bench_table *) = {bench_pca, bench_layered, bench_recurrent, bench_elise, bench_spiking, bench_rules, bench_regression};
    bench_table table = {.options = {.rounds = 5, .program = argv[0]}, .passed = true};
    if (argc == 2 && strcmp(argv[1], "--peak") == 0) {
        return print_peak();
    }
    if (!read_options(argc, argv, &table.options)) {
        fprintf(stderr, "usage: e2l-bench [--rounds N] [--only NAME] [--also KEY=VALUE] [--json]\n"
                        "  --only NAME        cases whose name contains NAME\n"
                        "  --also KEY=VALUE   a second engine with this option of the cpu substrate, for example isa=sse2\n");
        return 2;
    }
    e2l_ctx *ctx = NULL;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 1;
    }
    if (!table.options.json) {
        printf("instruction set %s, smallest of %zu rounds\n", e2l_isa_name(e2l_isa_best()), table.options.rounds);
    }
    e2l_status status = E2L_OK;
    for (size_t k = 0; status == E2L_OK && k < sizeof parts / sizeof *parts; ++k) {
        status = parts[k](ctx, &table);
    }
    if (status == E2L_OK && table.options.only != NULL && table.n_rows + table.n_figures == 0) {
        status = e2l_fail(ctx, E2L_INPUT, "no case's name contains '%s'; without --only all are run and named", table.options.only);
    }
    if (status != E2L_OK) {
        fprintf(stderr, "e2l-bench: %s\n", e2l_ctx_message(ctx));
    } else {
        bench_summary(&table);
    }
    e2l_ctx_destroy(ctx);
    const bool passed = table.passed && status == E2L_OK;
    if (!table.options.json) {
        printf("%s\n", passed ? "PASS" : "FAIL");
    }
    return passed ? 0 : status == E2L_INPUT ? 2 : status == E2L_TOOL ? 3 : 1;
}

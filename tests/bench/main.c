/* main.c: e2l-bench [--rounds N] [--only TEXT] [--json]: comparisons with hand-written code, and goals. Exits 1 when a goal is
   missed, 2 for a wrong command line. */
#include <math.h>
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

bool bench_agree(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

bool bench_wanted(const bench_options *options, const char *name)
{
    return options->only == NULL || strstr(name, options->only) != NULL;
}

bool bench_report(const bench_options *options, const char *name, double value, const char *unit, double goal,
                  bool goal_is_least)
{
    const bool has_goal = !isnan(goal);
    const bool met = !has_goal || (goal_is_least ? value >= goal : value <= goal);
    if (options->json) {
        printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\"", name, value, unit);
        if (has_goal) {
            printf(", \"goal\": \"%s %g\", \"met\": %s", goal_is_least ? ">=" : "<=", goal, met ? "true" : "false");
        }
        printf("}\n");
        return met;
    }
    printf("  %-52s %10.3f %s", name, value, unit);
    if (has_goal) {
        printf("  goal %s %g: %s", goal_is_least ? ">=" : "<=", goal, met ? "PASS" : "FAIL");
    }
    printf("\n");
    fflush(stdout);
    return met;
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
        } else if (strcmp(argv[k], "--rounds") != 0 || k + 1 >= argc || !read_count(argv[++k], &options->rounds)) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    bench_options options = {.rounds = 5};
    if (!read_options(argc, argv, &options)) {
        fprintf(stderr, "usage: e2l-bench [--rounds N] [--only TEXT] [--json]\n");
        return 2;
    }
    e2l_ctx *ctx = NULL;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 1;
    }
    if (!options.json) {
        printf("instruction set %s, smallest of %zu rounds\n", e2l_isa_name(e2l_isa_best()), options.rounds);
    }
    bool passed = true;
    e2l_status status = bench_pca(ctx, &options, &passed);
    status = status == E2L_OK ? bench_regression(ctx, &options, &passed) : status;
    if (status != E2L_OK) {
        fprintf(stderr, "e2l-bench: %s\n", e2l_ctx_message(ctx));
    }
    e2l_ctx_destroy(ctx);
    if (!options.json) {
        printf("%s\n", passed && status == E2L_OK ? "PASS" : "FAIL");
    }
    return passed && status == E2L_OK ? 0 : 1;
}

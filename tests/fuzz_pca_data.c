/* Hostile PCA data files: either cases with finite numbers, or E2L_INPUT with a message; never a leak. */
#include <math.h>

#include "tasks/pca_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        __builtin_trap();
    }
}

static void check_case(const pca_case *item)
{
    check(item->n > 0 && item->n_steps > 0 && item->name[0] != '\0');
    double sum = 0;
    for (size_t i = 0; i < item->n; i++) {
        check(isfinite(item->w0[i]) && isfinite(item->pc1[i]));
        sum += item->pc1[i] * item->pc1[i];
    }
    check(fabs(sum - 1) < 1e-5);
    for (size_t i = 0; i < item->n * item->n_steps; i++) {
        check(isfinite(item->samples[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    e2l_ctx *ctx;
    if (e2l_ctx_create(&ctx) != E2L_OK) {
        return 0;
    }
    pca_file file;
    e2l_status status = pca_file_parse(ctx, &file, (const char *)data, size, "fuzz.json");
    check(status == E2L_OK || (status == E2L_INPUT && e2l_ctx_message(ctx)[0] != '\0'));
    for (size_t k = 0; k < file.n_cases; k++) {
        check_case(&file.cases[k]);
    }
    pca_file_clear(&file);
    check(e2l_ctx_destroy(ctx) == 0);
    return 0;
}

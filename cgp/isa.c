/* isa.c: which instruction set the lane functions use. All sets give the same bits, so this chooses speed
   only; E2L_ISA in the environment forces one for tests and timings. */
#include "cgp/primitive.h"

#include <stdlib.h>
#include <string.h>

const char *e2l_isa_name(e2l_isa isa)
{
    static const char *const names[E2L_N_ISA] = {"sse2", "avx2", "avx512"};
    return (unsigned)isa < E2L_N_ISA ? names[isa] : "unknown";
}

/* The compiler's own check covers the operating system's support for the wide registers. */
bool e2l_isa_available(e2l_isa isa)
{
    if (isa == E2L_ISA_SSE2) {
        return true;
    }
#ifdef E2L_WITH_avx2
    if (isa == E2L_ISA_AVX2) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx2") != 0;
    }
#endif
#ifdef E2L_WITH_avx512
    if (isa == E2L_ISA_AVX512) {
        __builtin_cpu_init();
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
    }
#endif
    return false;
}

e2l_isa e2l_isa_best(void)
{
    static const e2l_isa by_speed[] = {E2L_ISA_AVX512, E2L_ISA_AVX2, E2L_ISA_SSE2};
    const size_t n = sizeof by_speed / sizeof *by_speed;
    const char *wanted = getenv("E2L_ISA");
    for (size_t k = 0; wanted != NULL && k < n; ++k) {
        if (strcmp(wanted, e2l_isa_name(by_speed[k])) == 0 && e2l_isa_available(by_speed[k])) {
            return by_speed[k];
        }
    }
    for (size_t k = 0; k < n; ++k) {
        if (e2l_isa_available(by_speed[k])) {
            return by_speed[k];
        }
    }
    return E2L_ISA_SSE2;
}

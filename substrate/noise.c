/* noise.c: see noise.h. One stream per draw: Philox needs no state between draws, so who asks for what in which order is nothing
   to the numbers. */
#include "substrate/noise.h"

static e2l_stream stream_of(e2l_key case_key, uint64_t site, uint64_t element, uint64_t step, uint64_t kind)
{
    const uint64_t words[] = {case_key.high, site, element, step, kind};
    e2l_stream stream;
    e2l_stream_init(&stream, case_key.low, E2L_PURPOSE_NOISE, words, sizeof words / sizeof words[0]);
    return stream;
}

double e2l_noise_uniform(e2l_key case_key, uint64_t site, uint64_t element, uint64_t step)
{
    e2l_stream stream = stream_of(case_key, site, element, step, 0);
    double value;
    e2l_stream_fill_uniform(&stream, 1, &value);
    return value;
}

double e2l_noise_normal(e2l_key case_key, uint64_t site, uint64_t element, uint64_t step)
{
    e2l_stream stream = stream_of(case_key, site, element, step, 1);
    double value;
    e2l_stream_fill_normal(&stream, 1, &value);
    return value;
}

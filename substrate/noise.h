/* noise.h: the random draws of a simulation, each a pure function of where and when it is made: the same for every candidate, on
   every substrate, in any order. */
#ifndef E2L_SUBSTRATE_NOISE_H
#define E2L_SUBSTRATE_NOISE_H

#include "cgp/expr.h"
#include "cgp/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Step of what is drawn once per case, before the first step. */
#define E2L_BEFORE_RUN UINT64_MAX

/* One draw for element `element` of the text `site` (e2l_ref.site) of the case with this key: uniform in (0, 1), or standard normal.
   Uniform and normal draws of one place are independent. */
double e2l_noise_uniform(e2l_key case_key, uint64_t site, uint64_t element, uint64_t step);
double e2l_noise_normal(e2l_key case_key, uint64_t site, uint64_t element, uint64_t step);

#ifdef __cplusplus
}
#endif
#endif

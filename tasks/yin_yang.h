/* yin_yang.h: to which part of the Yin-Yang symbol a point belongs. */
#ifndef E2L_TASKS_YIN_YANG_H
#define E2L_TASKS_YIN_YANG_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum e2l_yin_yang { E2L_YIN, E2L_YANG, E2L_DOT } e2l_yin_yang;

/* Inside the symbol: the disc of radius 1/2 in the unit square. */
bool e2l_yin_yang_is_inside(double x, double y);
/* Meaningful inside. Source: Kriener, Goeltz & Petrovici 2022, The Yin-Yang dataset (arXiv:2102.08211), its reference program. */
e2l_yin_yang e2l_yin_yang_class(double x, double y);

#ifdef __cplusplus
}
#endif
#endif

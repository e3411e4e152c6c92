/* vocabulary.h: random experiments over the whole vocabulary, feature by feature, for tests that hold a substrate against the oracle. */
#ifndef E2L_TESTS_SUPPORT_VOCABULARY_H
#define E2L_TESTS_SUPPORT_VOCABULARY_H

#include "cgp/stream.h"
#include "substrate/substrate.h"

/* What an experiment may use; a bit each. */
#define VOCABULARY_LIST(X)                                                                        \
    X(GUARDS) X(NOISE) X(DRAWN) X(SLOTS) X(DELAYS) X(DELAY_EACH) X(STATES) X(CONNECT) X(REDUCE) X(BOUNDS) \
    X(SHARED) X(TRANSPOSED) X(NESTED) X(SET) X(RESET) X(FREEZE) X(ROWS) X(CONDITIONS) X(MODELS) X(GLOBALS)       \
    X(EFFECTS) X(ARRAYS) X(UNREAD) X(WILD) X(EVENTS) X(EDGES) X(WORLDS) X(FAN_IN)
typedef enum vocabulary_feature {
#define VOCABULARY_ENUM(name) VOCABULARY_##name,
    VOCABULARY_LIST(VOCABULARY_ENUM)
#undef VOCABULARY_ENUM
        VOCABULARY_N
} vocabulary_feature;
extern const char *const vocabulary_names[VOCABULARY_N];

/* A random experiment of the features whose bits are set; lives in the arena. Its slots have terminals a and b; arrays are filled by
   vocabulary_case, with WILD by vocabulary_wild_case: NaN, infinities and huge numbers here and there. NULL: memory is out. */
const e2l_experiment *vocabulary_make(e2l_arena *arena, e2l_stream *stream, uint32_t features);
e2l_case vocabulary_case(const e2l_experiment *experiment, uint64_t index);
e2l_case vocabulary_wild_case(const e2l_experiment *experiment, uint64_t index);

#endif

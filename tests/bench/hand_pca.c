/* hand_pca.c: the PCA loop written out for two rules, as an expert who knows rule and size at compile time would: lanes innermost,
   vector types, everything hoisted, no checks. */
#include "tests/bench/hand.h"
#include "tests/bench/pca.h"

#define TANH_A(x) vector_tanh(GLIBCS, x)
#define TANH_B(x) vector_tanh(THE_ENGINES, x)
#define RULE_OJA(x, y, w) (y * (x - y * w))
#define RULE_LONG_A(x, y, w) (y * (x - y * w) + TANH_A(x * y) / (w * w + 1.0) * 0.1 - w * 0.01)
#define RULE_LONG_B(x, y, w) (y * (x - y * w) + TANH_B(x * y) / (w * w + 1.0) * 0.1 - w * 0.01)

static inline vector root(vector a)
{
#if defined(E2L_LANES_avx512)
    return (vector)_mm512_sqrt_pd((__m512d)a);
#elif defined(E2L_LANES_avx2)
    return (vector)_mm256_sqrt_pd((__m256d)a);
#else
    return (vector)_mm_sqrt_pd((__m128d)a);
#endif
}

static inline vector magnitude(vector a)
{
    return (vector)((bits)a & INT64_MAX);
}

/* y = w.x, w += eta * rule(x, y, w), so many vectors of lanes at a time. */
#define TRAIN(name, n, lanes, at_a_time, rule)                                                     \
    static void name(const pca *p)                                                                 \
    {                                                                                              \
        enum { V = (lanes) / WIDTH, Q = (at_a_time) < V ? (at_a_time) : V };                       \
        const double eta = p->eta;                                                                 \
        vector *const weights = (vector *)(void *)p->w;                                            \
        for (size_t step = 0; step < p->n_steps; ++step) {                                         \
            const vector *const inputs = (const vector *)(const void *)(p->x + step * (n) * (lanes)); \
            for (int first = 0; first < V; first += Q) {                                           \
                const vector *const x = inputs + first;                                            \
                vector *const w = weights + first;                                                 \
                vector y[Q];                                                                       \
                for (int l = 0; l < Q; ++l) {                                                      \
                    y[l] = w[l] * x[l];                                                            \
                }                                                                                  \
                for (int i = 1; i < (n); ++i) {                                                    \
                    for (int l = 0; l < Q; ++l) {                                                  \
                        y[l] += w[i * V + l] * x[i * V + l];                                       \
                    }                                                                              \
                }                                                                                  \
                for (int i = 0; i < (n); ++i) {                                                    \
                    for (int l = 0; l < Q; ++l) {                                                  \
                        const vector weight = w[i * V + l], in = x[i * V + l], out = y[l];         \
                        w[i * V + l] = weight + eta * rule(in, out, weight);                       \
                    }                                                                              \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

/* The same, and the mean of |cos| to the first component before each update. */
#define MEASURE(name, n, lanes, rule)                                                              \
    static void name(const pca *p)                                                                 \
    {                                                                                              \
        enum { V = (lanes) / WIDTH };                                                              \
        const double eta = p->eta;                                                                 \
        vector *const w = (vector *)(void *)p->w, *const sum = (vector *)(void *)p->cos_sum;       \
        const vector *const pc1 = (const vector *)(const void *)p->pc1;                            \
        for (size_t step = 0; step < p->n_steps; ++step) {                                         \
            const vector *const x = (const vector *)(const void *)(p->x + step * (n) * (lanes));   \
            vector y[V], along[V], length[V];                                                      \
            for (int l = 0; l < V; ++l) {                                                          \
                y[l] = w[l] * x[l];                                                                \
                along[l] = w[l] * pc1[l];                                                          \
                length[l] = w[l] * w[l];                                                           \
            }                                                                                      \
            for (int i = 1; i < (n); ++i) {                                                        \
                for (int l = 0; l < V; ++l) {                                                      \
                    const vector weight = w[i * V + l];                                            \
                    y[l] += weight * x[i * V + l];                                                 \
                    along[l] += weight * pc1[i * V + l];                                           \
                    length[l] += weight * weight;                                                  \
                }                                                                                  \
            }                                                                                      \
            for (int l = 0; l < V; ++l) {                                                          \
                sum[l] += magnitude(along[l]) / root(length[l]);                                   \
            }                                                                                      \
            for (int i = 0; i < (n); ++i) {                                                        \
                for (int l = 0; l < V; ++l) {                                                      \
                    const vector weight = w[i * V + l], in = x[i * V + l], out = y[l];             \
                    w[i * V + l] = weight + eta * rule(in, out, weight);                           \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

/* The same again, a vector of lanes at a time: better with few inputs and many lanes. */
#define BY_LANE(name, n, lanes, rule)                                                              \
    static void name(const pca *p)                                                                 \
    {                                                                                              \
        enum { V = (lanes) / WIDTH };                                                              \
        const double eta = p->eta;                                                                 \
        vector *const w = (vector *)(void *)p->w, *const sum = (vector *)(void *)p->cos_sum;       \
        const vector *const pc1 = (const vector *)(const void *)p->pc1;                            \
        for (size_t step = 0; step < p->n_steps; ++step) {                                         \
            const vector *const x = (const vector *)(const void *)(p->x + step * (n) * (lanes));   \
            for (int l = 0; l < V; ++l) {                                                          \
                vector y = w[l] * x[l], along = w[l] * pc1[l], length = w[l] * w[l];               \
                for (int i = 1; i < (n); ++i) {                                                    \
                    const vector weight = w[i * V + l];                                            \
                    y += weight * x[i * V + l];                                                    \
                    along += weight * pc1[i * V + l];                                              \
                    length += weight * weight;                                                     \
                }                                                                                  \
                sum[l] += magnitude(along) / root(length);                                         \
                for (int i = 0; i < (n); ++i) {                                                    \
                    const vector weight = w[i * V + l], in = x[i * V + l];                         \
                    w[i * V + l] = weight + eta * rule(in, y, weight);                             \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

TRAIN(train_10_oja, 10, 64, 64, RULE_OJA)
TRAIN(train_10_oja_4, 10, 64, 4, RULE_OJA)
TRAIN(train_10_oja_8, 10, 64, 8, RULE_OJA)
TRAIN(train_10_long_a, 10, 64, 64, RULE_LONG_A)
TRAIN(train_10_long_b, 10, 64, 64, RULE_LONG_B)
TRAIN(train_10_long_4, 10, 64, 4, RULE_LONG_A)
TRAIN(train_2_oja, 2, 512, 512, RULE_OJA)
TRAIN(train_2_oja_4, 2, 512, 4, RULE_OJA)
TRAIN(train_2_oja_8, 2, 512, 8, RULE_OJA)
TRAIN(train_2_long_a, 2, 512, 512, RULE_LONG_A)
TRAIN(train_2_long_b, 2, 512, 512, RULE_LONG_B)
TRAIN(train_2_long_4, 2, 512, 4, RULE_LONG_A)
MEASURE(measure_10_oja, 10, 64, RULE_OJA)
MEASURE(measure_10_long_a, 10, 64, RULE_LONG_A)
MEASURE(measure_10_long_b, 10, 64, RULE_LONG_B)
MEASURE(measure_2_oja, 2, 512, RULE_OJA)
MEASURE(measure_2_long_a, 2, 512, RULE_LONG_A)
MEASURE(measure_2_long_b, 2, 512, RULE_LONG_B)
BY_LANE(by_lane_10_oja, 10, 64, RULE_OJA)
BY_LANE(by_lane_10_long_a, 10, 64, RULE_LONG_A)
BY_LANE(by_lane_10_long_b, 10, 64, RULE_LONG_B)
BY_LANE(by_lane_2_oja, 2, 512, RULE_OJA)
BY_LANE(by_lane_2_long_a, 2, 512, RULE_LONG_A)
BY_LANE(by_lane_2_long_b, 2, 512, RULE_LONG_B)

void HAND(pca)(const pca *p, size_t variant)
{
    typedef void loop(const pca *);
    static loop *const loops[2][2][2][PCA_VARIANTS] = {
        {{{train_10_oja, train_10_oja_4, train_10_oja_8}, {train_10_long_a, train_10_long_b, train_10_long_4}},
         {{train_2_oja, train_2_oja_4, train_2_oja_8}, {train_2_long_a, train_2_long_b, train_2_long_4}}},
        {{{measure_10_oja, by_lane_10_oja}, {measure_10_long_a, measure_10_long_b, by_lane_10_long_a, by_lane_10_long_b}},
         {{measure_2_oja, by_lane_2_oja}, {measure_2_long_a, measure_2_long_b, by_lane_2_long_a, by_lane_2_long_b}}}};
    loops[p->angle][p->n == 2][p->rule][variant](p);
}

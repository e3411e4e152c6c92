/* conform_primitive.c: every primitive of the registry against the same suite: is the record complete, do
   all instruction sets give the same bits wherever a lane stands, do the algebraic facts hold to the bit,
   does the exported C give the same values, does its text parse and print. */
#include "cgp/expr.h"
#include "cgp/primitive.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/support/reference_eval.h"

/* The standard's macros are floats. */
#define INF ((double)INFINITY)
#define NO_NUMBER ((double)NAN)

enum { N = 2048, MAX_SHORT = 67, MAX_ULP = 4 };

static const double edges[] = {0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0, 3.0, -3.0, 1e22, -1e22, INF,
    -INF, NO_NUMBER, 0x1p-1074, -0x1p-1074, 0x1p-1023, -0x1p-1023, DBL_MIN, -DBL_MIN, DBL_MAX, -DBL_MAX,
    0x1p52, -0x1p52, 0x1.fffffffffffffp51, -0x1.fffffffffffffp51, 0x1.fffffffffffffp-2,
    -0x1.fffffffffffffp-2, 709.0, -708.0, -800.0, 1e-300, -1e-300, 0x1.921fb54442d18p0, 20.0, -20.0};
enum { N_EDGES = sizeof edges / sizeof *edges };

typedef struct data {
    uint64_t state;
    double x[E2L_MAX_ARITY][N], out[E2L_N_ISA][N];
} data;

static uint64_t next_bits(data *d) /* splitmix64 */
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static double next_value(data *d)
{
    static const double scale[] = {1.0, 4.0, 30.0, 700.0, 1e6};
    const uint64_t kind = next_bits(d) % 7, bits = next_bits(d);
    if (kind == 5) {
        return edges[bits % N_EDGES];
    }
    if (kind == 6) { /* any bits at all */
        double any;
        memcpy(&any, &bits, sizeof any);
        return any;
    }
    return ((double)(bits >> 11) * 0x1p-52 - 1.0) * scale[kind];
}

/* Every pair of edges first, then random values. */
static int set_up(void **state)
{
    data *d = calloc(1, sizeof *d);
    const char *seed = getenv("E2L_SEED");
    if (d == NULL) {
        return -1;
    }
    d->state = seed != NULL ? strtoull(seed, NULL, 0) : 20240501;
    for (size_t k = 0; k < N; ++k) {
        const bool edge = k < (size_t)N_EDGES * N_EDGES;
        d->x[0][k] = edge ? edges[k % N_EDGES] : next_value(d);
        d->x[1][k] = edge ? edges[k / N_EDGES] : next_value(d);
        d->x[2][k] = next_value(d);
    }
    *state = d;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static uint64_t bits_of(double a)
{
    uint64_t bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

/* Same bits; the payload of a NaN does not matter. */
static bool same(double a, double b)
{
    return (isnan(a) && isnan(b)) || bits_of(a) == bits_of(b);
}

static double flushed(double a)
{
    return fpclassify(a) == FP_SUBNORMAL ? copysign(0.0, a) : a;
}

static void eval(const e2l_primitive *p, e2l_isa isa, size_t n, double *out, const double *a,
                 const double *b, const double *c)
{
    const double *const in[E2L_MAX_ARITY] = {a, b, c};
    const unsigned saved = e2l_flush_begin();
    p->eval[isa](n, out, in);
    e2l_flush_end(saved);
}

static void expect_same(const e2l_primitive *p, const char *what, double a, double b, double got,
                        double wanted)
{
    if (!same(got, wanted)) {
        fail_msg("%s, %s: at (%a, %a) got %a, expected %a", p->name, what, a, b, got, wanted);
    }
}

/* ---- the record ---------------------------------------------------------------------------------- */
static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        ++n;
    }
    return n;
}

static void check_arguments(const e2l_primitive *p, const char *text)
{
    static const char *const names[] = {"$0", "$1", "$2"};
    for (uint32_t i = 0; i < E2L_MAX_ARITY; ++i) {
        const size_t wanted = i < p->arity ? 1 : 0;
        if (count(text, names[i]) != wanted) {
            fail_msg("%s: '%s' must hold %s %zu times", p->name, text, names[i], wanted);
        }
    }
}

static void check_notation(const e2l_primitive *p)
{
    const bool infix = p->notation == E2L_NOTATION_INFIX, prefix = p->notation == E2L_NOTATION_PREFIX;
    assert_int_equal(infix || prefix, p->symbol != NULL);
    if (infix) {
        assert_int_equal(p->arity, 2);
        assert_true(p->level >= E2L_LEVEL_OR && p->level <= E2L_LEVEL_POWER);
        assert_true(p->level != E2L_LEVEL_UNARY);
    } else if (prefix) {
        assert_int_equal(p->arity, 1);
        assert_int_equal(p->level, E2L_LEVEL_UNARY);
    } else {
        assert_int_equal(p->level, E2L_LEVEL_ATOM);
    }
}

static void check_flags(const e2l_primitive *p)
{
    const uint32_t of_one = E2L_ODD | E2L_EVEN | E2L_IDEMPOTENT;
    assert_true(!(p->flags & E2L_COMMUTES) || p->arity == 2);
    assert_true(!(p->flags & of_one) || p->arity == 1);
    assert_true((p->flags & (E2L_ODD | E2L_EVEN)) != (E2L_ODD | E2L_EVEN));
    assert_true((p->flags & ~(uint32_t)127) == 0);
    assert_true((unsigned)p->unit_rule <= E2L_UNIT_POWER);
    assert_true(p->cost > 0.0 && p->cost < 1000.0);
}

static void check_latex(const e2l_primitive *p)
{
    int depth = 0;
    check_arguments(p, p->latex_text);
    for (const char *at = p->latex_text; *at != '\0'; ++at) {
        depth += (*at == '{') - (*at == '}');
        assert_true(depth >= 0);
    }
    assert_int_equal(depth, 0);
    assert_int_equal(count(p->latex_text, "\\left") - count(p->latex_text, "\\left\\lfloor"),
                     count(p->latex_text, "\\right") - count(p->latex_text, "\\right\\rfloor"));
    assert_int_equal(count(p->latex_text, "\\begin{"), count(p->latex_text, "\\end{"));
    assert_in_range(p->latex_level, 0, E2L_LEVEL_ATOM);
    for (uint32_t i = 0; i < p->arity; ++i) {
        assert_in_range(p->latex_arg_levels[i], 0, p->latex_arg_level);
    }
}

static void test_record(void **state)
{
    (void)state;
    assert_true(e2l_n_primitives >= 33);
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        assert_int_equal(p->abi, E2L_PRIMITIVE_ABI);
        assert_in_range(p->arity, 1, E2L_MAX_ARITY);
        check_notation(p);
        check_flags(p);
        check_arguments(p, p->c_text);
        check_latex(p);
        assert_true(p->summary[0] != '\0' && p->source[0] != '\0' && p->domain != NULL);
        assert_int_equal(p->c_helper != NULL, strstr(p->c_text, "e2l_") != NULL);
        for (int isa = 0; isa < E2L_N_ISA; ++isa) {
            assert_true(p->eval[isa] != NULL && p->eval_single[isa] != NULL);
        }
    }
}

static void test_registry(void **state)
{
    (void)state;
    const char *names[256];
    assert_true(e2l_n_primitives <= 256);
    e2l_primitive_names(names);
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        assert_true(k == 0 || strcmp(names[k - 1], names[k]) < 0);
        assert_ptr_equal(e2l_primitive_find(names[k]), p);
        assert_int_equal(e2l_primitive_index(p), k);
        for (size_t i = 0; i < k && p->symbol != NULL; ++i) {
            const e2l_primitive *q = e2l_primitives[i];
            assert_false(q->notation == p->notation && strcmp(q->symbol, p->symbol) == 0);
        }
    }
    assert_null(e2l_primitive_find("mull"));
    assert_null(e2l_primitive_find(""));
}

static void test_isa(void **state)
{
    (void)state;
    assert_true(e2l_isa_available(E2L_ISA_SSE2));
    assert_int_equal(setenv("E2L_ISA", "sse2", 1), 0);
    assert_int_equal(e2l_isa_best(), E2L_ISA_SSE2);
    assert_int_equal(setenv("E2L_ISA", "none such", 1), 0);
    const e2l_isa best = e2l_isa_best();
    assert_int_equal(unsetenv("E2L_ISA"), 0);
    assert_int_equal(e2l_isa_best(), best);
    assert_true(e2l_isa_available(best));
    assert_string_equal(e2l_isa_name(E2L_ISA_AVX512), "avx512");
}

/* ---- single precision -------------------------------------------------------------------------------- */
static void expect_single(const e2l_primitive *p, e2l_isa isa, const float *a, const float *b, const float *c, size_t n)
{
    static float out[N];
    const float *const in[E2L_MAX_ARITY] = {a, b, c};
    const unsigned saved = e2l_flush_begin();
    p->eval_single[isa](n, out, in);
    for (size_t k = 0; k < n; ++k) {
        const double wanted = (double)reference_apply_single(p->name, a[k], b[k], c[k]);
        if (!same((double)out[k], wanted)) {
            fail_msg("%s, single, %s: at (%a, %a, %a) got %a, expected %a", p->name, e2l_isa_name(isa), (double)a[k], (double)b[k],
                     (double)c[k], (double)out[k], wanted);
        }
    }
    e2l_flush_end(saved);
}

/* Every set gives the bits of the scalar definition in float; a rest shorter than a vector, too. */
static void test_single(void **state)
{
    const data *const d = *state;
    static float x[E2L_MAX_ARITY][N];
    for (size_t i = 0; i < E2L_MAX_ARITY; ++i) {
        for (size_t k = 0; k < N; ++k) {
            x[i][k] = (float)d->x[i][k];
        }
    }
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        for (int isa = 0; isa < E2L_N_ISA; ++isa) {
            if (e2l_isa_available((e2l_isa)isa)) {
                expect_single(e2l_primitives[k], (e2l_isa)isa, x[0], x[1], x[2], N);
                expect_single(e2l_primitives[k], (e2l_isa)isa, x[0] + 1, x[1] + 3, x[2] + 2, N % 16 + 5);
            }
        }
    }
}

/* ---- lanes ----------------------------------------------------------------------------------------- */
static void test_sets_agree(void **state)
{
    data *d = *state;
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        eval(p, E2L_ISA_SSE2, N, d->out[0], d->x[0], d->x[1], d->x[2]);
        for (size_t i = 0; i < N; ++i) {
            if (fpclassify(d->out[0][i]) == FP_SUBNORMAL) {
                fail_msg("%s gives a subnormal at (%a, %a)", p->name, d->x[0][i], d->x[1][i]);
            }
        }
        for (e2l_isa isa = E2L_ISA_AVX2; isa < E2L_N_ISA; ++isa) {
            if (!e2l_isa_available(isa)) {
                continue;
            }
            eval(p, isa, N, d->out[isa], d->x[0], d->x[1], d->x[2]);
            for (size_t i = 0; i < N; ++i) {
                expect_same(p, e2l_isa_name(isa), d->x[0][i], d->x[1][i], d->out[isa][i], d->out[0][i]);
            }
        }
    }
}

/* n lanes from the pointers of `d` moved by `shift`, out fresh or one of the inputs; d->out[0] holds what
   long blocks give. The lanes next to the block must stay as they are. */
static void check_short(const data *d, const e2l_primitive *p, e2l_isa isa, size_t n, size_t shift,
                        uint32_t in_place)
{
    double copy[E2L_MAX_ARITY + 1][MAX_SHORT + 16];
    for (uint32_t i = 0; i <= E2L_MAX_ARITY; ++i) {
        const size_t all = sizeof copy[i];
        memset(copy[i], 0x5a, all);
        if (i < E2L_MAX_ARITY) {
            memcpy(copy[i] + 4 + shift, d->x[i] + 700, n * sizeof(double));
        }
    }
    double *const out = copy[in_place] + 4 + shift, before = out[-1];
    eval(p, isa, n, out, copy[0] + 4 + shift, copy[1] + 4 + shift, copy[2] + 4 + shift);
    assert_true(bits_of(out[-1]) == bits_of(before) && bits_of(out[n]) == bits_of(before));
    for (size_t k = 0; k < n; ++k) {
        expect_same(p, "short block", d->x[0][700 + k], d->x[1][700 + k], out[k], d->out[0][700 + k]);
    }
}

static void test_short_unaligned_in_place(void **state)
{
    data *d = *state;
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        eval(p, E2L_ISA_SSE2, N, d->out[0], d->x[0], d->x[1], d->x[2]);
        for (e2l_isa isa = E2L_ISA_SSE2; isa < E2L_N_ISA; ++isa) {
            for (size_t n = 0; e2l_isa_available(isa) && n <= MAX_SHORT; ++n) {
                check_short(d, p, isa, n, n % 3, E2L_MAX_ARITY);
                check_short(d, p, isa, n, n % 5, (uint32_t)n % p->arity);
            }
        }
    }
}

/* ---- algebra: a flag that is set must hold to the bit ------------------------------------------------ */
static void check_commutes(data *d, const e2l_primitive *p)
{
    eval(p, e2l_isa_best(), N, d->out[1], d->x[1], d->x[0], d->x[2]);
    for (size_t i = 0; i < N; ++i) {
        expect_same(p, "commutes", d->x[0][i], d->x[1][i], d->out[1][i], d->out[0][i]);
    }
}

static void check_parity(data *d, const e2l_primitive *p)
{
    for (size_t i = 0; i < N; ++i) {
        d->out[2][i] = -d->x[0][i];
    }
    eval(p, e2l_isa_best(), N, d->out[1], d->out[2], d->x[1], d->x[2]);
    for (size_t i = 0; i < N; ++i) {
        const double wanted = p->flags & E2L_ODD ? -d->out[0][i] : d->out[0][i];
        expect_same(p, "parity", d->x[0][i], 0.0, d->out[1][i], wanted);
    }
}

static void check_bounded(const data *d, const e2l_primitive *p)
{
    for (size_t i = 0; i < N; ++i) {
        const bool number = !isnan(d->x[0][i]) && (p->arity < 2 || !isnan(d->x[1][i]));
        if (number && fabs(d->out[0][i]) > 1.0) {
            fail_msg("%s(%a, %a) = %a is not bounded", p->name, d->x[0][i], d->x[1][i], d->out[0][i]);
        }
    }
}

static void check_idempotent(data *d, const e2l_primitive *p)
{
    eval(p, e2l_isa_best(), N, d->out[1], d->out[0], d->x[1], d->x[2]);
    for (size_t i = 0; i < N; ++i) {
        expect_same(p, "idempotent", d->out[0][i], 0.0, d->out[1][i], d->out[0][i]);
    }
}

static void test_algebra(void **state)
{
    data *d = *state;
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        eval(p, e2l_isa_best(), N, d->out[0], d->x[0], d->x[1], d->x[2]);
        if (p->flags & E2L_COMMUTES) {
            check_commutes(d, p);
        }
        if (p->flags & (E2L_ODD | E2L_EVEN)) {
            check_parity(d, p);
        }
        if (p->flags & E2L_BOUNDED) {
            check_bounded(d, p);
        }
        if (p->flags & E2L_IDEMPOTENT) {
            check_idempotent(d, p);
        }
    }
}

/* ---- the edge cases the language promises ------------------------------------------------------------ */
typedef struct fact {
    const char *name;
    double a, b, c, wanted;
} fact;

static const fact facts[] = {
    {"pdiv", 5, 0, 0, 1}, {"pdiv", 5, -0.0, 0, 1}, {"pdiv", NO_NUMBER, 0, 0, 1}, {"pdiv", 6, 3, 0, 2},
    {"div", 1, 0, 0, INF}, {"div", 0, 0, 0, NO_NUMBER}, {"sqrt", -1, 0, 0, NO_NUMBER}, {"log", -1, 0, 0, NO_NUMBER},
    {"log", 0, 0, 0, -INF}, {"if", 1, 2, 3, 2}, {"if", 0, 2, 3, 3}, {"if", NO_NUMBER, 2, 3, 3},
    {"if", -1, 2, NO_NUMBER, NO_NUMBER}, {"if", 1, 2, NO_NUMBER, 2}, {"min", 1, NO_NUMBER, 0, NO_NUMBER}, {"min", NO_NUMBER, 1, 0, NO_NUMBER},
    {"max", 1, NO_NUMBER, 0, NO_NUMBER}, {"max", NO_NUMBER, 1, 0, NO_NUMBER}, {"max", -INF, NO_NUMBER, 0, NO_NUMBER},
    {"min", 0, -0.0, 0, -0.0}, {"max", -0.0, 0, 0, 0.0}, {"min", 2, 3, 0, 2}, {"max", 2, 3, 0, 3},
    {"max", -2, -3, 0, -2}, {"relu", NO_NUMBER, 0, 0, NO_NUMBER}, {"relu", -3, 0, 0, 0}, {"relu", 3, 0, 0, 3},
    {"sign", 0, 0, 0, 0}, {"sign", NO_NUMBER, 0, 0, NO_NUMBER}, {"sign", -7, 0, 0, -1}, {"sign", 7, 0, 0, 1},
    {"step", 0, 0, 0, 0}, {"step", NO_NUMBER, 0, 0, 0}, {"step", 0.1, 0, 0, 1}, {"lt", 1, NO_NUMBER, 0, 0},
    {"ge", NO_NUMBER, 1, 0, 0}, {"ge", 1, 1, 0, 1}, {"gt", 1, 1, 0, 0}, {"le", 1, 1, 0, 1}, {"lt", 1, 2, 0, 1},
    {"eq", NO_NUMBER, NO_NUMBER, 0, 0}, {"ne", NO_NUMBER, NO_NUMBER, 0, 1}, {"eq", 0, -0.0, 0, 1}, {"and", 2, -1, 0, 1},
    {"and", 2, 0, 0, 0}, {"and", NO_NUMBER, 1, 0, 1}, {"or", 0, 0, 0, 0}, {"or", 0, NO_NUMBER, 0, 1},
    {"not", 0, 0, 0, 1}, {"not", NO_NUMBER, 0, 0, 0}, {"not", 3, 0, 0, 0}, {"mod", 7, 3, 0, 1},
    {"mod", -7, 3, 0, 2}, {"mod", 7, -3, 0, -2}, {"mod", 7, 0, 0, NO_NUMBER}, {"floor", -1.5, 0, 0, -2},
    {"floor", -0.0, 0, 0, -0.0}, {"floor", 0x1.fffffffffffffp51, 0, 0, 0x1.ffffffffffffep51},
    {"floor", 0.99, 0, 0, 0}, {"neg", 0, 0, 0, -0.0}, {"abs", -0.0, 0, 0, 0}, {"square", -3, 0, 0, 9},
    {"neg", 0x1p-1074, 0, 0, -0.0}, {"abs", -0x1p-1074, 0, 0, 0}, {"if", 0x1p-1074, 2, 3, 3},
    {"pdiv", 3, 0x1p-1074, 0, 1}, {"add", 1, 2, 0, 3}, {"sub", 1, 2, 0, -1}, {"mul", 3, 2, 0, 6},
    {"exp", 0, 0, 0, 1}, {"exp", -INF, 0, 0, 0}, {"exp", INF, 0, 0, INF},
    {"sigmoid", 0, 0, 0, 0.5}, {"sigmoid", -INF, 0, 0, 0}, {"sigmoid", INF, 0, 0, 1},
    {"tanh", INF, 0, 0, 1}, {"sin", INF, 0, 0, NO_NUMBER}, {"cos", 0, 0, 0, 1}, {"pow", 2, 10, 0, 1024},
    {"pow", -2, 3, 0, -8}, {"pow", -2, 0.5, 0, NO_NUMBER}, {"pow", NO_NUMBER, 0, 0, 1}, {"pow", 0, -1, 0, INF}};

static void test_facts(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof facts / sizeof *facts; ++k) {
        const fact *f = facts + k;
        const e2l_primitive *p = e2l_primitive_find(f->name);
        assert_non_null(p);
        for (e2l_isa isa = E2L_ISA_SSE2; isa < E2L_N_ISA; ++isa) {
            double out = 77.0;
            if (e2l_isa_available(isa)) {
                eval(p, isa, 1, &out, &f->a, &f->b, &f->c);
                expect_same(p, "fact", f->a, f->b, out, f->wanted);
            }
        }
    }
}

/* ---- exported C, compiled by the machine's compiler --------------------------------------------------- */
static void write_c_text(FILE *file, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '$') {
            fprintf(file, "x%c", *++text);
        } else {
            fputc(*text, file);
        }
    }
}

static void write_functions(FILE *file)
{
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        fprintf(file, "%s\nstatic double f_%s(double x0, double x1, double x2)\n{\n", p->c_helper ? p->c_helper : "",
                p->name);
        fputs("    (void)x0, (void)x1, (void)x2;\n    return ", file);
        write_c_text(file, p->c_text);
        fputs(";\n}\n", file);
    }
    fputs("static double (*const f[])(double, double, double) = {", file);
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        fprintf(file, "f_%s, ", e2l_primitives[k]->name);
    }
    fputs("};\n", file);
}

/* The program reads x[3][N] and writes the values of all primitives. Subnormals count as zero there too. */
static void write_program(FILE *file)
{
    fputs("#include <math.h>\n", file);
    write_functions(file);
    fprintf(file, "#include <stdio.h>\n#if defined(__x86_64__)\n#include <xmmintrin.h>\n#endif\n"
                  "static double x[3][%d], y[%d];\nint main(void)\n{\n"
                  "    size_t i, k;\n    if (fread(x, sizeof x, 1, stdin) != 1) return 1;\n"
                  "#if defined(__x86_64__)\n    _mm_setcsr(_mm_getcsr() | 0x8040u);\n#endif\n"
                  "    for (k = 0; k < sizeof f / sizeof *f; ++k) {\n"
                  "        for (i = 0; i < %d; ++i) y[i] = f[k](x[0][i], x[1][i], x[2][i]);\n"
                  "        if (fwrite(y, sizeof y, 1, stdout) != 1) return 1;\n    }\n    return 0;\n}\n",
            (int)N, (int)N, (int)N);
}

static uint64_t ulp_distance(double a, double b)
{
    const uint64_t top = UINT64_C(1) << 63, p = bits_of(a), q = bits_of(b);
    const uint64_t i = p & top ? top - (p & ~top) : top + p, j = q & top ? top - (q & ~top) : top + q;
    return i > j ? i - j : j - i;
}

static bool near_enough(const e2l_primitive *p, double got, double wanted)
{
    const double huge = DBL_MAX * (1.0 - 2e-6); /* SLEEF's exp and pow overflow this early */
    if (!(p->flags & E2L_EXACT) && fabs(wanted) > huge && isinf(got)) {
        return signbit(got) == signbit(wanted);
    }
    if (p->flags & E2L_EXACT || !isfinite(got) || !isfinite(wanted)) {
        return same(got, wanted);
    }
    const double tiny = 4.0 * DBL_MIN; /* where flushing within a library's steps may show */
    return (fabs(got) < tiny && fabs(wanted) < tiny) || ulp_distance(got, wanted) <= MAX_ULP;
}

static void compare_with_program(data *d, FILE *results)
{
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        eval(p, e2l_isa_best(), N, d->out[0], d->x[0], d->x[1], d->x[2]);
        assert_int_equal(fread(d->out[1], sizeof d->out[1], 1, results), 1);
        for (size_t i = 0; i < N; ++i) {
            const double got = flushed(d->out[0][i]), wanted = flushed(d->out[1][i]);
            if (!near_enough(p, got, wanted)) {
                fail_msg("%s(%a, %a, %a): lanes %a, C text %a", p->name, d->x[0][i], d->x[1][i], d->x[2][i],
                         got, wanted);
            }
        }
    }
}

static void in_folder(char path[64], const char *folder, const char *name)
{
    (void)snprintf(path, 64, "%s/%s", folder, name);
}

static int build_and_run(data *d, const char *folder)
{
    char path[64], command[512];
    in_folder(path, folder, "all.c");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    write_program(file);
    assert_int_equal(fclose(file), 0);
    for (size_t i = 0; i < (size_t)E2L_MAX_ARITY * N; ++i) {
        d->x[i / N][i % N] = flushed(d->x[i / N][i % N]); /* what libm does with subnormals is its own affair */
    }
    in_folder(path, folder, "in");
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(d->x, sizeof d->x, 1, file), 1);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(command, sizeof command,
                   "cd %s && cc -std=c99 -Wall -Wextra -Werror -pedantic -ffp-contract=off all.c -o all -lm && "
                   "./all <in >out",
                   folder);
    return system(command);
}

static void test_exported_c(void **state)
{
    data *d = *state;
    char folder[] = "/tmp/e2l-primitive-XXXXXX", path[64];
    static const char *const files[] = {"all.c", "all", "in", "out"};
    if (system("command -v cc >/dev/null") != 0) {
        print_message("no cc in PATH: exported C not checked\n");
        skip();
    }
    assert_non_null(mkdtemp(folder));
    const int failed = build_and_run(d, folder);
    in_folder(path, folder, "out");
    FILE *results = failed == 0 ? fopen(path, "rb") : NULL; /* stays readable when unlinked */
    for (size_t k = 0; k < sizeof files / sizeof *files; ++k) {
        in_folder(path, folder, files[k]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
    assert_int_equal(failed, 0);
    assert_non_null(results);
    compare_with_program(d, results);
    (void)fclose(results);
}

/* ---- text ------------------------------------------------------------------------------------------- */
static void check_text(e2l_ctx *ctx, const e2l_primitive *p, const char *text)
{
    e2l_expr *once = NULL, *twice = NULL;
    e2l_text printed;
    e2l_text_init(&printed, ctx);
    if (e2l_expr_parse(ctx, &once, text, strlen(text), NULL) != E2L_OK) {
        fail_msg("'%s': %s", text, e2l_ctx_message(ctx));
    }
    assert_int_equal(e2l_expr_n_nodes(once), p->arity + 1);
    assert_ptr_equal(e2l_expr_nodes(once)[p->arity].primitive, p);
    assert_int_equal(e2l_expr_print(once, E2L_STYLE_HEX, &printed), E2L_OK);
    assert_int_equal(e2l_expr_parse(ctx, &twice, e2l_text_get(&printed), printed.n, NULL), E2L_OK);
    assert_true(e2l_expr_equal(once, twice));
    e2l_text_clear(&printed);
    e2l_expr_destroy(ctx, once);
    e2l_expr_destroy(ctx, twice);
}

static void test_text(void **state)
{
    (void)state;
    static const char *const arguments[] = {"x", "x, y", "x, y, z"};
    e2l_ctx *ctx = NULL;
    assert_int_equal(e2l_ctx_create(&ctx), E2L_OK);
    for (size_t k = 0; k < e2l_n_primitives; ++k) {
        const e2l_primitive *p = e2l_primitives[k];
        char text[64];
        (void)snprintf(text, sizeof text, "%s(%s)", p->name, arguments[p->arity - 1]);
        check_text(ctx, p, text);
        if (p->symbol != NULL) {
            const bool infix = p->notation == E2L_NOTATION_INFIX;
            (void)snprintf(text, sizeof text, "%s%s%s", infix ? "x " : "", p->symbol, infix ? " y" : "x");
            check_text(ctx, p, text);
        }
    }
    assert_int_equal(e2l_ctx_destroy(ctx), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_isa),
        cmocka_unit_test_setup_teardown(test_single, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sets_agree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_unaligned_in_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_algebra, set_up, tear_down),
        cmocka_unit_test(test_facts),
        cmocka_unit_test_setup_teardown(test_exported_c, set_up, tear_down),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* primitive.h: one record per operation of the language.

   A primitive is one file cgp/primitive_NAME.c that defines `const e2l_primitive e2l_primitive_NAME`.
   CMake finds the files and generates the registry; parser, printer, evaluator, exporters, search and
   docs all read the record, so nothing about an operation is known anywhere else.

   Each file is compiled once per instruction set and precision (see primitive_impl.h): the lane functions carry
   their names, the record itself is emitted by the base compilation only. All of them give the
   same bits: IEEE binary64 (or binary32), round to nearest, no contraction, subnormals flushed by the caller. */
#ifndef E2L_CGP_PRIMITIVE_H
#define E2L_CGP_PRIMITIVE_H

#include "cgp/base.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { E2L_MAX_ARITY = 3 };

/* Instruction sets with lane functions of their own. GENERIC is plain C (SSE2 on x86-64). */
typedef enum e2l_isa { E2L_ISA_SSE2, E2L_ISA_AVX2, E2L_ISA_AVX512, E2L_N_ISA } e2l_isa;

/* What is called NAME_avx2 or NAME_avx512; where the build leaves the set out (CMake: E2L_INSTRUCTION_SETS), that of the base set. */
#ifdef E2L_WITH_avx2
#define E2L_OF_AVX2(name) name##_avx2
#else
#define E2L_OF_AVX2(name) name##_sse2
#endif
#ifdef E2L_WITH_avx512
#define E2L_OF_AVX512(name) name##_avx512
#else
#define E2L_OF_AVX512(name) name##_sse2
#endif

const char *e2l_isa_name(e2l_isa isa); /* "sse2", "avx2", "avx512" */
/* Built in, and runs on this machine (sse2 always does). */
bool e2l_isa_available(e2l_isa isa);
/* The best available one, or the one named by the environment variable E2L_ISA when it is available. */
e2l_isa e2l_isa_best(void);

/* out[k] = f(in[0][k], ...) for k < n. out may be in[i] (same pointer) but not overlap otherwise. No
   alignment is asked for beyond that of double. */
typedef void e2l_lanes_fn(size_t n, double *out, const double *const *in);
/* The same in single precision: IEEE binary32, every operation rounded to it. */
typedef void e2l_lanes_single_fn(size_t n, float *out, const float *const *in);

typedef enum e2l_unit_rule {
    E2L_UNIT_SAME,          /* arguments agree, result has their unit: add, min, floor */
    E2L_UNIT_PRODUCT,       /* mul */
    E2L_UNIT_QUOTIENT,      /* div, pdiv */
    E2L_UNIT_SQRT,          /* sqrt */
    E2L_UNIT_SQUARE,        /* square */
    E2L_UNIT_DIMENSIONLESS, /* arguments and result dimensionless: exp, tanh */
    E2L_UNIT_COMPARE,       /* arguments agree, result dimensionless: lt */
    E2L_UNIT_SIGN,          /* any argument, result dimensionless: sign, step */
    E2L_UNIT_SELECT,        /* first any, the others agree and give the result: if */
    E2L_UNIT_POWER          /* pow: exponent dimensionless */
} e2l_unit_rule;

enum {
    E2L_COMMUTES = 1 << 0,  /* f(a, b) = f(b, a) to the bit (two arguments) */
    E2L_ODD = 1 << 1,       /* f(-a) = -f(a) to the bit (one argument) */
    E2L_EVEN = 1 << 2,      /* f(-a) = f(a) to the bit (one argument) */
    E2L_BOUNDED = 1 << 3,   /* |f| <= 1 for every argument that is not NaN */
    E2L_EXACT = 1 << 4,     /* only + - * / sqrt, comparisons and selections: C gives the same bits */
    E2L_CHIP = 1 << 5,      /* the chip's vector unit (saturating fractions) can do it */
    E2L_IDEMPOTENT = 1 << 6 /* f(f(a)) = f(a): abs, relu, floor, sign */
};

/* How the operation stands in the text of the language. */
typedef enum e2l_notation {
    E2L_NOTATION_CALL,   /* name(a, b) */
    E2L_NOTATION_INFIX,  /* a symbol b */
    E2L_NOTATION_PREFIX, /* symbol a */
} e2l_notation;

/* Precedence levels, larger binds tighter; atoms and calls are above all. */
enum {
    E2L_LEVEL_OR = 1,   /* |  */
    E2L_LEVEL_AND,      /* &  */
    E2L_LEVEL_COMPARE,  /* < <= > >= == != ; do not chain */
    E2L_LEVEL_SUM,      /* + - */
    E2L_LEVEL_PRODUCT,  /* * / % */
    E2L_LEVEL_UNARY,    /* - ! */
    E2L_LEVEL_POWER,    /* ^, right to left */
    E2L_LEVEL_ATOM
};

typedef struct e2l_primitive {
    uint32_t abi;              /* E2L_PRIMITIVE_ABI */
    uint32_t arity;            /* 1..E2L_MAX_ARITY */
    const char *name;          /* "mul": the search's function list, calls in text */
    e2l_notation notation;
    const char *symbol;        /* "*" for infix and prefix, else NULL */
    int level;                 /* E2L_LEVEL_* of infix and prefix, E2L_LEVEL_ATOM for calls */
    uint32_t flags;            /* E2L_COMMUTES | ... */
    e2l_unit_rule unit_rule;
    double cost;               /* relative to add = 1, measured on blocks of 512 lanes */
    e2l_lanes_fn *eval[E2L_N_ISA];
    e2l_lanes_single_fn *eval_single[E2L_N_ISA];
    /* C99 text: $0 $1 $2 stand for the arguments as primary expressions, each exactly once (no blow-up of
       nested text): "$0 * $1", "e2l_step($0)". Its value is a double, never an int. */
    const char *c_text;
    /* Definition of the helper that c_text calls (static inline function), or NULL. */
    const char *c_helper;
    /* LaTeX (amsmath): $0.. stand for the arguments, each exactly once; the printer adds parentheses
       by latex_level. */
    const char *latex_text;
    int latex_level;           /* level of latex_text as a whole; E2L_LEVEL_ATOM = never parenthesised,
                                  0 = looser than everything */
    int latex_arg_level;       /* lowest level an argument may have without parentheses (0 = any); safe
                                  for every argument, too strict for some: */
    int latex_arg_levels[E2L_MAX_ARITY]; /* the same for each by itself: a - (b - c), \frac, {a}^{b} */
    const char *summary;       /* one line: meaning, edge cases */
    const char *domain;        /* where it is finite and defined, in words: "b != 0" or "" */
    const char *source;        /* definition's source */
} e2l_primitive;

enum { E2L_PRIMITIVE_ABI = 1 };

/* The generated registry, sorted by name. */
extern const e2l_primitive *const e2l_primitives[];
extern const size_t e2l_n_primitives;

/* The record called `name`, or NULL. */
const e2l_primitive *e2l_primitive_find(const char *name);
/* Its index in e2l_primitives. */
size_t e2l_primitive_index(const e2l_primitive *primitive);
/* Names of all primitives into `names` (room for e2l_n_primitives), for e2l_nearest. */
void e2l_primitive_names(const char **names);

/* Subnormal operands and results count as zero while anything is evaluated: between begin and end no
   primitive returns a subnormal. begin returns the floating-point state of this thread to be handed to
   end. (x86: FTZ and DAZ of MXCSR. Elsewhere nothing is done: subnormals are kept.) */
unsigned e2l_flush_begin(void);
void e2l_flush_end(unsigned saved);

#ifdef __cplusplus
}
#endif
#endif

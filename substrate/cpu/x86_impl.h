/* x86_impl.h: an assembler for what native_elements.c, native_sums.c and native_emit.c write: vectors of 32 bytes (AVX, AVX2), and as many integer instructions as loops take.

   Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2. Code that does not fit any more is not written; `full` says so. */
#ifndef E2L_SUBSTRATE_CPU_X86_IMPL_H
#define E2L_SUBSTRATE_CPU_X86_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum gpr { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, NO_INDEX = RSP /* as the encoding has it */ } gpr;

typedef struct code {
    uint8_t *at, *end;
    bool full;
    bool single; /* vector arithmetic of binary32 */
} code;

/* Memory at base + (index << scale) + disp. */
typedef struct address {
    gpr base, index;
    int32_t disp;
    unsigned scale;
} address;

static inline void put(code *c, unsigned byte)
{
    if (c->at == c->end) {
        c->full = true;
        return;
    }
    *c->at++ = (uint8_t)byte;
}

static inline void put_32(code *c, int32_t value)
{
    for (int k = 0; k < 4; ++k) {
        put(c, (unsigned)((uint32_t)value >> (8 * k)) & 0xffu);
    }
}

static inline void put_64(code *c, uint64_t value)
{
    put_32(c, (int32_t)(uint32_t)value);
    put_32(c, (int32_t)(uint32_t)(value >> 32));
}

/* ModRM of two registers; `reg` may extend the opcode. */
static inline void put_registers(code *c, unsigned reg, unsigned rm)
{
    put(c, 0xc0u | (reg & 7u) << 3 | (rm & 7u));
}

/* ModRM, SIB and displacement. */
static inline void put_address(code *c, unsigned reg, const address *at)
{
    const bool far = at->disp < -128 || at->disp > 127;
    const bool none = at->disp == 0 && (at->base & 7) != RBP;
    const unsigned mod = none ? 0 : far ? 2 : 1;
    const bool sib = at->index != NO_INDEX || (at->base & 7) == RSP;
    put(c, mod << 6 | (reg & 7u) << 3 | (sib ? 4u : (unsigned)at->base & 7u));
    if (sib) {
        put(c, at->scale << 6 | ((unsigned)at->index & 7u) << 3 | ((unsigned)at->base & 7u));
    }
    if (mod == 1) {
        put(c, (unsigned)at->disp & 0xffu);
    } else if (mod == 2) {
        put_32(c, at->disp);
    }
}

/* ---- integers, 64 bits wide --------------------------------------------------------------------------------------- */
static inline void put_rex(code *c, bool wide, unsigned reg, unsigned index, unsigned base)
{
    put(c, 0x40u | (wide ? 8u : 0u) | (reg >> 3 & 1u) << 2 | (index >> 3 & 1u) << 1 | (base >> 3 & 1u));
}
static inline void x86_load(code *c, gpr to, gpr base, int32_t disp)
{
    const address at = {.base = base, .index = NO_INDEX, .disp = disp};
    put_rex(c, true, to, 0, base);
    put(c, 0x8b);
    put_address(c, to, &at);
}
static inline void x86_move(code *c, gpr to, gpr from)
{
    put_rex(c, true, from, 0, to);
    put(c, 0x89);
    put_registers(c, from, to);
}
static inline void x86_set(code *c, gpr to, uint64_t value)
{
    put_rex(c, true, 0, 0, to);
    put(c, 0xb8u | ((unsigned)to & 7u));
    put_64(c, value);
}
static inline void x86_zero(code *c, gpr to)
{
    put_rex(c, false, to, 0, to);
    put(c, 0x31);
    put_registers(c, to, to);
}
static inline void x86_add_const(code *c, gpr to, int32_t value)
{
    const bool small = value >= -128 && value <= 127;
    put_rex(c, true, 0, 0, to);
    put(c, small ? 0x83 : 0x81);
    put_registers(c, 0, to);
    if (small) {
        put(c, (unsigned)value & 0xffu);
    } else {
        put_32(c, value);
    }
}
static inline void x86_add(code *c, gpr to, gpr value)
{
    put_rex(c, true, value, 0, to);
    put(c, 0x01);
    put_registers(c, value, to);
}
static inline void x86_compare_const(code *c, gpr a, int32_t value)
{
    put_rex(c, true, 0, 0, a);
    put(c, 0x81);
    put_registers(c, 7, a);
    put_32(c, value);
}
/* to = from * value */
static inline void x86_multiply(code *c, gpr to, gpr from, int32_t value)
{
    put_rex(c, true, to, 0, from);
    put(c, 0x69);
    put_registers(c, to, from);
    put_32(c, value);
}
static inline void x86_push(code *c, gpr reg)
{
    put_rex(c, false, 0, 0, reg);
    put(c, 0x50u | ((unsigned)reg & 7u));
}
static inline void x86_pop(code *c, gpr reg)
{
    put_rex(c, false, 0, 0, reg);
    put(c, 0x58u | ((unsigned)reg & 7u));
}
static inline void x86_return(code *c)
{
    put(c, 0xc3);
}
/* to -= value */
static inline void x86_sub(code *c, gpr to, gpr value)
{
    put_rex(c, true, value, 0, to);
    put(c, 0x29);
    put_registers(c, value, to);
}
static inline void x86_negate(code *c, gpr reg)
{
    put_rex(c, true, 0, 0, reg);
    put(c, 0xf7);
    put_registers(c, 3, reg);
}
static inline void x86_compare(code *c, gpr a, gpr b)
{
    put_rex(c, true, b, 0, a);
    put(c, 0x39);
    put_registers(c, b, a);
}
/* to += what is at an address */
static inline void x86_add_at(code *c, gpr to, gpr base, int32_t disp)
{
    const address at = {.base = base, .index = NO_INDEX, .disp = disp};
    put_rex(c, true, to, 0, base);
    put(c, 0x03);
    put_address(c, to, &at);
}
/* 32 bits, zeros above. */
static inline void x86_load_u32(code *c, gpr to, const address *from)
{
    put_rex(c, false, to, from->index == NO_INDEX ? 0 : from->index, from->base);
    put(c, 0x8b);
    put_address(c, to, from);
}
/* After an add, subtraction or comparison: where it gave 0, something else, less than 0, or not more. */
typedef enum x86_condition { IF_ZERO = 0x84, IF_NOT_ZERO = 0x85, IF_LESS = 0x8c, IF_NOT_MORE = 0x8e } x86_condition;
static inline void x86_back_if(code *c, x86_condition what, const uint8_t *target)
{
    put(c, 0x0f);
    put(c, what);
    put_32(c, (int32_t)(target - (c->at + 4)));
}
/* Forward to where x86_land is called with what this gives. */
static inline uint8_t *x86_forward_if(code *c, x86_condition what)
{
    put(c, 0x0f);
    put(c, what);
    put_32(c, 0);
    return c->at;
}
static inline void x86_land(const code *c, uint8_t *from)
{
    const int32_t distance = (int32_t)(c->at - from);
    if (!c->full) {
        memcpy(from - sizeof distance, &distance, sizeof distance);
    }
}

/* ---- vectors -------------------------------------------------------------------------------------------------------- */
/* Which prefix (pp) and table (map) an instruction is in, as VEX has them. */
enum { PP_NONE = 0, PP_66 = 1, PP_F3 = 2, MAP_0F = 1, MAP_0F38 = 2, MAP_0F3A = 3 };

/* reg = op(first, rm). `base`, `index`: high bits of the register or address in rm. */
static inline void put_vex(code *c, unsigned pp, unsigned map, bool is_256, unsigned reg, unsigned first, unsigned index, unsigned base)
{
    const unsigned tail = (~first & 15u) << 3 | (is_256 ? 4u : 0u) | pp;
    const unsigned not_r = (~reg >> 3 & 1u) << 7, not_x = (~index >> 3 & 1u) << 6, not_b = (~base >> 3 & 1u) << 5;
    if (map == MAP_0F && not_x != 0 && not_b != 0) {
        put(c, 0xc5);
        put(c, not_r | tail);
        return;
    }
    put(c, 0xc4);
    put(c, not_r | not_x | not_b | map);
    put(c, tail);
}

static inline void put_vector(code *c, unsigned pp, unsigned map, unsigned opcode, int to, int first, int second)
{
    put_vex(c, pp, map, true, (unsigned)to, (unsigned)first, 0, (unsigned)second);
    put(c, opcode);
    put_registers(c, (unsigned)to, (unsigned)second);
}
static inline void put_vector_at(code *c, unsigned pp, unsigned map, unsigned opcode, int to, int first, const address *second)
{
    const unsigned index = second->index == NO_INDEX ? 0 : (unsigned)second->index;
    put_vex(c, pp, map, true, (unsigned)to, (unsigned)first, index, (unsigned)second->base);
    put(c, opcode);
    put_address(c, (unsigned)to, second);
}

/* Arithmetic of the code's precision: opcodes of table 0F. */
typedef enum vector_op { V_SQRT = 0x51, V_AND = 0x54, V_AND_NOT = 0x55, V_OR = 0x56, V_XOR = 0x57, V_ADD = 0x58, V_MUL = 0x59, V_SUB = 0x5c, V_MIN = 0x5d, V_DIV = 0x5e, V_MAX = 0x5f } vector_op;
static inline unsigned arithmetic_pp(const code *c)
{
    return c->single ? PP_NONE : PP_66;
}
static inline void x86_vector(code *c, vector_op op, int to, int first, int second)
{
    put_vector(c, arithmetic_pp(c), MAP_0F, op, to, first, second);
}
static inline void x86_vector_at(code *c, vector_op op, int to, int first, const address *second)
{
    put_vector_at(c, arithmetic_pp(c), MAP_0F, op, to, first, second);
}
/* C's ==, <, <=, !=, >=, > (false for NaN except !=), and whether one is NaN. */
typedef enum vector_compare { V_UNORDERED = 0x03, V_EQ = 0x00, V_LT = 0x11, V_LE = 0x12, V_NE = 0x04, V_GE = 0x1d, V_GT = 0x1e } vector_compare;
static inline void x86_compare_vectors(code *c, vector_compare what, int to, int first, int second)
{
    put_vector(c, arithmetic_pp(c), MAP_0F, 0xc2, to, first, second);
    put(c, what);
}
/* Where the sign of `where` is set the second, else the first. */
static inline void x86_blend(code *c, int to, int first, int second, int where)
{
    put_vector(c, PP_66, MAP_0F3A, c->single ? 0x4a : 0x4b, to, first, second);
    put(c, (unsigned)where << 4);
}
static inline void x86_load_vector(code *c, int to, const address *from)
{
    put_vector_at(c, arithmetic_pp(c), MAP_0F, 0x10, to, 0, from);
}
static inline void x86_store_vector(code *c, int from, const address *to)
{
    put_vector_at(c, arithmetic_pp(c), MAP_0F, 0x11, from, 0, to);
}
static inline void x86_floor(code *c, int to, int from)
{
    put_vector(c, PP_66, MAP_0F3A, c->single ? 0x08 : 0x09, to, 0, from);
    put(c, 9);
}
/* One number in all lanes. */
static inline void x86_broadcast(code *c, int to, const address *from)
{
    put_vector_at(c, PP_66, MAP_0F38, c->single ? 0x18 : 0x19, to, 0, from);
}
static inline void x86_clear_vector(code *c, int to)
{
    put_vector(c, PP_66, MAP_0F, 0xef, to, to, to);
}
/* Of unsigned integers of 32 bits. */
static inline void x86_max_u32(code *c, int to, int first, int second)
{
    put_vector(c, PP_66, MAP_0F38, 0x3f, to, first, second);
}
/* Of signed ones: all bits where first > second. */
static inline void x86_greater_i32(code *c, int to, int first, int second)
{
    put_vector(c, PP_66, MAP_0F, 0x66, to, first, second);
}
/* An integer of 32 bits in all lanes; goes through eax. */
static inline void x86_set_vector(code *c, int to, int32_t value)
{
    put(c, 0xb8);
    put_32(c, value);
    put_vex(c, PP_66, MAP_0F, false, (unsigned)to, 0, 0, RAX);
    put(c, 0x6e);
    put_registers(c, (unsigned)to, RAX);
    put_vector(c, PP_66, MAP_0F38, 0x58, to, 0, to);
}
/* The signs of the lanes as bits of a register. */
static inline void x86_signs(code *c, gpr to, int from)
{
    put_vector(c, arithmetic_pp(c), MAP_0F, 0x50, (int)to, 0, from);
}
/* Lanes where `mask` is set. */
static inline void x86_store_some(code *c, int from, int mask, const address *to)
{
    put_vector_at(c, PP_66, MAP_0F38, c->single ? 0x2e : 0x2f, from, mask, to);
}
/* As many numbers of 32 bits as there are lanes: half a vector of them where lanes have 64. */
static inline void x86_load_indices(code *c, int to, const address *from)
{
    const unsigned index = from->index == NO_INDEX ? 0 : (unsigned)from->index;
    put_vex(c, PP_F3, MAP_0F, c->single, (unsigned)to, 0, index, (unsigned)from->base);
    put(c, 0x6f);
    put_address(c, (unsigned)to, from);
}
/* Lane k: what is at base + disp + indices[k] lanes. `mask` is cleared; three different vectors. */
static inline void x86_gather(code *c, int to, gpr base, int32_t disp, int indices, int mask)
{
    const unsigned w = c->single ? 0u : 0x80u, scale = c->single ? 2 : 3;
    put_vector(c, PP_66, MAP_0F, 0x76, mask, mask, mask); /* equal to itself: all bits */
    put(c, 0xc4);
    put(c, (~(unsigned)to >> 3 & 1u) << 7 | (~(unsigned)indices >> 3 & 1u) << 6 | (~(unsigned)base >> 3 & 1u) << 5 | MAP_0F38);
    put(c, w | (~(unsigned)mask & 15u) << 3 | 4u | PP_66);
    put(c, 0x92);
    put(c, 0x84u | ((unsigned)to & 7u) << 3); /* a displacement of 32 bits */
    put(c, scale << 6 | ((unsigned)indices & 7u) << 3 | ((unsigned)base & 7u));
    put_32(c, disp);
}
/* The upper half of a vector into the lower one of another. */
static inline void x86_upper_half(code *c, int to, int from)
{
    put_vector(c, PP_66, MAP_0F3A, 0x19, from, 0, to);
    put(c, 1);
}
/* One lane of the lower half. */
static inline void x86_store_lane(code *c, int from, unsigned lane, const address *to)
{
    const unsigned index = to->index == NO_INDEX ? 0 : (unsigned)to->index;
    put_vex(c, PP_66, c->single ? MAP_0F3A : MAP_0F, false, (unsigned)from, 0, index, (unsigned)to->base);
    put(c, c->single ? 0x17 : lane == 0 ? 0x13 : 0x17);
    put_address(c, (unsigned)from, to);
    if (c->single) {
        put(c, lane);
    }
}
static inline void x86_end_vectors(code *c)
{
    put(c, 0xc5);
    put(c, 0xf8);
    put(c, 0x77);
}
/* *at |= 1 unless `flags` is 0. */
static inline void x86_mark_unless_zero(code *c, gpr flags, gpr at)
{
    put_rex(c, false, flags, 0, flags); /* test flags, flags */
    put(c, 0x85);
    put_registers(c, flags, flags);
    put(c, 0x74); /* over the next instruction, of 4 bytes */
    put(c, 4);
    put_rex(c, false, 0, 0, at); /* or dword [at], 1; `at` neither RSP, RBP nor their high twins */
    put(c, 0x83);
    put(c, 1u << 3 | ((unsigned)at & 7u));
    put(c, 1);
}

#endif

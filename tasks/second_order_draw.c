/* second_order_draw.c: the cases of second_order_errors: samples of two classes.

   Half of the n inputs belong to class 0, the other half to class 1 (in the odd one out: to class 1).

       variance   x_i = scale z,                          where input i belongs to the sample's class
                  x_i = scale contrast z,                 elsewhere
       xor        x_i = scale (side + noise z),           where it does: clusters at (1, 0) and (-1, 0) against (0, 1) and (0, -1)
                  x_i = scale noise z                     elsewhere
       mean       x_i = scale (1 + z / 2),                where it does
                  x_i = scale z / 2                       elsewhere

   with z standard normal, side = +-1 and classes equally likely. In the first two sets both classes have mean 0: all that tells them apart is how
   large errors are. variance is 5d and 5e of Granier et al., with contrast 1/4; xor the clusters beside it. */
#include <string.h>

#include "tasks/second_order_impl.h"

enum { PART_CHOICES = 1, PART_VALUES = 2 };
enum { BLOCK_ROWS = 64 }; /* rows that share a stream; part of every result */
static const double mean_noise = 0.5;

const char *const second_order_kinds[] = {"variance", "xor", "mean", NULL};

second_order_kind second_order_draw_kind(const e2l_family *family, size_t k)
{
    const e2l_word_list *sets = &family->options.sets;
    return (second_order_kind)sets->at[k % sets->n];
}

/* Normal numbers of one sample to a sample, in place. */
static void shape(const second_order_options *o, second_order_kind kind, size_t class, double side, double *x)
{
    const size_t n = (size_t)o->n;
    for (size_t i = 0; i < n; i++) {
        const bool own = (i < n / 2) == (class == 0);
        const double z = x[i];
        switch (kind) {
        case SECOND_ORDER_VARIANCE:
            x[i] = own ? z : o->contrast * z;
            break;
        case SECOND_ORDER_XOR:
            x[i] = (own ? side : 0) + o->noise * z;
            break;
        case SECOND_ORDER_MEAN:
        case SECOND_ORDER_N_KINDS:
            x[i] = (own ? 1 : 0) + mean_noise * z;
            break;
        }
        x[i] *= o->scale;
    }
}

/* Rows [first, first + n_rows) of one block. */
static void fill_block(const e2l_family *family, size_t k, uint64_t block, size_t first, size_t n_rows, double *normals, double *labels,
                       double *data)
{
    const size_t n = (size_t)family->options.n;
    e2l_stream choices;
    e2l_stream values;
    e2l_drawn_stream(&family->drawn, &choices, k, PART_CHOICES, block);
    e2l_drawn_stream(&family->drawn, &values, k, PART_VALUES, block);
    e2l_stream_fill_normal(&values, (first + n_rows) * n, normals);
    for (size_t row = 0; row < first + n_rows; row++) {
        const uint32_t word = e2l_stream_u32(&choices);
        const size_t class = word & 1u;
        if (row >= first && labels) {
            labels[(row - first) * SECOND_ORDER_CLASSES + class] = 1;
            labels[(row - first) * SECOND_ORDER_CLASSES + (1 - class)] = 0;
        }
        if (row >= first && data) {
            shape(&family->options, second_order_draw_kind(family, k), class, word & 2u ? 1 : -1, normals + row * n);
            memcpy(data + (row - first) * n, normals + row * n, n * sizeof *data);
        }
    }
}

e2l_status second_order_draw_rows(e2l_ctx *ctx, const e2l_family *family, size_t k, uint64_t row0, size_t n_rows, double *labels, double *data)
{
    const size_t n = (size_t)family->options.n;
    double *normals = e2l_alloc(ctx, BLOCK_ROWS * n, sizeof *normals);
    if (!normals) {
        return E2L_NOMEM;
    }
    for (size_t done = 0; done < n_rows;) {
        const uint64_t row = row0 + done;
        const size_t first = (size_t)(row % BLOCK_ROWS);
        const size_t left = n_rows - done;
        const size_t m = left < BLOCK_ROWS - first ? left : BLOCK_ROWS - first;
        fill_block(family, k, row / BLOCK_ROWS, first, m, normals, labels ? labels + done * SECOND_ORDER_CLASSES : NULL,
                   data ? data + done * n : NULL);
        done += m;
    }
    e2l_free(ctx, normals);
    return E2L_OK;
}

/* second_order_shift.c: the shifted sets: what each changes, and what it exposes. */
#include "tasks/second_order_impl.h"

/* Four inputs, or two for those who train on four. */
static void shift_width(void *options)
{
    second_order_options *o = options;
    o->n = o->n == 4 ? 2 : 4;
}

/* Variances and clusters closer together. */
static void shift_contrast(void *options)
{
    second_order_options *o = options;
    o->contrast = o->contrast > 0.4 ? 0.25 : 0.5;
    o->noise *= 1.5;
}

/* Inputs of half the size: precisions four times as large; a rule that only knows which input is the larger one is lost. */
static void shift_scale(void *options)
{
    second_order_options *o = options;
    o->scale *= 0.5;
}

/* Sets not trained on, so usually classes with different means: there it counts whether predictions of the mean are learned. Who trains on all
   gets the means alone. */
static void shift_sets(void *options)
{
    second_order_options *o = options;
    e2l_word_list other = {0};
    for (int kind = 0; kind < SECOND_ORDER_N_KINDS; kind++) {
        bool trained = false;
        for (size_t i = 0; i < o->sets.n; i++) {
            trained = trained || o->sets.at[i] == kind;
        }
        if (!trained) {
            other.at[other.n++] = kind;
        }
    }
    if (other.n == 0) {
        other.at[other.n++] = SECOND_ORDER_MEAN;
    }
    o->sets = other;
}

/* Four times as many samples: what never settles comes to light. */
static void shift_duration(void *options)
{
    second_order_options *o = options;
    o->train *= 4;
}

/* Answers taken three times as late. */
static void shift_inference(void *options)
{
    second_order_options *o = options;
    o->inference *= 3;
}

static void shift_dt(void *options)
{
    second_order_options *o = options;
    o->dt *= 0.5;
}

static const e2l_shift shifts[] = {
    {"width", shift_width},       {"contrast", shift_contrast},   {"scale", shift_scale}, {"sets", shift_sets},
    {"duration", shift_duration}, {"inference", shift_inference}, {"dt", shift_dt},
};
const e2l_shifts second_order_shifts = {shifts, sizeof shifts / sizeof *shifts, false};
const char *const second_order_shift_names[] = {"width", "contrast", "scale", "sets", "duration", "inference", "dt", NULL};

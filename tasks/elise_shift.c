/* elise_shift.c: the shifted sets: what each changes, and what it exposes. */
#include "tasks/elise_impl.h"

/* Patterns half as long again, or half as long for those who train on long ones. */
static void shift_slots(void *options)
{
    elise_options *o = options;
    o->slots = o->slots > 20 ? o->slots / 2 : o->slots + o->slots / 2;
}

/* Twice as many latent neurons: twice the drive on every dendrite. */
static void shift_width(void *options)
{
    elise_options *o = options;
    o->latent = o->latent > ELISE_MOST_NEURONS / 2 ? o->latent / 2 : 2 * o->latent;
}

/* About a millivolt in the soma, in training and replay. */
static void shift_noise(void *options)
{
    elise_options *o = options;
    o->noise += 2;
}

/* Half the step: what is learned must not hang on the integration. */
static void shift_dt(void *options)
{
    elise_options *o = options;
    o->dt = o->dt >= 0.02 ? o->dt / 2 : o->dt * 2;
}

/* All visible neurons silenced for half of a cycle of 12 slots, scored six cycles later. Learning is off in the replay: at an accelerated rate
   one disturbed cycle is enough to forget. */
static void shift_clamp(void *options)
{
    elise_options *o = options;
    o->clamp_ms = 60;
    o->replay += 5;
    o->plastic = false;
}

static const e2l_shift shifts[] = {
    {"slots", shift_slots}, {"width", shift_width}, {"noise", shift_noise}, {"dt", shift_dt}, {"clamp", shift_clamp},
};
const e2l_shifts elise_shifts = {shifts, sizeof shifts / sizeof *shifts, false};
const char *const elise_shift_names[] = {"slots", "width", "noise", "dt", "clamp", NULL};

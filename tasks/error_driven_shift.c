/* error_driven_shift.c: the shifted sets: what each changes, and what it exposes. */
#include "tasks/error_driven_impl.h"

/* Eight inputs, or five for those who train on eight: the slope of the error, and with it the step, grows with their number. */
static void shift_inputs(void *options)
{
    error_options *o = options;
    o->n = o->n == 8 ? 5 : 8;
}

/* Half the rates: smaller potentials, larger fluctuations. */
static void shift_rates(void *options)
{
    error_options *o = options;
    o->rate_low *= 0.5;
    o->rate_high *= 0.5;
}

/* Teachers on the other side of the first weights: who trains on both sides gets those below. */
static void shift_sign(void *options)
{
    error_options *o = options;
    o->sign = o->sign == ERROR_SIGN_DOWN ? ERROR_SIGN_UP : ERROR_SIGN_DOWN;
}

/* Teachers twice as far away: a step that suits one distance only is lost. */
static void shift_teacher(void *options)
{
    error_options *o = options;
    o->spread *= 2;
    o->offset *= 2;
}

/* Samples of the teacher four times as old: less to go by. */
static void shift_hold(void *options)
{
    error_options *o = options;
    o->hold *= 4;
}

/* Membranes twice as fast, of half the resistance: a sample of the teacher is soon out of date. */
static void shift_membrane(void *options)
{
    error_options *o = options;
    o->tau_m *= 0.5;
}

/* Four times as long: slow drifts and late divergence come to light. */
static void shift_duration(void *options)
{
    error_options *o = options;
    o->duration *= 4;
}

static void shift_dt(void *options)
{
    error_options *o = options;
    o->dt *= 0.5;
}

static const e2l_shift shifts[] = {
    {"inputs", shift_inputs}, {"rates", shift_rates},       {"sign", shift_sign},         {"teacher", shift_teacher},
    {"hold", shift_hold},     {"membrane", shift_membrane}, {"duration", shift_duration}, {"dt", shift_dt},
};
const e2l_shifts error_shifts = {shifts, sizeof shifts / sizeof *shifts, false};
const char *const error_shift_names[] = {"inputs", "rates", "sign", "teacher", "hold", "membrane", "duration", "dt", NULL};

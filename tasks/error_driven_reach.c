/* error_driven_reach.c: what a rule sees on this task: potentials and input traces of the search cases, with student weights anywhere on the way from
   the first ones to the teacher's and somewhat beyond. The membranes are those of passive_cuba_exp, in a few lines of their own: tasks do not
   run substrates. */
#include "cgp/primitive.h"
#include "tasks/error_driven_impl.h"

enum { MOST_CASES = 16, VECTORS_PER_RUN = 16, STEPS_APART = 37 /* prime: not in step with `hold` */, RUN_STEPS = VECTORS_PER_RUN * STEPS_APART };
static const double least_way = -0.25, most_way = 1.25, E_l = -70;

typedef struct membrane {
    double leak, decay, charge; /* factors per step; of the potential per unit of current, mV/pA */
} membrane;

typedef struct run {
    membrane m;
    uint64_t hold_steps;
    size_t n;
    double way;     /* student weights: 0 the first ones, 1 the teacher's */
    double *teacher, *current, *psp; /* [n] */
    double *spikes; /* [RUN_STEPS * n] */
    double held;
} run;

/* The language's own: the same bits whatever the library. */
static double decay_of(double exponent)
{
    const double *const argument = &exponent;
    double out = 0;
    e2l_primitive_find("exp")->eval[E2L_ISA_SSE2](1, &out, &argument);
    return out;
}

static membrane membrane_of(const error_options *o)
{
    const double leak = decay_of(-o->dt / o->tau_m), decay = decay_of(-o->dt / o->tau_syn);
    return (membrane){leak, decay, o->tau_m / ERROR_CAPACITY_PF * o->tau_syn / (o->tau_m - o->tau_syn) * (leak - decay)};
}

/* One step of all traces; with fixed weights both potentials are weighted sums of them. */
static void advance(run *r, const error_options *o, uint64_t step, const double *spikes, double *u)
{
    double v = E_l;
    for (size_t j = 0; j < r->n; j++) {
        v += r->teacher[j] * r->psp[j];
    }
    r->held = step % r->hold_steps == 0 ? v : r->held;
    *u = E_l;
    for (size_t j = 0; j < r->n; j++) {
        r->psp[j] = r->psp[j] * r->m.leak + r->current[j] * r->m.charge;
        r->current[j] = r->current[j] * r->m.decay + spikes[j];
        *u += (o->w0 + r->way * (r->teacher[j] - o->w0)) * r->psp[j];
    }
}

/* Vectors [first, first + n) of the whole, from one case. */
static void reach_case(const e2l_family *family, run *r, size_t number, size_t n, size_t first, double *const *inputs)
{
    const size_t k = number % MOST_CASES;
    const uint64_t words[] = {(uint64_t)number};
    e2l_stream stream;
    e2l_stream_init(&stream, family->drawn.seed, E2L_PURPOSE_PROBE, words, 1);
    r->way = least_way + (most_way - least_way) * e2l_stream_uniform(&stream);
    error_draw_teacher(family, k, r->teacher);
    for (size_t j = 0; j < r->n; j++) {
        r->current[j] = r->psp[j] = 0;
    }
    const size_t drawn = family->n_steps < RUN_STEPS ? (size_t)family->n_steps : RUN_STEPS;
    error_draw_spikes(family, k, 0, drawn, r->spikes);
    for (size_t done = 0, step = 0; done < n; step++) {
        double u;
        advance(r, &family->options, step, r->spikes + step % drawn * r->n, &u);
        if ((step + 1) % STEPS_APART == 0) {
            inputs[0][first + done] = r->held; /* in the order of error_terminals */
            inputs[1][first + done] = u;
            inputs[2][first + done] = r->psp[e2l_stream_below(&stream, (uint32_t)r->n)];
            done++;
        }
    }
}

e2l_status error_reach(e2l_ctx *ctx, const e2l_family *family, size_t slot, size_t n, double *const *inputs)
{
    (void)slot; /* there is one */
    const error_options *o = &family->options;
    const size_t width = (size_t)o->n;
    double *room = e2l_alloc(ctx, (3 + RUN_STEPS) * width, sizeof *room);
    if (!room) {
        return E2L_NOMEM;
    }
    run r = {.m = membrane_of(o),
             .hold_steps = error_steps(o->hold, o->dt),
             .n = width,
             .teacher = room,
             .current = room + width,
             .psp = room + 2 * width,
             .spikes = room + 3 * width};
    for (size_t first = 0, number = 0; first < n; first += VECTORS_PER_RUN, number++) {
        reach_case(family, &r, number, n - first < VECTORS_PER_RUN ? n - first : VECTORS_PER_RUN, first, inputs);
    }
    e2l_free(ctx, room);
    return E2L_OK;
}

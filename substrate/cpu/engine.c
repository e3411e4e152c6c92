/* engine.c: see engine.h. */
#include "substrate/cpu/plan.h"

static const e2l_layout *layout(const e2l_plan *plan)
{
    return &plan->layout;
}

static void stats(const e2l_plan *plan, e2l_stats *out)
{
    *out = plan->stats;
}

const e2l_engine E2L_ENGINE = {
    .can = e2l_program_can,
    .prepare = e2l_plan_create,
    .layout = layout,
    .run = e2l_plan_run,
    .stats = stats,
    .release = e2l_plan_destroy,
};

/* dataset_yin_yang.c: points in a Yin-Yang symbol, to be told apart as yin, yang and dot.

   The symbol is a disc of radius R = 1/2 about (R, R). With d_r and d_l the distances to (3/2 R, R) and (R/2, R) and r = 1/10 the radius of the two dots:
     dot   d_r < r or d_l < r
     yang  d_r = r, or r < d_l <= R/2, or y > R and d_r > R/2
     yin   the rest
   A row: the class is drawn first, each with probability 1/3, then points of the unit square until one lies in the symbol and is of that class.
   Points come with their mirror images 1 - x and 1 - y, so that neurons need no bias. */
#include "tasks/dataset.h"
#include "tasks/yin_yang.h"

#include <math.h>

static const double big = 0.5;
static const double small = 0.1;

static double distance(double x, double y, double centre_x)
{
    return sqrt((x - centre_x) * (x - centre_x) + (y - big) * (y - big));
}

bool e2l_yin_yang_is_inside(double x, double y)
{
    return distance(x, y, big) <= big;
}

e2l_yin_yang e2l_yin_yang_class(double x, double y)
{
    const double right = distance(x, y, 1.5 * big);
    const double left = distance(x, y, 0.5 * big);
    if (right < small || left < small) {
        return E2L_DOT;
    }
    const bool is_yang = right <= small || (left > small && left <= 0.5 * big) || (y > big && right > 0.5 * big);
    return is_yang ? E2L_YANG : E2L_YIN;
}

static const char *const columns[] = {"x", "y", "x_mirrored", "y_mirrored", "yin", "yang", "dot", "class", NULL};

static void draw(e2l_stream *stream, double *out)
{
    enum { N_CLASSES = 3 };
    const e2l_yin_yang goal = (e2l_yin_yang)e2l_stream_below(stream, N_CLASSES);
    double x = 0;
    double y = 0;
    do {
        x = e2l_stream_uniform(stream);
        y = e2l_stream_uniform(stream);
    } while (!e2l_yin_yang_is_inside(x, y) || e2l_yin_yang_class(x, y) != goal);
    const double row[] = {x, y, 1 - x, 1 - y, goal == E2L_YIN, goal == E2L_YANG, goal == E2L_DOT, (double)goal};
    for (size_t k = 0; columns[k]; k++) {
        out[k] = row[k];
    }
}

const e2l_dataset e2l_dataset_yin_yang = {
    .abi = E2L_DATASET_ABI,
    .struct_size = sizeof(e2l_dataset),
    .name = "yin_yang",
    .summary = "points in a Yin-Yang symbol, classes equally often: yin, yang and dot are 1 or 0, class is 0, 1, 2",
    .source = "Kriener, Goeltz & Petrovici 2022, The Yin-Yang dataset, NICE 2022, arXiv:2102.08211",
    .columns = columns,
    .draw = draw,
};

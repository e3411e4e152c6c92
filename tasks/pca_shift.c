/* pca_shift.c: the shifted sets: what each changes, and which shortcut it exposes.

   x*x - w learns where the variances are, 0.7071 - w draws one fixed direction. Each looks like learning on one family
   and is exposed elsewhere. Means over 200 cases of 1000 samples, eta 0.01:

       trained on        test set                  orientation               dimension                 scale
                         oja    x*x-w  c-w         oja    x*x-w  c-w         oja    x*x-w  c-w         oja   x*x-w
       axis              0.935  0.901  0.699       0.942  0.508  0.516       0.813  0.436  -2.745      0.974 -8.135
       diag              0.922  0.936  0.963       0.942  0.508  0.516       0.817  0.884  -2.084      0.969 -5.226
       random            0.932  0.757  0.639       0.942  0.508  0.516       0.826  0.251  -2.785      0.973 -6.980

   The rule that does nothing: about 0.64, 0.27 in ten dimensions, and 0.12 to 0.17 on `start`. y*x - abs(y)*w (0.80 on the
   test set) falls to -1.8 on `scale`. */
#include "tasks/pca_impl.h"

/* Ten inputs, or two for those who train on ten. */
static void shift_dimension(void *to)
{
    pca_options *options = to;
    options->n = options->n == 10 ? 2 : 10;
}

static bool is_trained(const pca_options *options, pca_orientation word)
{
    for (size_t i = 0; i < options->orientation.n; i++) {
        if (options->orientation.at[i] == (int)word) {
            return true;
        }
    }
    return options->orientation.n == 0 && word == PCA_RANDOM;
}

/* Diagonals of random signs: what sees no correlation cannot know them. Who trains on those gets the orientations not
   trained on, and who trains on all of them `random`. */
static void shift_orientation(void *to)
{
    pca_options *options = to;
    e2l_word_list other = {0};
    if (!is_trained(options, PCA_MIXED)) {
        other.at[other.n++] = PCA_MIXED;
    } else {
        for (int word = 0; word < PCA_N_ORIENTATIONS; word++) {
            if (!is_trained(options, (pca_orientation)word)) {
                other.at[other.n++] = word;
            }
        }
    }
    if (other.n == 0) {
        other.at[other.n++] = PCA_RANDOM;
    }
    options->orientation = other;
}

/* Three times the variance: a length that depends on the scale is lost. */
static void shift_scale(void *to)
{
    pca_options *options = to;
    options->scale *= 3;
}

/* Second eigenvalue 0.8 of the first, or 0.3 for those who train beyond 0.55: a narrower gap. */
static void shift_gap(void *to)
{
    pca_options *options = to;
    options->ratio = options->ratio > 0.55 ? 0.3 : 0.8;
}

/* Heavy tails, or none for those who train on them. */
static void shift_inputs(void *to)
{
    pca_options *options = to;
    options->inputs = options->inputs == PCA_LAPLACE ? PCA_GAUSSIAN : PCA_LAPLACE;
}

/* Weights half as long: a rule has to bring the length up by itself. */
static void shift_start(void *to)
{
    pca_options *options = to;
    options->w0_norm *= 0.5;
}

/* Four times as long: slow drifts and late divergence come to light. */
static void shift_duration(void *to)
{
    pca_options *options = to;
    options->samples *= 4;
}

static const e2l_shift shifts[] = {
    {"dimension", shift_dimension}, {"orientation", shift_orientation}, {"scale", shift_scale},
    {"gap", shift_gap},             {"inputs", shift_inputs},           {"start", shift_start},
    {"duration", shift_duration},
};
const e2l_shifts pca_shifts = {shifts, sizeof shifts / sizeof *shifts, true};
const char *const pca_shift_names[] = {"dimension", "orientation", "scale",    "gap",
                                       "inputs",    "start",       "duration", NULL};

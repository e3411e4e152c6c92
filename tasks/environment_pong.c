/* environment_pong.c: a ball in a box and a paddle on its right side.

   The unit square has `rows` rows. In every call the paddle moves by at most `paddle_speed` towards the middle of the row that the player
   wants, and the ball by `ball_speed` in its direction (|dx| + |dy| = 1); it bounces off three walls and off the paddle, and begins again
   in the middle, in a new direction, where it passes the paddle. Reward is 1, 0.7, 0.4, 0.1 for a wanted row that is 0, 1, 2, 3 rows off
   the ball's row as it was shown, else 0. Numbers as in Wunderlich et al. 2019; a whole iteration of the network is one call. */
#include <math.h>

#include "substrate/environment.h"

enum { ROWS, BALL_SPEED, PADDLE_SPEED, PADDLE_LENGTH, N_PARAMETERS };
/* The state: shown, then hidden; retina has one number per row. */
enum { REWARD, ROW, HIT, N_SINGLE };
enum { X, Y, DX, DY, PADDLE };

static const e2l_environment_parameter parameters[N_PARAMETERS] = {
    {"rows", "1", "rows of the box", 32, 2, 512, true},
    {"ball_speed", "1", "way of the ball in one call, sides of the box", 0.025, 0, 0.5, false},
    {"paddle_speed", "1", "largest way of the paddle in one call", 0.05, 0, 1, false},
    {"paddle_length", "1", "length of the paddle", 0.07, 0, 1, false},
};
static const e2l_environment_item observed[] = {{"wanted", "1", "row the player sends the paddle to, from 0; rounded", 0}};
static const e2l_environment_item shown[] = {
    {"reward", "1", "for the row that was wanted, 0 to 1", 0},
    {"row", "1", "row of the ball, from 0", 0},
    {"hit", "1", "1 when the paddle has just met the ball, -1 when it missed, else 0", 0},
    {"retina", "1", "1 in the ball's row, else 0", ROWS + 1},
};
static const e2l_environment_item hidden[] = {
    {"x", "1", "of the ball", 0}, {"y", "1", "of the ball", 0}, {"dx", "1", "direction", 0}, {"dy", "1", "direction", 0}, {"paddle", "1", "its middle", 0},
};

static double *hidden_of(const double *p, double *state)
{
    return state + N_SINGLE + (size_t)p[ROWS];
}

/* The ball's row, as a number and as a picture. */
static void show(const double *p, double *state)
{
    const double *h = hidden_of(p, state);
    const size_t n = (size_t)p[ROWS];
    double row = floor(h[Y] * p[ROWS]);
    row = row < 0 ? 0 : row > p[ROWS] - 1 ? p[ROWS] - 1 : row;
    state[ROW] = row;
    for (size_t k = 0; k < n; k++) {
        state[N_SINGLE + k] = (double)k == row ? 1 : 0;
    }
}

/* From the middle, to the right more than up or down. */
static void serve(e2l_stream *stream, double *h)
{
    const double steep = 2 * e2l_stream_uniform(stream) - 1;
    h[X] = h[Y] = 0.5;
    h[DX] = 1 / (1 + fabs(steep));
    h[DY] = steep / (1 + fabs(steep));
}

static void begin(const double *p, e2l_stream *stream, double *state)
{
    double *h = hidden_of(p, state);
    serve(stream, h);
    h[PADDLE] = 0.5;
    show(p, state);
}

/* Back into 0..1; turns the direction round. */
static void bounce(double *at, double *direction)
{
    if (*at < 0 || *at > 1) {
        *at = *at < 0 ? -*at : 2 - *at;
        *direction = -*direction;
    }
}

static void move_ball(const double *p, e2l_stream *stream, double *h, double *hit)
{
    h[X] += p[BALL_SPEED] * h[DX];
    h[Y] += p[BALL_SPEED] * h[DY];
    bounce(&h[Y], &h[DY]);
    *hit = 0;
    if (h[X] < 1) {
        bounce(&h[X], &h[DX]);
    } else if (fabs(h[Y] - h[PADDLE]) <= 0.5 * p[PADDLE_LENGTH]) {
        bounce(&h[X], &h[DX]);
        *hit = 1;
    } else {
        serve(stream, h);
        *hit = -1;
    }
}

static void step(const double *p, e2l_stream *stream, const double *seen, double *state)
{
    static const double graded[] = {1, 0.7, 0.4, 0.1};
    enum { N_GRADED = sizeof graded / sizeof *graded };
    double *h = hidden_of(p, state);
    const double last = p[ROWS] - 1;
    double wanted = floor(seen[0] + 0.5);
    wanted = !(wanted > 0) ? 0 : wanted > last ? last : wanted; /* also for what is no number */
    const double off = fabs(wanted - state[ROW]), way = (wanted + 0.5) / p[ROWS] - h[PADDLE];
    state[REWARD] = off < N_GRADED ? graded[(size_t)off] : 0;
    h[PADDLE] += way > p[PADDLE_SPEED] ? p[PADDLE_SPEED] : way < -p[PADDLE_SPEED] ? -p[PADDLE_SPEED] : way;
    move_ball(p, stream, h, &state[HIT]);
    show(p, state);
}

extern const e2l_environment e2l_environment_pong;
const e2l_environment e2l_environment_pong = {
    .abi = E2L_ENVIRONMENT_ABI,
    .struct_size = sizeof(e2l_environment),
    .name = "pong",
    .summary = "a ball in a box and a paddle: the row of the ball is shown, a row for the paddle is wanted, closeness is rewarded",
    .source = "Wunderlich et al. 2019, Frontiers in Neuroscience 13:260",
    .version = 1,
    .parameters = parameters,
    .n_parameters = N_PARAMETERS,
    .observed = observed,
    .shown = shown,
    .hidden = hidden,
    .n_observed = sizeof observed / sizeof *observed,
    .n_shown = sizeof shown / sizeof *shown,
    .n_hidden = sizeof hidden / sizeof *hidden,
    .begin = begin,
    .step = step,
};

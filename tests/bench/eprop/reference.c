/* e-prop on four sines in plain C, for tests/bench/eprop_band.sh: an independent program (it shares nothing with e2l but the data) that
   says where losses may lie once rounding errors have grown.

   usage: reference DATA ITERATIONS RUN: DATA is a text file of numbers: w_in [100 x 100], w_rec [100 x 100], w_out [100], feedback [100] (rows: targets), target
   [1000], spikes [1000 x 100]. RUN 0: weights as they are; else w + 1e-12 times a standard normal number of the run. Prints a loss a line.

   Equations (Bellec et al. 2020, Nat. Commun. 11:3625, as NEST's eprop models of 2020 order them), d = exp(-1 ms / 30 ms):
     v(t) = d v(t-1) + (1 - d) (w_in x(t) + w_rec z(t-1)) - thr z(t-1),  z = v > thr,  psi = gamma / thr max(0, 1 - |(v - thr) / thr|)
     y(t) = d y(t-1) + (1 - d) w_out z(t),  e = y - target,  loss = sum e^2 / 2
     f = low-pass of x, or of z(t-1);  E = low-pass of psi f;  G = sum_t B e E + c_reg (rate - f0) mean_t psi f;  w -= eta G;  w_out -= eta sum_t e lowpass(z) */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 100, STEPS = 1000 };
static double w[2][N][N], w_out[N], feedback[N], target[STEPS], spikes[STEPS][N]; /* w[0] from inputs, w[1] recurrent */
static double E[2][N][N], S[2][N][N], G[2][N][N], g_out[N];
static const double thr = 0.03, gamma_ = 0.3, c_reg = 300, f_target = 0.01, eta = 1e-4;

static void read_all(FILE *file, double *out, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        if (fscanf(file, "%lf", &out[k]) != 1) {
            fputs("the data file ends too early\n", stderr);
            exit(2);
        }
    }
}

static double uniform(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u; /* splitmix64 */
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return ((double)((z ^ (z >> 31)) >> 11) + 0.5) / 9007199254740992.0;
}

static void perturb(double *values, size_t n, uint64_t *state)
{
    for (size_t k = 0; k < n; k++) {
        const double radius = sqrt(-2 * log(uniform(state)));
        values[k] += 1e-12 * radius * cos(2 * acos(-1) * uniform(state));
    }
}

static double iterate(void)
{
    const double d = exp(-1.0 / 30);
    double v[N] = {0}, z[N] = {0}, f[2][N] = {{0}}, f_out[N] = {0}, n[N] = {0}, y = 0, loss = 0;
    memset(E, 0, sizeof E);
    memset(S, 0, sizeof S);
    memset(G, 0, sizeof G);
    memset(g_out, 0, sizeof g_out);
    for (size_t t = 0; t < STEPS; t++) {
        double next[N], psi[N], sum = 0;
        for (size_t j = 0; j < N; j++) {
            double in = 0;
            for (size_t i = 0; i < N; i++) {
                in += w[0][j][i] * spikes[t][i] + w[1][j][i] * z[i];
            }
            v[j] = d * v[j] + (1 - d) * in - thr * z[j];
            next[j] = v[j] > thr;
            psi[j] = gamma_ / thr * fmax(0, 1 - fabs((v[j] - thr) / thr));
            n[j] += next[j];
            sum += w_out[j] * next[j];
        }
        y = d * y + (1 - d) * sum;
        const double e = y - target[t];
        loss += 0.5 * e * e;
        for (size_t i = 0; i < N; i++) {
            f[0][i] = d * f[0][i] + (1 - d) * spikes[t][i];
            f[1][i] = d * f[1][i] + (1 - d) * z[i];
            f_out[i] = d * f_out[i] + (1 - d) * next[i];
            g_out[i] += e * f_out[i];
        }
        for (size_t p = 0; p < 2; p++) {
            for (size_t j = 0; j < N; j++) {
                const double L = feedback[j] * e;
                for (size_t i = 0; i < N; i++) {
                    const double el = psi[j] * f[p][i];
                    E[p][j][i] = d * E[p][j][i] + (1 - d) * el;
                    S[p][j][i] += el;
                    G[p][j][i] += L * E[p][j][i];
                }
            }
        }
        memcpy(z, next, sizeof z);
    }
    for (size_t p = 0; p < 2; p++) {
        for (size_t j = 0; j < N; j++) {
            for (size_t i = 0; i < N; i++) {
                w[p][j][i] -= p == 1 && i == j ? 0 : eta * (G[p][j][i] + c_reg * (n[j] / STEPS - f_target) * S[p][j][i] / STEPS);
            }
        }
    }
    for (size_t j = 0; j < N; j++) {
        w_out[j] -= eta * g_out[j];
    }
    return loss;
}

int main(int argc, char **argv)
{
    FILE *file = argc == 4 ? fopen(argv[1], "r") : NULL;
    if (!file) {
        fputs("usage: reference DATA ITERATIONS RUN\n", stderr);
        return 2;
    }
    read_all(file, &w[0][0][0], 2 * N * N);
    read_all(file, w_out, N);
    read_all(file, feedback, N);
    read_all(file, target, STEPS);
    read_all(file, &spikes[0][0], STEPS * N);
    (void)fclose(file);
    uint64_t state = (uint64_t)atol(argv[3]) * 1000003u;
    if (state) {
        perturb(&w[0][0][0], 2 * N * N, &state);
        perturb(w_out, N, &state);
        for (size_t j = 0; j < N; j++) {
            w[1][j][j] = 0; /* there are no synapses of a neuron onto itself */
        }
    }
    for (long k = 0; k < atol(argv[2]); k++) {
        (void)printf("%.15g\n", iterate());
        (void)fflush(stdout);
    }
    return 0;
}

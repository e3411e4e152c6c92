/* main.c: the program e2l: finds the command and runs it. */
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "mpi/command.h"

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} COMMANDS[] = {
    {"run", "search for rules: e2l run CONFIG.json, alone or under mpirun", e2l_command_run},
    {"resume", "go on with a run from its last checkpoint: e2l resume DIR", e2l_command_resume},
    {"eval", "score rules on a task: e2l eval --task pca --rule 'y * (x - y * w)'", e2l_command_eval},
    {"show", "what a run found: champion, Pareto table, held-out scores", e2l_command_show},
    {"export", "a rule as C, LaTeX, JSON with self-check vectors", e2l_command_export},
    {"list", "tasks, primitives, models, environments, datasets, substrates, exporters", e2l_command_list},
    {"check", "everything wrong with a config, before a cluster is booked", e2l_command_check},
    {"bench", "evaluations per second of a config on this machine", e2l_command_bench},
};
enum { N_COMMANDS = sizeof COMMANDS / sizeof COMMANDS[0] };

static void print_help(FILE *to)
{
    (void)fprintf(to, "e2l %s: evolving to learn, a search for synaptic plasticity rules\n\nusage: e2l COMMAND ...\n\n",
                  E2L_VERSION);
    for (size_t k = 0; k < N_COMMANDS; k++) {
        (void)fprintf(to, "  %-8s %s\n", COMMANDS[k].name, COMMANDS[k].summary);
    }
    (void)fprintf(to, "\ne2l COMMAND --help lists the options of a command.\n");
}

static int unknown_command(const char *given)
{
    const char *names[N_COMMANDS];
    char hint[96];
    for (size_t k = 0; k < N_COMMANDS; k++) {
        names[k] = COMMANDS[k].name;
    }
    (void)fprintf(stderr, "e2l: command '%.60s' unknown%s (e2l --help lists them)\n", given,
                  e2l_did_you_mean(hint, sizeof hint, given, names, N_COMMANDS));
    return E2L_EXIT_INPUT;
}

int main(int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    if (argc < 2) {
        print_help(stderr);
        return E2L_EXIT_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return fflush(stdout) == 0 ? E2L_EXIT_DONE : E2L_EXIT_FAILED;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("e2l %s\n", E2L_VERSION);
        return fflush(stdout) == 0 ? E2L_EXIT_DONE : E2L_EXIT_FAILED;
    }
    for (size_t k = 0; k < N_COMMANDS; k++) {
        if (strcmp(argv[1], COMMANDS[k].name) == 0) {
            return COMMANDS[k].run(argc - 1, argv + 1);
        }
    }
    return unknown_command(argv[1]);
}

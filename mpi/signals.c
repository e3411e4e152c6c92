/* signals.c: handlers only set flags; everything else happens between evaluations. The flags are the one piece of state outside a
   context: a handler has no other way to be heard. */
#include "mpi/signals.h"

#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t cancel_flag;
static volatile sig_atomic_t cancel_signal;
static volatile sig_atomic_t checkpoint_flag;
static volatile sig_atomic_t cancel_ms; /* when, by now_ms */
static pid_t parent; /* 0: not watched */

/* Launchers send the same signal twice at once (timeout, schedulers: to the process and to its group); people need longer. */
enum { TWICE_MS = 500, CLOCK_S = 1000000 };

/* Of a clock that starts anew every CLOCK_S seconds: sig_atomic_t holds no more. */
static sig_atomic_t now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)(now.tv_sec % CLOCK_S * 1000 + now.tv_nsec / 1000000);
}

static void on_end(int number)
{
    if (cancel_flag && cancel_signal == number) {
        const sig_atomic_t since = now_ms() - cancel_ms;
        if (since >= 0 && since < TWICE_MS) {
            return;
        }
        /* Asked twice in the same way: no more waiting. */
        (void)signal(number, SIG_DFL);
        (void)raise(number);
        return;
    }
    cancel_signal = number;
    cancel_ms = now_ms();
    cancel_flag = 1;
}

static void on_checkpoint(int number)
{
    (void)number;
    checkpoint_flag = 1;
}

static void listen_to(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(number, &action, NULL);
}

void e2l_signals_open(bool watch_parent)
{
    parent = watch_parent ? getppid() : 0;
    listen_to(SIGINT, on_end);
    listen_to(SIGTERM, on_end);
    listen_to(SIGUSR1, on_checkpoint);
    listen_to(SIGPIPE, SIG_IGN); /* a closed terminal must not end a search: writes fail with EPIPE instead */
#ifdef SIGXFSZ
    listen_to(SIGXFSZ, SIG_IGN); /* nor a limit on file sizes: EFBIG, told like a full disk */
#endif
}

const volatile sig_atomic_t *e2l_signals_cancel(void)
{
    return &cancel_flag;
}

bool e2l_signals_is_cancelled(void)
{
    if (!cancel_flag && parent != 0 && getppid() != parent) {
        cancel_flag = 1;
    }
    return cancel_flag != 0;
}

const char *e2l_signals_reason(void)
{
    return cancel_signal == SIGINT ? "SIGINT" : cancel_signal == SIGTERM ? "SIGTERM" : "the loss of its launcher";
}

bool e2l_signals_take_checkpoint(void)
{
    bool asked = checkpoint_flag != 0;
    checkpoint_flag = 0;
    return asked;
}

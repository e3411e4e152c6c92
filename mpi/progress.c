/* progress.c: see progress.h. */
#define _DEFAULT_SOURCE /* struct winsize */
#include "mpi/progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { DEFAULT_COLUMNS = 80, MIN_COLUMNS = 40, MAX_COLUMNS = 1000, LINE_BYTES = 512 };
static const double live_every_s = 0.2;
static const double plain_every_s = 5;

double e2l_clock_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

size_t e2l_terminal_columns(void)
{
    const char *text = getenv("COLUMNS");
    unsigned long given = text ? strtoul(text, NULL, 10) : 0;
    struct winsize size;
    if (given == 0 && (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)) {
        given = size.ws_col;
    }
    if (given == 0) {
        given = DEFAULT_COLUMNS;
    }
    return given < MIN_COLUMNS ? MIN_COLUMNS : given > MAX_COLUMNS ? MAX_COLUMNS : given;
}

static e2l_progress_style choose_style(void)
{
    const char *given = getenv("E2L_PROGRESS");
    if (given && strcmp(given, "live") == 0) {
        return E2L_PROGRESS_LIVE;
    }
    if (given && strcmp(given, "none") == 0) {
        return E2L_PROGRESS_NONE;
    }
    bool is_terminal = isatty(STDERR_FILENO) == 1;
    return is_terminal && !(given && strcmp(given, "plain") == 0) ? E2L_PROGRESS_LIVE : E2L_PROGRESS_PLAIN;
}

void e2l_progress_open(e2l_progress *progress, uint64_t generation)
{
    double now = e2l_clock_s();
    *progress = (e2l_progress){.style = choose_style(), .start_s = now, .start_generation = generation};
    progress->shown_s = progress->style == E2L_PROGRESS_LIVE ? 0 : now;
}

/* "12 s", "3 min 20 s", "2 h 05 min"; "?" for what is not known, or years. */
static void put_duration(char *out, size_t size, double seconds)
{
    static const double most = 1e8;
    if (!(seconds < most)) {
        (void)snprintf(out, size, "?");
        return;
    }
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s < 100) {
        (void)snprintf(out, size, "%lu s", s);
    } else if (s < 6000) {
        (void)snprintf(out, size, "%lu min %02lu s", s / 60, s % 60);
    } else {
        (void)snprintf(out, size, "%lu h %02lu min", s / 3600, s / 60 % 60);
    }
}

/* "950", "12.3k", "4.56M". */
static void put_count(char *out, size_t size, double value)
{
    static const char *const UNITS[] = {"", "k", "M", "G", "T"};
    size_t unit = 0;
    while (value >= 1000 && unit + 1 < sizeof UNITS / sizeof UNITS[0]) {
        value /= 1000;
        unit++;
    }
    (void)snprintf(out, size, unit == 0 ? "%.0f%s" : value < 10 ? "%.2f%s" : value < 100 ? "%.1f%s" : "%.0f%s", value,
                   UNITS[unit]);
}

/* Bytes of the line that fit `columns` characters (UTF-8 continuation bytes take none). */
static size_t fit(const char *line, size_t columns)
{
    size_t n = 0;
    size_t used = 0;
    while (line[n] != '\0') {
        used += ((unsigned char)line[n] & 0xc0U) != 0x80U ? 1 : 0;
        if (used > columns) {
            break;
        }
        n++;
    }
    return n;
}

/* Seconds until generations or evaluations are used up, whichever is sooner; infinite: not known yet. */
static double seconds_left(const e2l_progress *progress, const e2l_standing *now, double elapsed)
{
    double done = (double)(now->generation - progress->start_generation);
    double left = done > 0 ? elapsed * (double)(now->n_generations - now->generation) / done : HUGE_VAL;
    double unused = now->budget > now->n_counted ? (double)(now->budget - now->n_counted) : 0;
    double by_budget = now->n_evaluated > 0 ? elapsed * unused / (double)now->n_evaluated : left;
    return now->budget > 0 && by_budget < left ? by_budget : left;
}

static void put_standing(char line[LINE_BYTES], const e2l_progress *progress, const e2l_standing *now, double elapsed)
{
    char rate[24];
    char left[48];
    char best[48] = "none yet";
    char place[64];
    double hits = now->n_proposals > 0 ? 100.0 * (double)(now->n_proposals - now->n_evaluated) / (double)now->n_proposals : 0;
    put_count(rate, sizeof rate, elapsed > 0 ? (double)now->n_evaluated / elapsed : 0);
    put_duration(left, sizeof left, seconds_left(progress, now, elapsed));
    (void)snprintf(place, sizeof place, now->budget > 0 ? "evaluation %llu/%llu" : "gen %llu/%llu",
                   (unsigned long long)(now->budget > 0 ? now->n_counted : now->generation),
                   (unsigned long long)(now->budget > 0 ? now->budget : now->n_generations));
    if (now->has_best) {
        (void)snprintf(best, sizeof best, "%.5f", now->best);
    }
    (void)snprintf(line, LINE_BYTES, "%s  best %s  %s eval/s  cache %.0f%%  %s left  %s", place, best, rate, hits, left,
                   now->has_best ? now->rule : "");
}

void e2l_progress_show(e2l_progress *progress, const e2l_standing *standing)
{
    char line[LINE_BYTES];
    double now = e2l_clock_s();
    bool is_live = progress->style == E2L_PROGRESS_LIVE;
    if (progress->style == E2L_PROGRESS_NONE ||
        (!standing->is_last && now - progress->shown_s < (is_live ? live_every_s : plain_every_s))) {
        return;
    }
    progress->shown_s = now;
    put_standing(line, progress, standing, now - progress->start_s);
    if (is_live) {
        size_t n = fit(line, e2l_terminal_columns() - 1);
        (void)fprintf(stderr, "\r%.*s\033[K", (int)n, line);
        progress->is_open = true;
    } else {
        (void)fprintf(stderr, "%s\n", line);
    }
    (void)fflush(stderr);
}

void e2l_progress_say(e2l_progress *progress, const char *format, ...)
{
    va_list arguments;
    e2l_progress_close(progress);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    (void)fputc('\n', stderr);
    (void)fflush(stderr);
}

void e2l_progress_close(e2l_progress *progress)
{
    if (progress->is_open) {
        (void)fputc('\n', stderr);
        progress->is_open = false;
    }
}

#!/bin/sh
# Functions that libraries must not call: they overflow, end the process, print, or hide state. Heap only through cgp/base.c.
cd "$1" || exit 2
bad=0
look() { # pattern, why, folders...
    pattern=$1 why=$2
    shift 2
    found=$(grep -nE "(^|[^_a-zA-Z0-9>.\"])($pattern)[[:space:]]*\(" -r "$@" --include='*.[ch]' |
        grep -vE '^[^:]*:[0-9]+:[[:space:]]*(\*|/\*|//|")')
    if [ -n "$found" ]; then
        echo "$found"
        echo "^ $why"
        bad=1
    fi
}
libraries="cgp substrate tasks results"
look 'strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca' "unsafe, use snprintf, e2l_text, e2l_number_read" $libraries mpi
look 'rand|srand|random|drand48|time' "random numbers come from cgp/stream.h, and libraries know no clock" $libraries
look 'exit|_exit|abort|assert|printf|puts|putchar|perror|signal|sigaction' "only mpi/ prints, exits and handles signals" $libraries
found=$(grep -nE '(^|[^_a-zA-Z0-9>.])(malloc|calloc|realloc|free|strdup|aligned_alloc)[[:space:]]*\(' -r $libraries mpi --include='*.[ch]' |
    grep -v '^cgp/base.c:' | grep -vE '^[^:]*:[0-9]+:[[:space:]]*(\*|/\*|//)' | grep -vE '^(results|mpi)/.*posix_spawn')
if [ -n "$found" ]; then
    echo "$found"
    echo "^ heap only through e2l_alloc, so that the n-th failure can be tested and leaks be counted"
    bad=1
fi
exit $bad

#!/bin/sh
# Functions that libraries must not call: they overflow, end the process, print, or hide state. Heap only through cgp/base.c.
cd "$1" || exit 2
bad=0

# Source lines as FILE:LINE:TEXT with string literals emptied and comments left out: prose may say "at a time (...)".
lines() {
    find "$@" -name '*.[ch]' | sort | while read -r file; do
        sed -E 's/"([^"\\]|\\.)*"/""/g' "$file" | awk -v file="$file" '
            {
                text = ""
                rest = $0
                while (rest != "") {
                    at = index(rest, comment ? "*/" : "/*")
                    if (!comment) text = text (at ? substr(rest, 1, at - 1) : rest)
                    rest = at ? substr(rest, at + 2) : ""
                    if (at) comment = !comment
                }
                sub("//.*", "", text)
                if (text ~ /[^ \t]/) print file ":" NR ":" text
            }'
    done
}
look() { # pattern, why, lines on standard input
    found=$(grep -E "(^|[^_a-zA-Z0-9>.])($1)[[:space:]]*\(")
    if [ -n "$found" ]; then
        echo "$found"
        echo "^ $2"
        bad=1
    fi
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lines cgp substrate tasks results >"$work/libraries"
lines mpi >"$work/program"
cat "$work/libraries" "$work/program" >"$work/all"

look 'strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|atof|alloca' "unsafe; use snprintf, e2l_text, e2l_number_read" <"$work/all"
look 'rand|srand|random|drand48|time' "random numbers come from cgp/stream.h, and libraries know no clock" <"$work/libraries"
look 'exit|abort|assert|printf|puts|putchar|perror|signal|sigaction' "only mpi/ prints, exits and handles signals" <"$work/libraries"
grep -v '^cgp/base.c:' "$work/all" >"$work/heap"
look 'malloc|calloc|realloc|free|strdup|aligned_alloc' "heap only through e2l_alloc, so that the n-th failure can be tested and leaks counted" <"$work/heap"
exit $bad

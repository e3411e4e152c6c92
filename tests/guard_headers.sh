#!/bin/sh
# Every header compiles alone, as C17 and (public ones without kernels) as C++17.
cd "$1" || exit 2
bad=0
for header in cgp/*.h substrate/*.h substrate/*/*.h tasks/*.h results/*.h mpi/*.h; do
    [ -f "$header" ] || continue
    if ! cc -std=c17 -D_POSIX_C_SOURCE=200809L -DE2L_VERSION='""' -Wall -Wextra -Wno-unused-macros -I. -fsyntax-only -x c "$header"; then
        echo "^ $header does not compile alone"
        bad=1
    fi
    case "$header" in *_impl.h | mpi/*) continue ;; esac
    if command -v c++ >/dev/null 2>&1 &&
        ! c++ -std=c++17 -D_POSIX_C_SOURCE=200809L -I. -fsyntax-only -x c++ "$header"; then
        echo "^ $header is not usable from C++"
        bad=1
    fi
done
exit $bad

#!/bin/sh
# sh tests/run.sh        installs what is missing, builds, runs the core tests
# sh tests/run.sh all    and clang, sanitizers, the stress build, the build without MPI, long fuzzing, LaTeX
set -eu
cd "$(dirname "$0")/.."
what=${1:-core}
case "$what" in
core) sh mpi/install.sh tests ;;
all) sh mpi/install.sh all ;;
*)
    echo "usage: sh tests/run.sh [all]" >&2
    exit 2
    ;;
esac

# OpenMPI: root has to confirm twice; more ranks than cores are wanted here.
OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe
export OMPI_MCA_btl_vader_single_copy_mechanism

jobs=$(nproc 2>/dev/null || echo 2)
generator="Unix Makefiles"
command -v ninja >/dev/null 2>&1 && generator=Ninja

# build FOLDER cmake-options...
build() {
    folder=$1
    shift
    kind=$generator
    [ ! -f "$folder/CMakeCache.txt" ] || kind=$(sed -n 's/^CMAKE_GENERATOR:INTERNAL=//p' "$folder/CMakeCache.txt")
    echo "== building $folder: $*"
    cmake -S . -B "$folder" -G "$kind" -DE2L_BUILD_TESTS=ON -DE2L_WERROR=ON "$@" >/dev/null
    cmake --build "$folder" --parallel "$jobs" | grep -v '^\[' || true
    cmake --build "$folder" >/dev/null # the status of the build itself
}

# check FOLDER ctest-options...
check() {
    folder=$1
    shift
    echo "== testing $folder $*"
    ctest --test-dir "$folder" --output-on-failure --parallel "$jobs" "$@"
}

build build -DCMAKE_BUILD_TYPE=Release
if [ "$what" = core ]; then
    check build
    exit 0
fi

E2L_WITH_TOOLS=1 # tests that need other people's tools fail instead of being skipped
export E2L_WITH_TOOLS
check build

build build-clang -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=clang
check build-clang -LE 'program|guard'
sh tests/same_bits.sh build build-clang

# From here on without kernels that take long to compile: they have the same source as the others.
lean="-DE2L_INSTRUCTION_SETS= -DE2L_LONG_CHAINS=OFF"
# Addresses and undefined behaviour; leaks of the libraries under MPI are not ours to mend.
build build-dev -DCMAKE_BUILD_TYPE=RelWithDebInfo -DE2L_SANITIZE=address,undefined $lean
ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=$PWD/tests/support/leaks.txt check build-dev -LE 'guard'

build build-stress -DCMAKE_BUILD_TYPE=RelWithDebInfo -DE2L_STRESS=ON $lean
check build-stress -LE 'program|guard'

build build-nompi -DCMAKE_BUILD_TYPE=Release -DE2L_WITH_MPI=OFF $lean
check build-nompi -L 'program|unit' -E 'program_(mpi|kill)'

build build-fuzz -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_COMPILER=clang -DE2L_FUZZ=ON -DE2L_WITH_MPI=OFF \
    -DE2L_SANITIZE=address,undefined $lean
for fuzzer in build-fuzz/tests/fuzz_*; do
    [ -x "$fuzzer" ] && [ ! -d "$fuzzer" ] || continue
    name=$(basename "$fuzzer")
    work=$(mktemp -d)
    echo "== fuzzing $name"
    if ! "$fuzzer" -max_total_time="${E2L_FUZZ_SECONDS:-20}" -timeout=20 -rss_limit_mb=4096 -verbosity=0 "$work" \
        "tests/corpus/$name" >"$work.log" 2>&1; then
        tail -n 40 "$work.log"
        exit 1
    fi
    rm -rf "$work" "$work.log"
done
check build -L guard # the closing lines are ctest's

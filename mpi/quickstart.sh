#!/bin/sh
# The main job on a fresh Debian machine: installs what is missing, builds, and searches for a PCA rule on all cores.
#   sh mpi/quickstart.sh [e2l run options, for example --set search.seed=2]
set -eu
cd "$(dirname "$0")/.."

sh mpi/install.sh core
generator="Unix Makefiles"
command -v ninja >/dev/null 2>&1 && generator=Ninja
[ ! -f build/CMakeCache.txt ] || generator=$(sed -n 's/^CMAKE_GENERATOR:INTERNAL=//p' build/CMakeCache.txt)
echo "Building (once) ..."
tests=OFF
[ ! -f build/CMakeCache.txt ] || tests=$(sed -n 's/^E2L_BUILD_TESTS:BOOL=//p' build/CMakeCache.txt)
cmake -S . -B build -G "$generator" -DCMAKE_BUILD_TYPE=Release -DE2L_BUILD_TESTS="$tests" >/dev/null
cmake --build build --parallel --target e2l >/dev/null

run=runs/quickstart
number=1
while [ -e "$run" ]; do
    number=$((number + 1))
    run=runs/quickstart-$number
done

cores=$(nproc 2>/dev/null || echo 1)
if [ "$(id -u)" = 0 ]; then # OpenMPI asks root to confirm twice
    OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM
fi
# OpenMPI counts cores the scheduler may not give us; a container may forbid its memory copies.
OMPI_MCA_rmaps_base_oversubscribe=1
OMPI_MCA_btl_vader_single_copy_mechanism=none
export OMPI_MCA_rmaps_base_oversubscribe OMPI_MCA_btl_vader_single_copy_mechanism

if [ -t 2 ]; then # mpirun hides the terminal from the program
    E2L_PROGRESS=live
    COLUMNS=${COLUMNS:-$(tput cols 2>/dev/null || echo 80)}
    export E2L_PROGRESS COLUMNS
fi
if command -v mpirun >/dev/null 2>&1 && [ "$cores" -gt 1 ]; then
    mpirun -n "$cores" build/e2l run tasks/configs/quickstart.json --out "$run" "$@"
else
    build/e2l run tasks/configs/quickstart.json --out "$run" "$@"
fi
build/e2l export "$run" --format c,latex,json --out "$run/exports"
echo
echo "See it again:  build/e2l show $run"

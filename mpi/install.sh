#!/bin/sh
# Installs what is missing on a Debian machine: sh mpi/install.sh core|tests|all
#   core   what the program needs        tests   and CMocka        all   and clang, LaTeX
# Does nothing when everything is there; says what to install when it cannot.
set -eu

core="gcc libc6-dev cmake ninja-build pkg-config libopenmpi-dev openmpi-bin libgsl-dev libcjson-dev libsleef-dev librandom123-dev libxxhash-dev libmd-dev"
tests="libcmocka-dev g++ valgrind"
all="clang libclang-rt-14-dev texlive-latex-base preview-latex-style poppler-utils"

case "${1:-core}" in
core) wanted=$core ;;
tests) wanted="$core $tests" ;;
all) wanted="$core $tests $all" ;;
*)
    echo "usage: sh mpi/install.sh core|tests|all" >&2
    exit 2
    ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "This is not a Debian system; please see to it that these are installed: $wanted" >&2
    exit 0
fi

missing=""
for package in $wanted; do
    case "$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null)" in
    *"ok installed") ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "Missing packages, and neither root nor sudo to install them: apt-get install$missing" >&2
        exit 3
    fi
    as_root="sudo"
fi
echo "Installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install:$missing" >&2
    exit 3
fi

#!/bin/sh
# sh tests/bench/first_searches.sh BUILD [--dir DIR] [--seeds N] TASK...: first searches of the network tasks, evolution and sampling at equal evaluations.
#
# TASK is a row of rows() below, or the name of a config in tasks/configs (then with 2000 evaluations), each with ":EVALUATIONS" behind it if another number is wanted. Seeds 1 to N (default 5) of
# `cgp` and of `random` run one after the other, one process each, with the config's racing, cache and restarts; one island, so that the whole budget is one search's. A finished run
# in DIR (default BUILD/first_searches) is not run again, one that was stopped is resumed. Per task it then writes, into tests/bench/first_searches:
#
#   TASK.md          champions (simplified) beside the reference: test means, sets of interest by themselves, when the reference was reached, cost, lost sets, medians
#   TASK_curves.csv  search,candidates,best: the best score on the search cases so far against candidates that were not silent
#
# Core-seconds are processor time of the whole run, judging on select, test and shifted sets included.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$(cd "${1:?usage: sh tests/bench/first_searches.sh BUILD [--dir DIR] [--seeds N] TASK...}" && pwd)
shift
dir=$build/first_searches
seeds=5
while [ $# -gt 0 ]; do
    case $1 in
    --dir) dir=$2 && shift 2 ;;
    --seeds) seeds=$2 && shift 2 ;;
    *) break ;;
    esac
done
mkdir -p "$dir" "$here/first_searches"

# config | evaluations | settings | what the champions are tried on besides: NAME=SPEC[@CASES] with ETA for the run's own rates, a measure of it with /MEASURE
rows() {
    case $1 in
    second_order_errors) echo "second_order_errors|3000||variance=second_order_errors:sets=variance xor=second_order_errors:sets=xor mean=second_order_errors:sets=mean" ;;
    second_order_published) echo "second_order_errors|1500|task.sets=[variance,xor]|variance=second_order_errors:sets=variance xor=second_order_errors:sets=xor" ;;
    error_driven) echo "error_driven|4000||published=error_driven:sign=up,dt=0.1/sum@15" ;;
    elise_replay) echo "elise_replay|2000||small=elise_replay/error@16" ;;
    *) echo "$1|2000||" ;;
    esac
}

# name config evaluations settings method seed
search() {
    run=$dir/$1-$5-$6
    [ ! -e "$run/DONE" ] || return 0
    if [ -d "$run" ]; then
        set -- resume "$run"
    else
        set -- run "tasks/configs/$2.json" --out "$run" --set search.islands=1 --set search.evaluations="$3" --set search.method="$5" --set search.seed="$6" ${4:+--set "$4"}
    fi
    echo "$1 $run" >&2
    (
        cd "$root"
        nice -n 10 "$build/e2l" "$@" >/dev/null 2>"$run.log" || { cat "$run.log" >&2 && exit 1; }
        times >"$run.now" # the second line: user and system time of the children; no pipe, that would be another shell
        tail -n 1 "$run.now" >>"$run.times"
        rm "$run.now"
    )
}

for item in "$@"; do
    name=${item%%:*}
    row=$(rows "$name")
    config=${row%%|*}
    rest=${row#*|}
    evaluations=${rest%%|*}
    rest=${rest#*|}
    [ "$item" = "$name" ] || evaluations=${item#*:}
    seed=1
    while [ "$seed" -le "$seeds" ]; do
        for method in cgp random; do
            search "$name" "$config" "$evaluations" "${rest%%|*}" "$method" "$seed"
        done
        seed=$((seed + 1))
    done
    (cd "$root" && python3 "$here/first_searches.py" "$build/e2l" "$dir" "$here/first_searches" "$name" "$seeds" "${rest#*|}")
done

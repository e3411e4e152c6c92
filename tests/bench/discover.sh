#!/bin/sh
# sh tests/bench/discover.sh BUILD [STATE [CORE_SECONDS]]: the discovery table.
#
# Every row is a task; every run is one seed of one method, searched until success or the row's budget of evaluations, and leaves one small file in
# STATE (default BUILD/discovery). What is there is not run again, so the script goes on where it was stopped; runs that do not fit into CORE_SECONDS
# (default 7200, summed over all runs of the table) are left for the next time. The table goes to tests/bench/discovery.md and to standard output.
# GROUP=networks in the environment: the rows of networks() alone, into tests/bench/discovery_networks.md (take another STATE for them).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/discover.sh BUILD [STATE [CORE_SECONDS]]}
state=${2:-$build/discovery}
most=${3:-7200}
group=${GROUP:-formulas}
table=$here/discovery.md
[ "$group" = formulas ] || table=$here/discovery_$group.md
mkdir -p "$state"

# row, config, settings, method, first seed, last seed, budget of evaluations
networks() {
    for method in cgp random; do
        echo "error-driven $here/discovery/error_driven.json - $method 1001 1010 4000"
        echo "second-order $here/discovery/second_order.json - $method 1001 1010 4000"
    done
    for method in cgp random; do
        echo "elise-replay $here/discovery/elise_replay.json - $method 1001 1005 3000"
    done
}

formulas() {
    r=$here/discovery/regression.json
    p=$here/discovery/pca.json
    t=$here/discovery/recover.json
    for target in koza6 quintic nguyen3; do
        for cache in probes exact; do
            echo "$target-$cache $r task.target=$target,search.cache=$cache cgp 1001 1060 100000"
            echo "$target-$cache $r task.target=$target,search.cache=$cache random 1001 1020 1000000"
        done
    done
    echo "pca-mixed $p - cgp 1001 1040 50000"
    echo "pca-mixed $p - random 1001 1040 50000"
    for teacher in oja decay covariance reward threefactor; do
        echo "recover-$teacher $t task.teacher=$teacher cgp 1001 1020 1000000"
        echo "recover-$teacher $t task.teacher=$teacher random 1001 1010 300000"
    done
}

# Records with noise: teacher, budget; for these the recordings change with the seed, too.
noisy() {
    for item in oja:40000 decay:40000 covariance:100000 reward:40000 threefactor:1000000; do
        echo "noise-${item%:*} ${item%:*} ${item#*:}"
    done
}

spent() {
    cat "$state"/*.json 2>/dev/null | sed -n 's/.*"cpu_s":\([0-9.e+-]*\).*/\1/p' | awk '{ s += $1 } END { printf "%d\n", s }'
}

# row config settings method seed budget
one() {
    file=$state/$1.$4.$5.json
    [ -s "$file" ] && return 0
    [ "$(spent)" -lt "$most" ] || return 0
    sets=
    [ "$3" = - ] || sets=$(echo "$3" | sed 's/,/ --set /g; s/^/--set /')
    # shellcheck disable=SC2086 # several words on purpose
    "$build/tests/e2l-discover" "$2" $sets --set search.method="$4" --set search.seed="$5" --set search.evaluations="$6" >"$file.part"
    mv "$file.part" "$file"
}

# row teacher budget seed: a run of the program, then one line for each method on the same recordings
one_noisy() {
    run=$state/$1.$4.run
    if [ ! -e "$run/DONE" ]; then
        [ "$(spent)" -lt "$most" ] || return 0
        if [ -d "$run" ]; then
            "$build/e2l" resume "$run" >/dev/null 2>&1
        else
            "$build/e2l" run "$here/discovery/recover_noise.json" --set task.teacher="$2" --set search.evaluations="$3" \
                --set search.seed="$4" --set task.seed="$4" --out "$run" >/dev/null 2>&1
        fi
    fi
    for method in cgp trajectories steps; do
        file=$state/$1.$method.$4.json
        [ -s "$file" ] || { "$build/tests/e2l-recovered" "$run" $method >"$file.part" && mv "$file.part" "$file"; }
    done
}

if [ "${4:-}" = noisy ]; then
    shift 4
    one_noisy "$@"
    exit 0
fi
if [ "${4:-}" = one ]; then
    shift 4
    one "$@"
    exit 0
fi
"$group" | while read -r row config settings method first last budget; do
    seed=$first
    while [ "$seed" -le "$last" ]; do
        echo "$row $config $settings $method $seed $budget"
        seed=$((seed + 1))
    done
done | xargs -P "${JOBS:-$(nproc)}" -L 1 sh "$0" "$build" "$state" "$most" one
[ "$group" = formulas ] && noisy | while read -r row teacher budget; do
    seed=1001
    while [ "$seed" -le 1020 ]; do
        echo "$row $teacher $budget $seed"
        seed=$((seed + 1))
    done
done | xargs -r -P "$(nproc)" -L 1 sh "$0" "$build" "$state" "$most" noisy
{
    echo "Made by \`sh tests/bench/discover.sh\`; $(spent) core-seconds in all. One island; evaluations are different candidates, counted until success."
    echo "ERT: all evaluations, failures at the budget, over successes. A median of - means that fewer than half were solved."
    echo
    "$build/tests/e2l-discover-table" "$state"
} >"$table.part"
mv "$table.part" "$table"
cat "$table"

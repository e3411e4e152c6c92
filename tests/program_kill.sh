#!/bin/sh
# Kills at random moments, each followed by a resume on another number of ranks: the result is that of the undisturbed run.
#   program_kill.sh SOURCE BUILD [KILLS [GENERATIONS]]     the long form: 10 200000
cd "$1" || exit 2
e2l=$2/e2l
kills=${3:-4}
generations=${4:-25000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*"
    [ ! -f "$work/log" ] || cut -c1-120 "$work/log"
    exit 1
}
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_hwloc_base_binding_policy=none
ranks="3 1 2 5"
command -v mpirun >/dev/null || ranks=1
cat >"$work/c.json" <<END
{"task": {"name": "pca", "samples": 200, "cases": 6},
 "search": {"generations": $generations, "islands": 5, "functions": ["sub", "mul"], "migrate_every": 20, "constants": [1, 0.5],
            "cache": "probes", "racing": 0.05, "restart": 150, "tune": 10, "evaluations": 1000000},
 "output": {"checkpoint_s": 0.2}}
END
# start N WORDS...: e2l WORDS on N ranks in the background; its process in $pid
start() {
    n=$1
    shift
    if [ "$n" = 1 ]; then
        "$e2l" "$@" >"$work/out" 2>>"$work/log" &
    else
        mpirun -n "$n" "$e2l" "$@" >"$work/out" 2>>"$work/log" &
    fi
    pid=$!
}
"$e2l" run "$work/c.json" --out "$work/calm" >/dev/null 2>&1 || fail "undisturbed run"
start 2 run "$work/c.json" --out "$work/killed"
done_kills=0
while [ "$done_kills" -lt "$kills" ]; do
    for n in $ranks; do
        [ "$done_kills" -lt "$kills" ] || break
        # between .5 and 2 s, from the seconds' digits: any moment will do
        sleep "$(awk -v k="$done_kills" 'BEGIN { srand(); printf "%.2f", 0.5 + 1.5 * rand() }')"
        kill -KILL $pid 2>/dev/null
        wait $pid
        done_kills=$((done_kills + 1))
        [ -f "$work/killed/DONE" ] && break 2
        if [ -f "$work/killed/config.json" ]; then
            start "$n" resume "$work/killed"
        else
            rm -rf "$work/killed"
            start "$n" run "$work/c.json" --out "$work/killed"
        fi
    done
done
# Under mpirun SIGTERM gives one second: enough for a checkpoint.
if [ ! -f "$work/killed/DONE" ] && [ "$ranks" != 1 ]; then
    sleep 1
    kill -TERM $pid 2>/dev/null
    wait $pid
    start 3 resume "$work/killed"
fi
wait $pid
[ -f "$work/killed/DONE" ] || fail "not finished"
grep -q "from generation [1-9]" "$work/log" || fail "no resume from past generation 0"
diff -r -x timing.csv -x provenance.json "$work/calm" "$work/killed" >"$work/diff" || { cat "$work/diff" | head; fail "differs from the undisturbed run"; }
grep "going on" "$work/log" | sed 's/.*from/resumed from/'
echo ok

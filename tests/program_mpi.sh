#!/bin/sh
# The same bytes on 1, 2, 3, 5 ranks as alone, and more ranks than islands; failures are told once.
cd "$1" || exit 2
e2l=$2/e2l
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*"
    exit 1
}
command -v mpirun >/dev/null || { echo "skipped: no mpirun"; exit 0; }
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_hwloc_base_binding_policy=none
cat >"$work/c.json" <<'END'
{"task": {"name": "pca", "samples": 100, "cases": 4},
 "search": {"generations": 200, "islands": 5, "parents": 2, "functions": ["add", "sub", "mul", "pdiv"], "constants": true,
            "migrate_every": 7, "resample_every": 45},
 "output": {"checkpoint_s": 0.1}}
END
"$e2l" run "$work/c.json" --out "$work/alone" >"$work/out0" 2>"$work/err" || { cat "$work/err"; fail "alone"; }
# What MPI's plug-ins leak cannot be named any more once they are unloaded; our own leaks show in the run alone.
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
for n in 1 2 3 5 7; do
    mpirun -n $n "$e2l" run "$work/c.json" --out "$work/n$n" >"$work/out" 2>"$work/err" || { cat "$work/err"; fail "$n ranks"; }
    diff -r -x timing.csv -x provenance.json "$work/alone" "$work/n$n" >"$work/diff" || { cat "$work/diff"; fail "$n ranks differ"; }
    sed "s#$work/n$n#$work/alone#" "$work/out" | cmp -s - "$work/out0" || fail "$n ranks: another page at the end"
    grep -q "\"ranks\": $n" "$work/n$n/provenance.json" || fail "$n ranks: provenance"
done

# Everything that shortens a search: what a rank knows must not depend on which islands it has.
cat >"$work/all.json" <<'END'
{"task": {"name": "pca", "samples": 100, "cases": 16, "eta": "tune", "orientation": ["random", "axis", "diag"]},
 "search": {"evaluations": 1500, "generations": 100000, "islands": 4, "offspring": 4, "functions": ["add", "sub", "mul", "div", "tanh"],
            "constants": [1, 0.1, 2], "cache": "probes", "racing": 0.05, "restart": 60, "tune": 10, "migrate_every": 40, "simplify": 50},
 "output": {"checkpoint_s": 0.1}}
END
# same NAME RANKS WORDS...: the run folder is that of $work/all
same() {
    name=$1
    ranks=$2
    shift 2
    mpirun -n "$ranks" "$e2l" run "$work/all.json" --out "$work/$name" "$@" >"$work/out" 2>"$work/err" ||
        { cat "$work/err"; fail "$name"; }
    diff -r -x timing.csv -x provenance.json "$work/$base" "$work/$name" >"$work/diff" || { cut -c1-200 "$work/diff"; fail "$name differs"; }
}
base=all
"$e2l" run "$work/all.json" --out "$work/all" >"$work/out" 2>"$work/err" || { cat "$work/err"; fail "all at once"; }
tail -1 "$work/all/history.csv" | cut -d, -f1 | grep -qx '[0-9]\{2,4\}' || fail "the budget did not end the run"
for n in 2 3 5; do
    same "all$n" $n
done
# A cache that answers and one that only counts give the same files.
base=exact
"$e2l" run "$work/all.json" --out "$work/exact" --set search.cache=exact >"$work/out" 2>"$work/err" || fail "exact"
same none1 1 --set search.cache=none
same none3 3 --set search.cache=none
# Generations that end before the budget.
base=short
"$e2l" run "$work/all.json" --out "$work/short" --set search.generations=30 >"$work/out" 2>"$work/err" || fail "short"
same short3 3 --set search.generations=30

# A wrong config under mpirun: one line, exit code 2; help starts no ranks.
mpirun -n 2 "$e2l" run "$work/c.json" --out "$work/x" --set search.island=3 >"$work/out" 2>"$work/err"
[ $? = 2 ] || fail "wrong config under mpirun: exit code"
[ "$(grep -c "did you mean 'islands'" "$work/err")" = 1 ] || { cat "$work/err"; fail "wrong config under mpirun: message"; }
mpirun -n 2 "$e2l" resume "$work/alone" >"$work/out" 2>"$work/err" || fail "resume of a finished run"
[ "$(grep -c finished "$work/out")" = 1 ] || fail "resume of a finished run: message"
echo ok

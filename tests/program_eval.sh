#!/bin/sh
# e2l eval against the golden cases, its JSON, its options; exit codes.
cd "$1" || exit 2
e2l=$2/e2l
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*"
    exit 1
}
golden=tests/golden/pca_cases.json

# The golden file through the program: outcomes equal, scores and measures within 1e-9 relative.
"$e2l" eval --task "pca:data=$golden" --rule 'y * (x - y * w)' --rule '2 * y * (x - y * w)' --rule 'y * x - w' --rule 'y * x' --rule 0 \
    --json >"$work/golden.json" || fail "eval of the golden cases"
"$2/tests/golden_compare" tests/golden/pca_expected.json "$work/golden.json" || fail "golden values"

# Exact ties with eta=tune; the zero rule has no update.
"$e2l" eval --task pca:eta=tune,samples=300 --rule name:oja --rule '2*y*(x-y*w)' --cases 10 --json >"$work/tune.json" || fail "tune"
[ "$(grep -c '"mean"' "$work/tune.json")" -ge 2 ] || fail "tune: no scores"
[ "$(grep '^  "score": {"mean"' "$work/tune.json" | sort -u | wc -l)" = 1 ] || fail "Oja and 2 Oja do not tie under eta=tune"

# Record: header and one row per step, probe and element.
"$e2l" eval --task pca:samples=50 --rule name:oja --cases 2 --record "$work/record.csv" >/dev/null || fail "record"
[ "$(grep -c ',49,w_end,' "$work/record.csv")" = 4 ] && [ "$(grep -c ',w_end,' "$work/record.csv")" = 4 ] || fail "record: looks of w_end"
"$e2l" eval --task pca:samples=50 --rule name:oja --cases 2 --record "$work/record.csv" --record-every >/dev/null || fail "record"
[ "$(head -n 1 "$work/record.csv")" = "case,step,probe,index,value" ] || fail "record: header"
[ "$(grep -c ',w_end,' "$work/record.csv")" = 200 ] || fail "record: rows of w_end"
printf '%s' '{"cases": [{"name": "a,\"b\"", "samples": [[1,2]], "w0": [1,0]}]}' >"$work/named.json"
# A condition that only the network decides: what was looked at is what it held for. Rows of two cases, numbers of both signs.
net='{"network": {"experiment": "e", "dt": 1, "arrays": {"s": {"kind": "by_step", "size": 2}}, "populations": {"a": {"size": 2, "model": "relay",
  "inputs": {"in": "s"}}, "b": {"size": 1, "model": "linear"}}, "projections": {"p": {"from": "a", "to": "b.in", "signal": "r", "w": 1,
  "slots": {"rule": {"x": "x", "y": "post.r"}}, "synapse": ["w += eta * rule"]}}, "spans": [{"name": "run", "steps": 40}],
  "probes": {"up": {"of": "b.r", "when": "b.r > 0", "fold": "sum"}, "mean": {"of": "b.r", "fold": "mean"}}},
  "case": {"s": "normal"}, "score": "mean", "references": {"hebb": "x * y"}}'
printf '%s' "$net" >"$work/net.json"
"$e2l" eval --task "custom:file=$work/net.json" --rule 0 --cases 2 --record "$work/record.csv" >/dev/null || fail "record: custom"
[ "$(grep -c ',mean,' "$work/record.csv")" = 80 ] || fail "record: looks of a folded probe"
positive=$(grep ',mean,' "$work/record.csv" | grep -vc ',-')
[ "$(grep -c ',up,' "$work/record.csv")" = "$positive" ] && ! grep -q ',up,0,-' "$work/record.csv" || fail "record: looks of a condition of the network"
"$e2l" list tasks custom --task "custom:file=$work/net.json" | grep -q 'terminals x, y; unit 1; terminal_units 1, 1' || fail "list: units of a file's slots"
"$e2l" list environments pong | grep -q 'retina' || fail "list environments"
printf '%s' '{"model": "m", "ports": {}, "state": {"u": [1, "mV"]}, "step": ["u = 0.5 * u"]}' >"$work/m.json"
"$e2l" list models "$work/m.json" | grep -q '  u = 0.5 \* u' || fail "list models: a file"
"$e2l" eval --task "pca:data=$work/named.json" --rule name:oja --record "$work/record.csv" >/dev/null || fail "record: named case"
grep -q '^"a,""b""",0,' "$work/record.csv" || fail "record: a case's name with comma and quotes"

# A diverging rule is data.
"$e2l" eval --task pca:samples=2000 --rule 'y*x' --cases 150 --json >"$work/hebb.json" || fail "hebb"
[ "$(grep -c '"outcome": "diverged"' "$work/hebb.json")" -ge 142 ] || fail "hebb: fewer than 95 % diverged"
grep -qiE '(^|[^a-z])(nan|inf)' "$work/hebb.json" && fail "NaN or Inf in JSON"

# Comparison, all sets, help, unwritable output.
for set in search select test shift:dimension; do
    "$e2l" eval --task pca:samples=100 --rule 'y*x-w' --compare name:oja --set $set --cases 5 >"$work/out" || fail "set $set"
    grep -q 'Wilcoxon' "$work/out" || fail "set $set: no comparison"
done

# How many cases separate two rules: against --compare, else against the first; in words when no number does.
"$e2l" eval --task pca:samples=100 --rule 'y*x-w' --compare name:oja --cases 20 >"$work/out" || fail "needed"
grep -q '[0-9] cases separate these two (5 %, power 80 %); 20 were used' "$work/out" || { cat "$work/out"; fail "needed: text"; }
"$e2l" eval --task pca:samples=100,eta=tune --rule name:oja --rule '2*y*(x-y*w)' --rule 0 --cases 20 >"$work/out" || fail "needed, pairs"
grep -q 'no difference: no number' "$work/out" || fail "needed: equal rules"
[ "$(grep -c 'against oja' "$work/out")" = 2 ] || fail "needed: the first rule is what the others are compared with"
"$e2l" eval --task pca:samples=100,eta=tune --rule name:oja --rule '2*y*(x-y*w)' --rule 0 --cases 20 --json >"$work/out" || fail "needed, json"
[ "$(grep -c '"cases_needed": null' "$work/out")" = 1 ] && [ "$(grep -c '"cases_needed": [0-9]' "$work/out")" = 1 ] || fail "needed: JSON"
# What carries no score goes; the JSON holds the record; a rule that is ok nowhere stays as it is.
"$e2l" eval --task pca:eta=tune --rule '(2*y - w)*(x - w*y)' --simplify >"$work/out" || fail "simplify"
grep -q '2 \* y - w becomes 2 \* y' "$work/out" && sed 's/±/+/g' "$work/out" | awk 'length($0) > 80 {exit 1}' || { cat "$work/out"; fail "simplify: text"; }
"$e2l" eval --task pca:eta=tune --rule '(2*y - w)*(x - w*y)' --simplify --cases 3 --json >"$work/out" || fail "simplify, json"
grep -q '"simplification": {"rule": {"rule": "y \* (x - y \* w)"}' "$work/out" || fail "simplify: JSON"
"$e2l" eval --task pca:samples=2000 --rule '1e6*y*x' --simplify --cases 3 >"$work/out" || fail "simplify: a diverging rule"
grep -q '0 steps' "$work/out" || fail "simplify: steps without evidence"
"$e2l" eval --task "pca:data=$golden" --rule '2*y*(x-y*w) + 0*x' --simplify >"$work/out" || fail "simplify: data file"
grep -q 'algebraic' "$work/out" || fail "simplify: data file, steps"
"$e2l" eval --help | grep -q -- --task || fail "help"
"$e2l" eval --task pca --rule 0 --cases 3 >/dev/full 2>"$work/err"
[ $? = 1 ] || fail "full standard output is not exit code 1"
"$e2l" eval --task pca --rule 0 --cases 3 --record /nonexistent/x.csv >/dev/null 2>"$work/err"
[ $? = 1 ] && grep -q nonexistent "$work/err" || fail "unwritable record"
"$e2l" eval --task pca --rule 0 --substrate check --cases 3 >/dev/null || fail "check substrate"

# What a config costs: synapses that a model moves are updated, too.
for config in quickstart error_driven; do
    "$e2l" bench "tasks/configs/$config.json" --seconds 1 >"$work/bench" || fail "bench $config"
    [ "$(grep -c 'synapse updates/s' "$work/bench")" = 2 ] || fail "bench $config: methods"
    ! grep -q ' 0 synapse updates/s' "$work/bench" || fail "bench $config: no synapse is updated"
done
echo ok

#!/bin/sh
# sh tests/bench/precision.sh BUILD: scores in double and in single precision, case by case, of the reference rules of all tasks. Prints the table of
# tests/bench/precision.md. Two minutes of one core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/precision.sh BUILD}
cd "$here/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# task, rule, cases
rows() {
    echo "pca name:oja 200"
    echo "pca:n=10 name:oja 200"
    echo "pca tanh(y)*(x-y*w) 200"
    echo "pca name:hebb 40"
    echo "regression:target=koza6 name:target 10"
    echo "recover:teacher=covariance name:teacher 20"
    echo "second_order_errors name:second_order 40"
    echo "error_driven name:gradient 40"
    echo "elise_replay:cycles=100 name:elise 8"
    echo "custom:file=tasks/configs/networks/delta.json name:delta 40"
    echo "custom:file=tasks/configs/networks/pong.json name:rstdp 20"
    echo "custom:file=tasks/configs/networks/rflo.json name:rflo 8"
}

k=0
rows | while read -r task rule cases; do
    k=$((k + 1))
    for precision in double single; do
        "$build/e2l" eval --task "$task" --rule "$rule" --cases "$cases" --no-norm --substrate "cpu:precision=$precision" --json >"$work/$k.$precision"
    done
    echo "$k $task $rule" >>"$work/rows"
done
python3 - "$work" <<'END_OF_PYTHON'
import json, statistics, sys
folder = sys.argv[1]
print("| task | rule | cases ok, double / single | mean score, double | single | largest difference of a case | of the spread between cases |\n|---|---|---|---|---|---|---|")
for line in open(folder + "/rows"):
    k, task, rule = line.split(None, 2)
    pair = [json.load(open("%s/%s.%s" % (folder, k, p)))["cases"] for p in ("double", "single")]
    ok = [[c["score"] for c in cases if c["outcome"] == "ok"] for cases in pair]
    both = [(a["score"], b["score"]) for a, b in zip(*pair) if a["outcome"] == b["outcome"] == "ok"]
    most = max((abs(a - b) for a, b in both), default=0)
    spread = statistics.pstdev(ok[0]) if len(ok[0]) > 1 else 0
    mean = lambda values: "%.6g" % statistics.fmean(values) if values else "-"
    print("| `%s` | `%s` | %d / %d of %d | %s | %s | %.1e | %s |" % (task, rule.strip(), len(ok[0]), len(ok[1]), len(pair[0]), mean(ok[0]), mean(ok[1]), most,
          "%.1e" % (most / spread) if spread > 0 else "-"))
END_OF_PYTHON

#!/bin/sh
# sh tests/bench/error_driven.sh BUILD: the published error-driven task, rule by rule: 15 cases on each of task seeds 1 to 5, at dt = 0.1 ms and at the task's 1 ms (the same spike
# trains), teachers above the student as published, learning rate 1.7. Writes tests/bench/error_driven.md. Figures are the published measure, sqrt(sum (u - v)^2) over
# samples 1 ms apart in the last 9 of 10 s: mean over cases of all seeds, standard deviation over cases (mean of the seeds'), and the range of the seeds' means.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/error_driven.sh BUILD}
python3 - "$build/e2l" "$here/error_driven.md" <<'END_OF_PYTHON'
import json, statistics, subprocess, sys
e2l, out = sys.argv[1:3]
# name, published validation (mean +- SD over 15), independent re-implementation of the description (mean +- SD where known)
RULES = [("run0", "11.44 ± 3.02", "10.99"), ("double", "11.46 ± 3.04", "10.97 ± 4.38"), ("run2", "11.48 ± 3.06", "10.99"), ("run3", "14.09 ± 3.71", "10.82"),
         ("gradient", "14.59 ± 3.77", "11.27 ± 4.75"), ("half", "", "14.54"), ("run1", "25.75 ± 5.68", "22.81"), ("quadruple", "", "1410"), ("0", "", "208 ± 124")]
SEEDS, CASES = range(1, 6), 15

def sums(dt):
    """values[rule][seed]: of the cases that are ok; and how many are not."""
    values, failed = [[] for _ in RULES], [0] * len(RULES)
    for seed in SEEDS:
        rules = sum((["--rule", n if n == "0" else "name:" + n] for n, _, _ in RULES), [])
        command = [e2l, "eval", "--task", "error_driven:sign=up,dt=%s" % dt, "--cases", str(CASES), "--seed", str(seed), "--json"] + rules
        for k, one in enumerate(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)):
            values[k].append([c["measures"]["sum"] for c in one["cases"] if c["outcome"] == "ok"])
            failed[k] += one["n_cases"] - one["n_ok"]
    return values, failed

def cell(values, failed):
    means = [statistics.mean(v) for v in values]
    text = "%.4g ± %.3g" % (statistics.mean(means), statistics.mean(statistics.stdev(v) for v in values))
    if max(means) > 3 * min(means):
        text = "median %.4g, mean %.4g" % (statistics.median(sum(values, [])), statistics.mean(means))
    return "%s (%.4g to %.4g)%s" % (text, min(means), max(means), ", %d of %d diverged" % (failed, CASES * len(SEEDS)) if failed else "")

columns = [sums(dt) for dt in ("0.1", "1")]
lines = ["Made by `sh tests/bench/error_driven.sh build`: mean ± SD over cases (range of the means of %d task seeds, %d cases each); smaller is better." % (len(SEEDS), CASES), "",
         "| rule | dt 0.1 ms | dt 1 ms | published (dt 0.01 ms) | independent program (dt 0.1 ms) |", "|---|---|---|---|---|"]
for k, (name, published, independent) in enumerate(RULES):
    lines.append("| %s | %s | %s | %s | %s |" % (name, cell(columns[0][0][k], columns[0][1][k]), cell(columns[1][0][k], columns[1][1][k]), published, independent))
open(out, "w").write("\n".join(lines) + "\n")
print("\n".join(lines))
END_OF_PYTHON

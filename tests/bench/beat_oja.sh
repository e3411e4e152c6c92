#!/bin/sh
# sh tests/bench/beat_oja.sh BUILD [DIR [CORE_SECONDS]]: is there a rule that beats Oja's, each at its own best learning rate?
#
# Searches (tests/bench/beat_oja.json), each with search cases of its own (task.seed = search.seed): 2001 to 2003 from random genomes, 120000 evaluations;
# 3001 to 3008 from Oja's rule, 8000 evaluations and no restart. A finished run in DIR (default BUILD/beat_oja) is not run again, one that was stopped is
# resumed; no search begins once CORE_SECONDS (default 14400, summed over the runs, by the clock) are spent.
# Then each champion, as select chose it and in canonical form, is judged against Oja on task seeds 1, 2, 3 (200 cases each, never used by a search), on test and every
# shifted set, paired by case, with both rates from a grid of four per factor of two:
#   found     tuned on the search cases of task seeds 4 and 5 (400 cases), then frozen for all sets;
#   re-tuned  tuned anew for each set, on the cases of that set of task seeds 4 and 5.
# Writes beat_oja_table.md, beat_oja_judged.csv and beat_oja_curves.csv (best search score against evaluations so far) into DIR and prints the table.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/beat_oja.sh BUILD [DIR [CORE_SECONDS]]}
dir=${2:-$build/beat_oja}
most=${3:-14400}
mkdir -p "$dir"

spent() {
    cat "$dir"/*/provenance.json 2>/dev/null | sed -n 's/.*"seconds": \([0-9.e+-]*\).*/\1/p' | awk '{ s += $1 } END { printf "%d\n", s }'
}

# seed settings...
search() {
    seed=$1
    shift
    [ ! -e "$dir/$seed/DONE" ] || return 0
    [ "$(spent)" -lt "$most" ] || return 0
    if [ -d "$dir/$seed" ]; then
        "$build/e2l" resume "$dir/$seed" >/dev/null 2>&1
    else
        "$build/e2l" run "$here/beat_oja.json" --set search.seed="$seed" --set task.seed="$seed" "$@" --out "$dir/$seed" >/dev/null 2>&1
    fi
}

for seed in 2001 2002 2003; do
    search $seed
done
for seed in 3001 3002 3003 3004 3005 3006 3007 3008; do
    search $seed --set search.evaluations=8000 --set search.restart=0 --set 'search.seeds=["name:oja"]'
done

cat >"$dir/judge.py" <<'END_OF_PYTHON'
import csv, glob, json, math, os, subprocess, sys
e2l, folder, spent = sys.argv[1:4]
TASK = "pca:n=2,orientation=[random,axis,diag],samples=1000,eta=%r"
SETS = ["test"] + ["shift:" + s for s in ("dimension", "orientation", "scale", "gap", "inputs", "start", "duration")]
GRID = [0.01 * 2 ** (k / 4) for k in range(-4, 23)]
JUDGED, TUNED = (1, 2, 3), (4, 5)
OJA = "y * (x - y * w)"

def cases(rules, eta, where, seed):
    command = [e2l, "eval", "--task", TASK % eta, "--set", where, "--seed", str(seed), "--cases", "200", "--json"]
    out = json.loads(subprocess.run(command + sum((["--rule", r] for r in rules), []), check=True, capture_output=True, text=True).stdout)
    out = out if isinstance(out, list) else [out]
    return [[c["score"] if c["outcome"] == "ok" else -1e9 for c in o["cases"]] for o in out]

def mean(values):
    return sum(values) / len(values)

def best_rates(rules, where):
    sums = [[0] * len(GRID) for _ in rules]
    for k, eta in enumerate(GRID):
        for seed in TUNED:
            for i, scores in enumerate(cases(rules, eta, where, seed)):
                sums[i][k] += sum(scores)
    return [GRID[max(range(len(GRID)), key=lambda k: s[k])] for s in sums]

known = {}
def judged(rule, eta, where):
    if (rule, eta, where) not in known:
        known[rule, eta, where] = sum((cases([rule], eta, where, seed)[0] for seed in JUDGED), [])
    return known[rule, eta, where]

def wilcoxon(d):
    """Two-sided p of the signed-rank test, normal approximation with ties; and whether it speaks for the first."""
    d = sorted((x for x in d if x != 0), key=abs)
    n, plus, ties, k = len(d), 0.0, 0.0, 0
    while k < n:
        j = k
        while j < n and abs(d[j]) == abs(d[k]):
            j += 1
        plus += sum((k + j + 1) / 2 for x in d[k:j] if x > 0)
        ties += (j - k) ** 3 - (j - k)
        k = j
    sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties / 48)
    lead = plus - n * (n + 1) / 4
    return (math.erfc(abs(lead) / sd / math.sqrt(2)) if sd > 0 else 1), lead > 0

def compare(rule, etas, where):
    a, b = judged(rule, etas[0], where), judged(OJA, etas[1], where)
    bad = [sum(x < -1e8 for x in v) for v in (a, b)]
    d = [x - y for x, y in zip(a, b) if x > -1e8 and y > -1e8]
    sd = math.sqrt(sum((x - mean(d)) ** 2 for x in d) / (len(d) - 1))
    p, leads = wilcoxon(d)
    sure = p < 0.01 and leads == (mean(d) > 0) # rank test and mean agree
    return {"mean": mean(d), "se": sd / math.sqrt(len(d)), "p": p, "sure": sure, "n": len(d), "failed": bad[0], "oja_failed": bad[1]}

runs = sorted(os.path.dirname(p) for p in glob.glob(folder + "/*/DONE"))
champions = {}
for run in runs:
    champions[os.path.basename(run)] = json.load(open(run + "/champion.json"))["canonical"]
rules = [OJA] + sorted(set(champions.values()) - {OJA})
found = dict(zip(rules, best_rates(rules, "search")))
rows, verdict = [], {}
for where in SETS:
    again = dict(zip(rules, best_rates(rules, where)))
    for rule in rules[1:]:
        for way, rates in (("found", found), ("re-tuned", again)):
            c = compare(rule, (rates[rule], rates[OJA]), where)
            verdict[rule, where, way] = c
            rows.append([rule, where, way, rates[rule], rates[OJA]] + [c[k] for k in ("n", "failed", "oja_failed", "mean", "se", "p")])
with open(folder + "/beat_oja_judged.csv", "w", newline="") as out:
    table = csv.writer(out, lineterminator="\n")
    table.writerow("rule set rates eta eta_oja cases failed oja_failed difference standard_error p".split())
    table.writerows([["%.6g" % v if isinstance(v, float) else v for v in row] for row in rows])
with open(folder + "/beat_oja_curves.csv", "w", newline="") as out:
    table = csv.writer(out, lineterminator="\n")
    table.writerow("search candidates best_score".split())
    for run in runs:
        best, candidates, written = -math.inf, 0, 0
        lines = list(csv.DictReader(open(run + "/history.csv")))
        for k, line in enumerate(lines):
            candidates += int(line["candidates"]) - int(line["skipped_silent"])
            score = float(line["best_score"]) if line["best_score"] not in ("", "null") else -math.inf
            if score > best + 1e-5 or (k == len(lines) - 1 and best > -math.inf):
                best = max(best, score)
                table.writerow([os.path.basename(run), candidates, "%.6f" % best])
seconds = {}
for run in runs:
    seconds[os.path.basename(run)] = sum(s["seconds"] for s in json.load(open(run + "/provenance.json"))["starts"])
lines = ["| search | champion | wins / ties / losses, rates found | re-tuned | s |", "|---|---|---|---|---|"]
def tally(rule, way):
    all_sets = [verdict[rule, s, way] for s in SETS]
    wins = sum(c["mean"] > 0 and c["sure"] and c["failed"] <= c["oja_failed"] for c in all_sets)
    losses = sum(c["failed"] > c["oja_failed"] or c["mean"] < 0 and c["sure"] for c in all_sets)
    return "%d / %d / %d" % (wins, len(SETS) - wins - losses, losses)
for name, rule in champions.items():
    cells = ("is Oja's rule", "") if rule == OJA else (tally(rule, "found"), tally(rule, "re-tuned"))
    lines.append("| %s | `%s` | %s | %s | %.0f |" % (name, rule, *cells, seconds[name]))
lines += ["", "| rule | rates | " + " | ".join(s.replace("shift:", "") for s in SETS) + " |", "|---|---|" + "---|" * len(SETS)]
for rule in rules[1:]:
    for way in ("found", "re-tuned"):
        cells = []
        for s in SETS:
            c = verdict[rule, s, way]
            cells.append("%+.4f ± %.4f%s%s" % (c["mean"], 1.96 * c["se"], " *" if c["sure"] else "",
                         " (failed %d, Oja %d)" % (c["failed"], c["oja_failed"]) if c["failed"] + c["oja_failed"] else ""))
        lines.append("| `%s` | %s | %s |" % (rule, way, " | ".join(cells)))
lines += ["", "Differences to Oja's rule over 600 cases, 95 %% interval; *: Wilcoxon p < 0.01, in the direction of the mean. %s s in all searches." % spent]
open(folder + "/beat_oja_table.md", "w").write("\n".join(lines) + "\n")
END_OF_PYTHON
python3 "$dir/judge.py" "$build/e2l" "$dir" "$(spent)"
cat "$dir/beat_oja_table.md"

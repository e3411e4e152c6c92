#!/bin/sh
# sh tests/bench/credit.sh BUILD [DIR [table]]: the figures of credit assignment and RFLO that README.md quotes, from the network files in tasks/configs/networks.
#
# Each line of the list below is one call of `e2l eval --json` on test cases of task seed 1; what is there in DIR (default BUILD/credit) is not computed again, and the table
# is printed of what is there: `sh tests/bench/credit.sh BUILD DIR table` computes nothing. Writes credit.csv (one row per case and measure) into DIR and prints the table of
# credit.md: median, quartiles and range over the cases. All takes some twelve minutes of one core: RFLO and Yin-Yang one to two minutes a line, the rest seconds.
set -eu
build=${1:?usage: sh tests/bench/credit.sh BUILD [DIR [table]]}
dir=${2:-$build/credit}
only=${3:-}
mkdir -p "$dir"

# name, network and parameters, set, cases, rule
figure() {
    [ ! -s "$dir/$1.json" ] && [ "$only" != table ] || return 0
    "$build/e2l" eval --task "custom:file=tasks/configs/networks/$2" --set "$3" --cases "$4" --rule "name:$5" --json >"$dir/$1.tmp"
    mv "$dir/$1.tmp" "$dir/$1.json"
}

figure rflo rflo.json test 40 rflo
figure rflo_readout_only rflo.json test 40 readout_only
figure rflo_no_trace rflo.json test 40 no_trace
figure self_prediction self_prediction.json test 20 sacramento
figure self_prediction_cancel_only self_prediction.json test 20 cancel_only
figure bars 'microcircuit_bars.json,parameters=[n_rounds=50]' test 16 sacramento
figure bars_not_prospective 'microcircuit_bars.json,parameters=[n_rounds=50]' shift:not_prospective 16 sacramento
figure bars_readout_only 'microcircuit_bars.json,parameters=[n_rounds=50]' test 16 readout_only
figure yin_yang_random yin_yang.json test 8 latent_equilibrium
figure yin_yang_transposed yin_yang.json shift:transposed 8 latent_equilibrium
figure yin_yang_not_prospective yin_yang.json shift:not_prospective 8 latent_equilibrium
figure yin_yang_readout_only yin_yang.json test 8 readout_only
figure yin_yang_random_no_lag yin_yang.json shift:no_lag 8 latent_equilibrium
figure yin_yang_transposed_no_lag 'yin_yang.json,parameters=[lag=0]' shift:transposed 8 latent_equilibrium

cat >"$dir/table.py" <<'END_OF_PYTHON'
import csv, json, os, statistics, sys
folder = sys.argv[1]
names = [line.split()[1] for line in open(sys.argv[2]) if line.startswith("figure ")]
names = [name for name in names if os.path.exists(os.path.join(folder, name + ".json"))]
results = {}
with open(os.path.join(folder, "credit.csv"), "w", newline="") as out:
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["figure", "case", "outcome", "measure", "value"])
    for name in names:
        for case in json.load(open(os.path.join(folder, name + ".json")))["cases"]:
            for measure, value in (case.get("measures") or {}).items():
                rows.writerow([name, case["name"], case["outcome"], measure, "" if value is None else "%.6g" % value])
                if value is not None:
                    results.setdefault((name, measure), {})[case["name"]] = value
print("| figure | measure | cases | median (quartiles) | range |\n|---|---|---|---|---|")
for (name, measure), values in results.items():
    v = sorted(values.values())
    low, middle, high = statistics.quantiles(v, n=4, method="inclusive")
    print("| %s | %s | %d | %.4g (%.4g, %.4g) | %.4g to %.4g |" % (name, measure, len(values), middle, low, high, v[0], v[-1]))
for other in ("rflo_readout_only", "rflo_no_trace"):
    first, second = results.get(("rflo", "loss"), {}), results.get((other, "loss"), {})
    pairs = [(first[case], second[case]) for case in first if case in second]
    if pairs:
        print("\nrflo below %s in %d of %d instances." % (other, sum(a < b for a, b in pairs), len(pairs)))
END_OF_PYTHON
python3 "$dir/table.py" "$dir" "$0"

#!/bin/sh
# sh tests/bench/eprop_band.sh BUILD [DIR [ITERATIONS]]: e-prop on four sines beyond the five iterations that tests/golden_eprop.c holds to 1e-11.
#
# After some 200 iterations a spike moves because of rounding, and runs part. Losses of e2l are held against the band (smallest to largest, iteration by iteration) of 20 runs
# whose initial weights are perturbed by 1e-12 times a standard normal number: what rounding alone may do. These are runs of an independent program,
# tests/bench/eprop/reference.c, which is built here and is no part of e2l.
#   - Where the band is narrower than 1e-6, relative, e2l must lie in it within 1e-6.
#   - Beyond, any run lies outside the band of 20 others at 2 of 21 iterations by chance. e2l may do so no more often than the worst of the 20, each held against the others.
#   - The published later losses (tests/golden/eprop_sines.json) must lie in the band, within half a unit of their last digit, and so must e2l there.
# What is in DIR (default BUILD/eprop) is not computed again. Writes eprop_band.csv (iteration, e2l, unperturbed, smallest, largest) into DIR and prints the verdict; exit code 1: not
# met. 1000 iterations: some ten minutes of one core.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/eprop_band.sh BUILD [DIR [ITERATIONS]]}
dir=${2:-$build/eprop}
n=${3:-1000}
mkdir -p "$dir"

cat >"$dir/eprop.py" <<'END_OF_PYTHON'
import csv, json, struct, sys
what, data, folder, n = sys.argv[1], json.load(open(sys.argv[2])), sys.argv[3], int(sys.argv[4])

def single(value):  # the published run rounded its weights to single precision
    return struct.unpack("f", struct.pack("f", value))[0]

def rows(key, of=single):
    return [[of(value) for value in (row if isinstance(row, list) else [row])] for row in data[key]]

if what == "data":
    with open(folder + "/data.txt", "w") as out:
        for row in rows("w_in") + rows("w_rec") + rows("w_out") + rows("b_feedback") + rows("target", float):
            out.write(" ".join("%.17g" % value for value in row) + "\n")
        for row in data["spikes"]:
            out.write(" ".join("1" if k in row else "0" for k in range(len(data["w_in"][0]))) + "\n")
    sys.exit()

runs = [[float(line) for line in open("%s/run_%d.txt" % (folder, k))] for k in range(21)]
ours = [float(line) for line in open(folder + "/e2l.txt")]

def band_of(others):
    return [(min(run[k] for run in others), max(run[k] for run in others)) for k in range(n)]

def outside(run, band):
    return sum(not band[k][0] <= run[k] <= band[k][1] for k in range(parted, n))

band = band_of(runs[1:])
parted = next((k for k in range(n) if band[k][1] - band[k][0] > 1e-6 * band[k][0]), n)
with open(folder + "/eprop_band.csv", "w", newline="") as out:
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["iteration", "e2l", "unperturbed", "smallest", "largest"])
    for k in range(n):
        table.writerow([k + 1] + ["%.10g" % value for value in (ours[k], runs[0][k]) + band[k]])
apart = max(abs(ours[k] / runs[0][k] - 1) for k in range(parted))
others = sorted(outside(runs[k], band_of(runs[:k] + runs[k + 1:])) for k in range(1, 21))
count = outside(ours, band)
good = apart < 1e-6 and count <= others[-1]
print("iterations 1 to %d: e2l and the unperturbed run differ by at most %.1e, relative" % (parted, apart))
print("iterations %d to %d: e2l outside the band %d times; the 20 runs, each held against the other 20: median %d, %d to %d"
      % (parted + 1, n, count, others[10], others[0], others[-1]))
for key, value in data["later_losses"].items():
    k, half = int(key) - 1, 0.5 * 10.0 ** -len(str(value).partition(".")[2])
    if k < n:
        fits = [band[k][0] - half <= x <= band[k][1] + half for x in (value, ours[k])]
        good = good and all(fits)
        print("iteration %s: published %s (%s), e2l %.4f (%s), band %.4f to %.4f"
              % (key, value, "in" if fits[0] else "OUTSIDE", ours[k], "in" if fits[1] else "OUTSIDE", *band[k]))
sys.exit(not good)
END_OF_PYTHON

[ -s "$dir/data.txt" ] || python3 "$dir/eprop.py" data "$here/../golden/eprop_sines.json" "$dir" "$n"
[ -x "$dir/reference" ] || cc -O3 -march=native -ffp-contract=off -o "$dir/reference" "$here/eprop/reference.c" -lm
k=0
while [ $k -le 20 ]; do
    if [ ! -s "$dir/run_$k.txt" ]; then
        "$dir/reference" "$dir/data.txt" "$n" $k >"$dir/run.tmp"
        mv "$dir/run.tmp" "$dir/run_$k.txt"
    fi
    k=$((k + 1))
done
if [ ! -s "$dir/e2l.txt" ]; then
    "$build/tests/golden_eprop" "$n" >"$dir/run.tmp"
    mv "$dir/run.tmp" "$dir/e2l.txt"
fi
python3 "$dir/eprop.py" compare "$here/../golden/eprop_sines.json" "$dir" "$n"

#!/bin/sh
# sh tests/bench/known_target.sh BUILD [SEEDS]: how often a plain (1+4) search finds Oja's rule or better on the smallest target: 8000 generations, {sub, mul},
# random orientation, n = 2. Success: every test case ok and test mean at least Oja's - 0.001 on the same cases. Prints one line a seed, then the count.
set -eu
build=$1
seeds=${2:-20}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/config.json" <<'END'
{"task": {"name": "pca", "n": 2, "orientation": "random", "samples": 1000, "cases": 10},
 "search": {"islands": 1, "parents": 1, "offspring": 4, "generations": 8000, "columns": 20, "mutation": 0.1,
            "functions": ["sub", "mul"], "constants": false, "migrate_every": 0}}
END
found=0
seed=0
while [ $seed -lt "$seeds" ]; do
    seed=$((seed + 1))
    "$build/e2l" run "$work/config.json" --set search.seed=$seed --out "$work/$seed" >/dev/null 2>&1
    "$build/e2l" show "$work/$seed" --json >"$work/$seed.json"
    verdict=$(python3 - "$work/$seed.json" <<'END'
import json, sys
champion = json.load(open(sys.argv[1]))["champion"]
test = champion["scores"]["test"]
c, r = test["champion"], test["reference"]
good = c["n_ok"] == test["n_cases"] and c["mean"] >= r["mean"] - 0.001
print("yes" if good else "no", "%.4f" % c["mean"], "%.4f" % r["mean"], champion["canonical"])
END
    )
    echo "seed $seed: $verdict"
    case "$verdict" in yes*) found=$((found + 1)) ;; esac
done
echo "$found of $seeds seeds"

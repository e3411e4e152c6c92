#!/bin/sh
# sh tests/bench/elise.sh BUILD [STATE]: what ELiSe learns, by its published rule.
#
# Original size on Fuer Elise (13 visible and 50 latent neurons, 10 000 cycles of 250 ms at the published rates), 5 networks; the small version (8
# visible neurons, 12 slots, 400 cycles at 50 times those rates) with 25 and 50 latent neurons, as a reservoir and without a scaffold, with learning
# off in the replay (frozen), and with the visible neurons silenced for 60 ms of the second replay cycle (clamped), 40 instances each.
# Every call of e2l leaves one file in STATE (default BUILD/elise), and what is there is not run again, so the script goes on where it was stopped.
# The instances go to tests/bench/elise.csv, their medians to standard output. About 40 minutes of one core, 14 of them for the original size.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/elise.sh BUILD [STATE]}
state=${2:-$build/elise}
mkdir -p "$state"

# row, options, first and last task seed, cases of each
rows() {
    echo "small-25 cycles=400 1 5 8"
    echo "small-50 latent=50 1 5 8"
    echo "reservoir-25 latent_rate=0 1 5 8"
    echo "no-scaffold-25 p0=1 1 5 8"
    echo "fur-elise pattern=$here/../../tasks/configs/patterns/fur_elise.txt,latent=50,cycles=10000,speed=1 1 5 1"
    echo "small-25-frozen plastic=false 1 5 8"
    echo "small-50-frozen latent=50,plastic=false 1 5 8"
    echo "clamped-25 clamp=60,replay=9,plastic=false 1 5 8"
    echo "clamped-plastic-25 clamp=60,replay=9 1 5 8"
}

# row options seed cases
one() {
    file=$state/$1.$3.json
    [ -s "$file" ] && return 0
    "$build/e2l" eval --task "elise_replay:$2" --rule name:elise --seed "$3" --cases "$4" --no-norm --json >"$file.part"
    mv "$file.part" "$file"
}

instances() {
    echo "row,seed,case,error,correlation,first,shift_ms"
    rows | while read -r row _ first last _; do
        seed=$first
        while [ "$seed" -le "$last" ]; do
            sed -n 's/.*"name": "\([^"]*\)".*"error": \([^,]*\), "correlation": \([^,]*\), "first": \([^,]*\), "shift": \([^}]*\)}.*/\1,\2,\3,\4,\5/p' \
                "$state/$row.$seed.json" | sed "s/^/$row,$seed,/"
            seed=$((seed + 1))
        done
    done
}

# Of the CSV: medians with quartiles and range, and how many instances replay well.
medians() {
    printf '%-18s %3s  %-43s  %-27s %s\n' row n 'replay error: median [quartiles] (range)' 'correlation' 'above 0.9'
    rows | while read -r row _; do
        printf '%-18s ' "$row"
        for column in 4 5; do
            awk -F, -v row="$row" -v column=$column '$1 == row { print $column }' "$1" | sort -g | awk -v column=$column '
                function at(p,   k) { k = 1 + p * (NR - 1); return v[int(k)] + (k - int(k)) * (v[int(k) < NR ? int(k) + 1 : NR] - v[int(k)]) }
                { v[NR] = $1; well += $1 > 0.9 }
                END {
                    if (column == 4) printf "%3d  %.4f [%.4f, %.4f] (%.4f, %.4f)   ", NR, at(0.5), at(0.25), at(0.75), v[1], v[NR]
                    else printf "%6.3f [%6.3f, %6.3f]  %d\n", at(0.5), at(0.25), at(0.75), well
                }'
        done
    done
}

rows | while read -r row options first last cases; do
    seed=$first
    while [ "$seed" -le "$last" ]; do
        one "$row" "$options" "$seed" "$cases"
        seed=$((seed + 1))
    done
done
instances >"$here/elise.csv.part"
mv "$here/elise.csv.part" "$here/elise.csv"
medians "$here/elise.csv"

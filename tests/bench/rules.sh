#!/bin/sh
# sh tests/bench/rules.sh BUILD [STATE]: makes tests/bench/rules.txt again, the rules that e2l-bench holds against C.
#
# Short searches of four tasks with several sets of functions; of the lineage of each (every rule that was a parent) some at even distances, so
# that early short and late long ones are there. Terminals get the names of networks/rules.json: x of the source, y, e and z of the
# target, w, and g of the whole network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:?usage: sh tests/bench/rules.sh BUILD [STATE]}
state=${2:-$build/rules}
configs=$here/../../tasks/configs
mkdir -p "$state"

# name, config, functions, seed, evaluations, rules taken, renaming of terminals (or -), slot (or -)
searches() {
    all=add,sub,mul,div,tanh
    wide=add,sub,mul,pdiv,tanh,exp,max,relu,square,abs,sqrt,step
    echo "pca_plain $here/discovery/pca.json add,sub,mul 1 4000 6 - -"
    echo "pca $here/discovery/pca.json $all 2 4000 8 - -"
    echo "pca_wide $here/discovery/pca.json $wide 3 4000 8 - -"
    echo "recover $here/discovery/recover.json add,sub,mul 1 20000 6 r=g -"
    echo "recover_wide $here/discovery/recover.json $wide 2 10000 8 r=g -"
    echo "delta $configs/custom_delta.json $all 1 2000 7 t=g -"
    echo "second_order $configs/second_order.json add,sub,mul 1 2000 4 r=x,eps=z mean_rule"
    echo "second_order $configs/second_order.json add,sub,mul 1 2000 3 r=x,delta=z precision_rule"
}

# Lineage -> one rule per line, of one slot.
texts() {
    if [ "$2" = - ]; then
        sed -n 's/.*"rule":"\(.*\)"}$/\1/p' "$1"
    else
        sed -n "s/.*\"$2\": \"\([^\"]*\)\".*/\1/p" "$1"
    fi
}

# A name that stands alone becomes another.
rename() {
    [ "$1" = - ] && cat && return
    program=$(echo "$1" | tr ',' '\n' | sed 's/\(.*\)=\(.*\)/s|\\b\1\\b|\2|g/')
    sed "$program"
}

{
    echo "# Rules of searches: task, tab, rule. Made by sh tests/bench/rules.sh BUILD."
    searches | while read -r name config functions seed evaluations n renaming slot; do
        run=$state/$name
        [ -e "$run/DONE" ] || "$build/e2l" run "$config" --out "$run" --set search.islands=1 --set search.migrate_every=0 --set search.seed="$seed" \
            --set search.evaluations="$evaluations" --set "search.functions=[$functions]" >"$run.log" 2>&1
        texts "$run/lineage.jsonl" "$slot" | rename "$renaming" | awk '!seen[$0]++ && length($0) > 2' |
            awk -v n="$n" -v name="$name" '{ at[NR] = $0 } END { for (k = 1; k <= n; ++k) print name "\t" at[int(NR * k / n)] }'
    done
} >"$here/rules.txt.part"
mv "$here/rules.txt.part" "$here/rules.txt"
grep -c -v '^#' "$here/rules.txt"

#!/bin/sh
# sh tests/same_bits.sh BUILD [BUILD ...]: scores are the same bytes with every instruction set and every compiler, whether cases or neurons lie side
# by side, in either precision.
# Each build is a folder with a program e2l; missing instruction sets are said, not counted.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rules="--rule name:oja --rule y*(x-y*w)+0.1*tanh(x*y)/(w*w+1)-0.01*w --rule sigmoid(x*y)*exp(-w*w)*sin(w)-log(abs(y)+1)*w
       --rule if(x>0,sqrt(abs(x*y)),-(cos(y)))*x-mod(y,0.7)*w --rule x^3*y-pdiv(x,y)^1.5*w --rule y*x"
first=""
compared=0
for build in "$@"; do
    for isa in sse2 avx2 avx512; do
        if [ "$isa" != sse2 ] && ! grep -qw "$(echo $isa | sed 's/avx512/avx512f/')" /proc/cpuinfo; then
            echo "$isa: not on this machine"
            continue
        fi
        for task in pca:n=2 pca:n=7,inputs=laplace,samples=300 pca:n=3,eta=tune,samples=200; do
            for substrate in cpu:lanes=cases cpu:lanes=neurons cpu:precision=single cpu:precision=single,lanes=neurons; do
                out=$work/out
                # shellcheck disable=SC2086
                E2L_ISA=$isa "$build/e2l" eval --task "$task" $rules --cases 20 --substrate "$substrate" --json |
                    sed 's/"substrate": "[^"]*"//' >"$out"
                reference=$work/reference-$(echo "$task-${substrate%%,lanes*}" | sed 's/:lanes=.*//' | tr ':=,' '___')
                [ -f "$reference" ] || cp "$out" "$reference"
                if ! cmp -s "$reference" "$out"; then
                    echo "$build, $isa, $task, $substrate: scores differ from $first"
                    diff "$reference" "$out" | head -n 10
                    exit 1
                fi
                compared=$((compared + 1))
            done
        done
        [ -n "$first" ] || first="$build $isa"
    done
done
echo "same bits in $compared evaluations (builds: $*)"
[ "$compared" -gt 12 ]

#!/bin/sh
# No mutable file-scope variables in the libraries: symbols of kind b, B, d, D, C are state that two contexts would share.
# Relocated constant tables live in .data.rel.ro, which nm shows as d/D: they are told apart by section.
build=$2
bad=0
for library in cgp substrate tasks results; do
    archive=$build/libe2l_$library.a
    [ -f "$archive" ] || continue
    found=$(objdump -t "$archive" | awk '$0 ~ / O / && ($0 ~ / \.bss/ || $0 ~ / \.data[^.]/ || $0 ~ / \.data\t/ || $0 ~ /\*COM\*/) {print}' |
        grep -vE '__gcov|__asan|__ubsan|\.data\.rel\.ro|lprof')
    if [ -n "$found" ]; then
        echo "$found"
        echo "^ mutable data at file scope in $archive"
        bad=1
    fi
done
exit $bad

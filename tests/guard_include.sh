#!/bin/sh
# Who may include whom: cgp <- substrate <- tasks <- mpi -> results -> {cgp, substrate, tasks}; <mpi.h> in mpi/ only; no cJSON in cgp/.
cd "$1" || exit 2
bad=0
forbid() { # folder, extended regular expression of include lines, why
    found=$(grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]+$2" -r "$1" --include='*.[ch]')
    if [ -n "$found" ]; then
        echo "$found"
        echo "^ $3"
        bad=1
    fi
}
forbid cgp '"(substrate|tasks|mpi|results|tests)/' "cgp/ knows formulas only"
forbid cgp '<cjson' "JSON is read where data files live, not in cgp/"
forbid substrate '"(tasks|mpi|results|tests)/' "substrate/ knows no tasks, no program"
forbid substrate '"cgp/(genome|search|archive|cache|fitness)' "substrate/ knows no genomes and no scores"
forbid tasks '"(mpi|results|tests)/' "tasks/ know no program"
forbid tasks '"substrate/(cpu|check|bss2)/' "tasks/ do not know which substrate runs them"
forbid results '"(mpi|tests)/' "results/ write what was found, they do not decide"
forbid results '"substrate/(cpu|check|bss2)/' "results/ know descriptions, not substrates"
forbid mpi '"(tests)/' "the program does not include tests"
for folder in cgp substrate tasks results; do
    forbid $folder '<mpi\.h>' "only mpi/ includes <mpi.h>"
    forbid $folder '<signal\.h>.*handler' "only mpi/ handles signals"
done
# Private headers stay inside their folder.
for header in $(find cgp substrate tasks results mpi -name '*_impl.h'); do
    folder=$(dirname "$header")
    found=$(grep -rnE "include +\"$header\"" cgp substrate tasks results mpi --include='*.[ch]' | grep -v "^$folder/")
    if [ -n "$found" ]; then
        echo "$found"
        echo "^ $header is private to $folder/"
        bad=1
    fi
done
exit $bad

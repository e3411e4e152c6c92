#!/bin/sh
# e2l export: the C compiles with every compiler there is under the strictest flags and passes its self-check, the header is usable from C++, the
# LaTeX compiles, rule.json comes back as the same bits. Set E2L_WITH_TOOLS to fail where a tool is missing.
cd "$1" || exit 2
e2l=$2/e2l
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*"
    exit 1
}
missing() {
    [ -z "${E2L_WITH_TOOLS:-}" ] || fail "$1 is missing"
    echo "skipped: $1 is missing"
}

oja='y * (x - y * w)'
number=0
compile() { # rule
    number=$((number + 1))
    out=$work/$number
    "$e2l" export "$1" --format all --out "$out" >/dev/null || fail "export of $1"
    for cc in gcc clang cc; do
        command -v $cc >/dev/null 2>&1 || { missing $cc; continue; }
        (cd "$out/c" && $cc -std=c99 -Wall -Wextra -Werror -pedantic -O2 -ffp-contract=off -o selfcheck-$cc e2l_rule.c selfcheck.c -lm) ||
            fail "$cc does not accept the C of $1"
        "$out/c/selfcheck-$cc" >/dev/null || fail "self-check of $1 with $cc"
    done
    if command -v c++ >/dev/null 2>&1; then
        printf '#include "e2l_rule.h"\nint main() { return 0; }\n' >"$out/c/use.cpp"
        c++ -Wall -Wextra -Werror -pedantic -fsyntax-only "$out/c/use.cpp" || fail "header of $1 from C++"
    else
        missing c++
    fi
    "$e2l" eval --task pca:samples=50 --cases 3 --rule "$1" --json | grep -v '"rule"' >"$work/direct"
    "$e2l" eval --task pca:samples=50,eta=0.01 --cases 3 --rule "$1" --json | grep -v '"rule"' >"$work/direct"
    "$e2l" eval --task pca:samples=50,eta=0.01 --cases 3 --rule "@$out/rule.json" --json | grep -v '"rule"' >"$work/again"
    cmp -s "$work/direct" "$work/again" || fail "rule.json of $1 scores other bits"
    "$e2l" export "$out/rule.json" --format json --out "$out/twice" >/dev/null || fail "re-export of $1"
}
compile "$oja"
compile '0'
compile 'x'
compile '0.1 + 0.2 * pdiv(x, w) - 1.0000000000000002 * y'
compile 'y * (x - y * w) + 0.1 * tanh(x * y) / (w * w + 1) - 0.01 * w'
compile 'if(x > 0, sqrt(abs(w)), min(x, max(y, -w))) + relu(x) - step(y) * sign(w) + mod(x, 0.3)'
compile 'sigmoid(x) * exp(-y^2) + log(abs(w) + 1) * sin(x) - cos(y)^3 + x^y + floor(w) * (x <= y | !(x == w) & y != 1)'

(cd "$work/1" && "$e2l" export "$oja" --format c --out "$work/single" >/dev/null) || fail "one format"
[ -f "$work/single/c/e2l_rule.c" ] && [ ! -d "$work/single/latex" ] || fail "--format c writes c alone"
(cd "$work/1" && sha256sum --quiet --strict -c SHA256SUMS) || fail "checksums"
if command -v pdflatex >/dev/null 2>&1; then
    for k in 1 5 6 7; do
        (cd "$work/$k/latex" && pdflatex -halt-on-error -interaction=nonstopmode standalone.tex >log.txt 2>&1) ||
            { tail -n 20 "$work/$k/latex/log.txt"; fail "LaTeX of rule $k"; }
        grep -q 'Overfull' "$work/$k/latex/log.txt" && fail "LaTeX of rule $k has overfull lines"
    done
else
    missing pdflatex
fi
# Of a run: one case step by step. Oja's rule in awk, fed with what came in, has the weights that are written there, to the last bit.
printf '{"task": {"name": "pca", "samples": 300, "cases": 2}, "search": {"islands": 1, "generations": 1, "offspring": 1, "seeds": ["name:oja"]}}' \
    >"$work/run.json"
"$e2l" run "$work/run.json" --out "$work/run" >/dev/null 2>&1 || fail "a run"
grep -q '"canonical": "y \* (x - y \* w)"' "$work/run/champion.json" || fail "not Oja's rule"
"$e2l" export "$work/run" --format json --out "$work/of_run" >/dev/null || fail "export of a run"
awk -F, -v eta=0.01 '
    /^#/ || $1 == "step" { next }
    $1 == -1 && $2 == "forward.w" { w[$3] = $4 }
    $2 == "input.in" { x[$3] = $4; if ($3 == 1) { y = w[0] * x[0] + w[1] * x[1]; for (k = 0; k < 2; k++) w[k] = w[k] + eta * (y * (x[k] - y * w[k])) } }
    $2 == "output.r" { wrong += $4 + 0 != y; seen++ }
    $1 >= 0 && $2 == "forward.w" { wrong += $4 + 0 != w[$3]; seen++ }
    END { exit !(wrong == 0 && seen == 900) }' "$work/of_run/trajectory.csv" || fail "trajectory.csv is not that of Oja's rule"
# Weights that are drawn: the delta rule goes on from those of step -1, bit for bit. Data that is gone costs the trajectory alone.
cp tasks/configs/networks/delta.json "$work/net.json"
printf '{"task": {"name": "custom", "file": "%s", "cases": 2}, "search": {"islands": 1, "generations": 1, "offspring": 1, "seeds": ["name:delta"]}}' \
    "$work/net.json" >"$work/run.json"
"$e2l" run "$work/run.json" --out "$work/drawn" >/dev/null 2>&1 || fail "a run of a network"
"$e2l" export "$work/drawn" --format json --out "$work/of_drawn" >/dev/null || fail "export of a network's rule"
eta=$(sed -n 's/.*"eta": *\([0-9.e-]*\).*/\1/p' "$work/of_drawn/rule.json" | head -n 1)
awk -F, -v eta="$eta" '
    /^#/ || $1 == "step" { next }
    $1 == -1 { w[$3] = $4; next }
    $2 == "input.in" { x[$3] = $4 }
    $2 == "teacher.in" { t = $4 }
    $2 == "output.r" { y = $4 }
    $1 < 400 && $2 == "forward.w" { w[$3] = w[$3] + eta * (x[$3] * (t - y)) }
    $2 == "forward.w" { wrong += $4 + 0 != w[$3]; seen++ }
    END { exit !(wrong == 0 && seen == 4800) }' "$work/of_drawn/trajectory.csv" || fail "trajectory.csv is not that of the delta rule"
mv "$work/net.json" "$work/gone.json"
"$e2l" export "$work/drawn" --format json --out "$work/of_drawn" >/dev/null 2>"$work/err" || fail "export without the network"
grep -q "no trajectory.csv: .*net.json" "$work/err" && [ ! -f "$work/of_drawn/trajectory.csv" ] || fail "no word on the network that is gone: $(cat "$work/err")"
grep -q trajectory.csv "$work/of_run/SHA256SUMS" || fail "trajectory.csv has no checksum"
"$e2l" export "$oja" --format json --out "$work/of_run" >/dev/null && [ ! -f "$work/of_run/trajectory.csv" ] || fail "an old trajectory.csv stays"

"$e2l" export "$oja" --format c --out "$work/checked" --check || fail "--check"
"$e2l" export name:oja --out "$work/named" >/dev/null 2>"$work/err"
[ $? = 2 ] && grep -q "give its formula" "$work/err" || fail "a name instead of a formula"
"$e2l" export "$oja" --format c --out /proc/nowhere >/dev/null 2>"$work/err"
[ $? = 1 ] || fail "an unwritable folder is exit code 1"
echo ok

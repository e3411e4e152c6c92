#!/bin/sh
# Broken configs, expressions, data files, rule files and run folders through the program: each ends with exit code 2 and a line that helps; none
# crashes, none hangs. $1 source folder, $2 build folder (the sanitizer build runs this too).
cd "$1" || exit 2
e2l=$2/e2l
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
bad=0

# refuse WORD COMMAND...: exit code 2, a line on standard error that names WORD, in time.
refuse() {
    word=$1
    shift
    n=$((n + 1))
    timeout 60 "$@" >"$work/out" 2>"$work/err" </dev/null
    code=$?
    if [ $code != 2 ] || ! grep -qiF -- "$word" "$work/err" || [ "$(wc -c <"$work/err")" -gt 8000 ]; then
        echo "case $n: exit $code, expected 2 and '$word': $*" | cut -c 1-300
        head -c 600 "$work/err"
        bad=$((bad + 1))
    fi
}
config() { # text -> $work/config.json, checked and run
    printf '%s' "$2" >"$work/config.json"
    refuse "$1" "$e2l" check "$work/config.json"
}
rule() { refuse "$1" "$e2l" eval --task pca:samples=10 --cases 2 --rule "$2"; }
data() {
    printf '%s' "$2" >"$work/data.json"
    refuse "$1" "$e2l" eval --task "pca:data=$work/data.json" --rule 0
}
many() { # character, count
    head -c "$2" /dev/zero | tr '\0' "$1"
}

# ---- expressions ----
rule column 'x+'
rule column ')'
rule column 'x y'
rule column '2x'
rule column '1..2'
rule column '1e'
rule column '1e999'
rule column 'nan'
rule column 'x < y < w'
rule tanh 'tanhh(x)'
rule argument 'sin(x,y)'
rule argument 'min(x)'
rule column 'xx'
rule column 'x[0]'
rule column 'x $ y'
rule column 'é'
rule column ''
rule slot 'rul = x'
rule oja 'name:oj'
rule nonexistent '@/nonexistent/rule.json'
rule column "$(many '(' 100000)"
rule column "$(many '-' 100000)x"
rule column "$(many '!' 20000)x"
rule column "$(printf 'x\001y')"
rule column "$(printf 'x\377\376y')"
rule column "x$(many '+' 60000)"
i=0
while [ $i -lt 12 ]; do # every cut of a long formula that ends inside it
    i=$((i + 1))
    rule column "$(printf '%s' 'tanh(x * (y - exp(w * (x / (y' | cut -c 1-$((i * 2 + 6)))"
done

# ---- command lines ----
refuse --task "$e2l" eval --rule 0
refuse --rule "$e2l" eval --task pca
refuse --rule "$e2l" eval --task pca --simplify
refuse simplify "$e2l" eval --task pca --rule 0 --simplify=yes
refuse simplif "$e2l" eval --task pca --rule 0 --simplifiy
refuse pca "$e2l" eval --task pcaa --rule 0
refuse samples "$e2l" eval --task pca:sample=3 --rule 0
refuse samples "$e2l" eval --task pca:samples=-3 --rule 0
refuse samples "$e2l" eval --task pca:samples=ten --rule 0
refuse samples "$e2l" eval --task pca:samples=1e300 --rule 0
refuse samples "$e2l" eval --task pca:samples=2.5 --rule 0
refuse orientation "$e2l" eval --task 'pca:orientation=[random' --rule 0
refuse orientation "$e2l" eval --task 'pca:orientation=diagonal' --rule 0
refuse orientation "$e2l" eval --task 'pca:orientation=[]' --rule 0
refuse eta "$e2l" eval --task pca:eta=-1 --rule 0
refuse eta "$e2l" eval --task pca:eta=tuned --rule 0
refuse ratio "$e2l" eval --task pca:ratio=2 --rule 0
refuse n= "$e2l" eval --task 'pca:n=2,n=3,n=' --rule 0
refuse twice "$e2l" eval --task 'pca:n=2,n=3' --rule 0
refuse name "$e2l" eval --task ':n=2' --rule 0
refuse value "$e2l" eval --task 'pca:n=2,samples=' --rule 0
refuse cases "$e2l" eval --task pca --rule 0 --cases 0
refuse cases "$e2l" eval --task pca --rule 0 --cases -4
refuse cases "$e2l" eval --task pca --rule 0 --cases 99999999999999999999
refuse seed "$e2l" eval --task pca --rule 0 --seed x
refuse set "$e2l" eval --task pca --rule 0 --set tset
refuse shift "$e2l" eval --task pca --rule 0 --set shift:nothing
refuse substrate "$e2l" eval --task pca --rule 0 --substrate gpu
refuse isa "$e2l" eval --task pca --rule 0 --substrate cpu:isa=mmx
refuse --ruel "$e2l" eval --task pca --ruel 0
refuse compare "$e2l" eval --task pca --rule 0 --compare
refuse nonexistent.json "$e2l" eval --task pca:data=/nonexistent.json --rule 0
refuse folder "$e2l" eval --task pca:data=/ --rule 0
refuse command "$e2l" evla
refuse usage "$e2l"
refuse tasks "$e2l" list task
refuse pca "$e2l" list tasks pcaa
refuse run "$e2l" run
refuse nonexistent "$e2l" run /nonexistent.json
refuse nonexistent "$e2l" resume /nonexistent
refuse nonexistent "$e2l" show /nonexistent
refuse format "$e2l" export 'y*x' --format pdf --out "$work/x"
refuse --out "$e2l" export 'y*x' --format c

# ---- configs ----
config task '{}'
config task '{"task": {}}'
config task '{"task": "pca"}'
config task '{"task": {"name": "pca"}, "task": {"name": "pca"}}'
config task '{"task": [1]}'
config task '{"task": null}'
config pca '{"task": {"name": "pc"}}'
config name '{"task": {"name": 3}}'
config substrate '{"task": {"name": "pca"}, "substrat": {}}'
config cpu '{"task": {"name": "pca"}, "substrate": {"name": "cpuu"}}'
config samples '{"task": {"name": "pca", "sampels": 3}}'
config samples '{"task": {"name": "pca", "samples": "many"}}'
config samples '{"task": {"name": "pca", "samples": 0}}'
config samples '{"task": {"name": "pca", "samples": 1e20}}'
config samples '{"task": {"name": "pca", "samples": [1000]}}'
config samples '{"task": {"name": "pca", "samples": null}}'
config eta '{"task": {"name": "pca", "eta": 0}}'
config eta '{"task": {"name": "pca", "eta": []}}'
config eta '{"task": {"name": "pca", "eta": true}}'
config eta_grid '{"task": {"name": "pca", "eta": "tune", "eta_grid": 3}}'
config eta_grid '{"task": {"name": "pca", "eta": "tune", "eta_grid": 16}}'
config orientation '{"task": {"name": "pca", "orientation": {"random": 1}}}'
config orientation '{"task": {"name": "pca", "orientation": ["random", 4]}}'
config cases '{"task": {"name": "pca", "cases": -1}}'
config seed '{"task": {"name": "pca", "seed": 1.5}}'
config large '{"task": {"name": "pca", "alpha": 1e999}}'
config expected '{"task": {"name": "pca", "alpha": NaN}}'
for key in seed islands parents offspring generations columns mutation migrate_every resample_every functions constants levels_back method cache seeds slots; do
    config "$key" "{\"task\": {\"name\": \"pca\"}, \"search\": {\"$key\": {\"a\": 1}}}"
    [ $key = constants ] && continue # a single number is a list of one
    config "$key" "{\"task\": {\"name\": \"pca\"}, \"search\": {\"$key\": -1}}"
    config "$key" "{\"task\": {\"name\": \"pca\"}, \"search\": {\"$key\": \"nonsense\"}}"
    config "$key" "{\"task\": {\"name\": \"pca\"}, \"search\": {\"$key\": 1e300}}"
done
config mutation '{"task": {"name": "pca"}, "search": {"mutation": 1.5}}'
config islands '{"task": {"name": "pca"}, "search": {"islands": 0}}'
config columns '{"task": {"name": "pca"}, "search": {"columns": 0}}'
config mul '{"task": {"name": "pca"}, "search": {"functions": ["mull"]}}'
config seeds '{"task": {"name": "pca"}, "search": {"seeds": ["y*"]}}'
config checkpoint_s '{"task": {"name": "pca"}, "output": {"checkpoint_s": -1}}'
config checkpoint_s '{"task": {"name": "pca"}, "output": {"checkpont_s": 1}}'
config dir '{"task": {"name": "pca"}, "output": {"dir": 4}}'
config 'json:' '{"task": {"name": "pca"}'
config 'json:' '{"task": {"name": "pca"}}}'
config 'json:' '{"task": {"name": "pca",}}'
config 'json:' "{'task': 1}"
config 'json:' '{"task": {"name": "pca" "n": 2}}'
config 'json:' '{"task": {"name": "pca", "n": 02}}'
config 'json:' '{"task": {"name": "pca", "n": +2}}'
config 'json:' '{"task": {"name": "pca", "n": Infinity}}'
config 'json:' '{"task": {"name": "p'
config 'json:' ''
config 'json:' '   '
config 'json:' 'x'
config task '[]'
config task '3'
config task 'null'
config 'json:' "$(printf '{"task": {"name": "p\001ca"}}')"
config UTF-8 "$(printf '{"task": {"name": "p\377ca"}}')"
config UTF-8 "$(printf '{"task": {"name": "\355\240\200"}}')"
config nest "$(many '[' 100000)"
config nest "$(printf '{"a":%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70)"
refuse functions "$e2l" check tasks/configs/quickstart.json --set 'search.functions=[add,mll]'
refuse search "$e2l" check tasks/configs/quickstart.json --set searhc.columns=3
refuse = "$e2l" check tasks/configs/quickstart.json --set nothing
refuse set "$e2l" check tasks/configs/quickstart.json --set =3
refuse set "$e2l" check tasks/configs/quickstart.json --set search..columns=3

# ---- data files ----
ok='"samples": [[1,2],[3,4]], "w0": [1,0]'
data cases '{}'
data cases '{"cases": []}'
data cases '{"cases": {}}'
data cases '{"cases": 3}'
data samples '{"cases": [{"name": "a", "w0": [1,0]}]}'
data samples '{"cases": [{"name": "a", "samples": [], "w0": [1,0]}]}'
data samples '{"cases": [{"name": "a", "samples": [[]], "w0": []}]}'
data samples '{"cases": [{"name": "a", "samples": [[1,2],[3]], "w0": [1,0]}]}'
data samples '{"cases": [{"name": "a", "samples": [[1,2],[3,"x"]], "w0": [1,0]}]}'
data samples '{"cases": [{"name": "a", "samples": [[1,2],[3,null]], "w0": [1,0]}]}'
data samples '{"cases": [{"name": "a", "samples": "x", "w0": [1,0]}]}'
data 'json:' '{"cases": [{"name": "a", "samples": [[1,2],[3,1e999]], "w0": [1,0]}]}'
data w0 '{"cases": [{"name": "a", "samples": [[1,2],[3,4]]}]}'
data w0 '{"cases": [{"name": "a", "samples": [[1,2],[3,4]], "w0": [1]}]}'
data w0 '{"cases": [{"name": "a", "samples": [[1,2],[3,4]], "w0": [1,"y"]}]}'
data pc1 "{\"cases\": [{\"name\": \"a\", $ok, \"pc1\": [1]}]}"
data pc1 "{\"cases\": [{\"name\": \"a\", $ok, \"pc1\": [0,0]}]}"
data pc1 "{\"cases\": [{\"name\": \"a\", $ok, \"pc1\": 3}]}"
data name "{\"cases\": [{\"name\": 4, $ok}]}"
data samples '{"cases": [{"name": "a", "sampels": [[1,2]], "w0": [1,0]}]}'
data eta "{\"eta\": \"x\", \"cases\": [{\"name\": \"a\", $ok}]}"
data eta "{\"eta\": -1, \"cases\": [{\"name\": \"a\", $ok}]}"
data alpha "{\"alpha\": [], \"cases\": [{\"name\": \"a\", $ok}]}"
data 'json:' '{"cases": [{"name": "a", "samples": [[1,2],[3'
data 'json:' ''
data UTF-8 "$(printf '{"cases": [{"name": "\300\200", %s}]}' "$ok")"
data nest "$(many '[' 100000)"

# ---- networks of one's own ----
network() { # word, sed script on the delta network
    sed "$2" tasks/configs/networks/delta.json >"$work/net.json"
    refuse "$1" "$e2l" eval --task "custom:file=$work/net.json" --rule 0 --cases 2
}
network netwrk 's/"network"/"netwrk"/'
network model 's/"relay"/"relais"/'
network linear 's/"linear"/"linea"/'
network output 's/"output.in"/"outptu.in"/'
network wanted 's/"wanted": "/"wnated": "/'
network products 's/products.sum/product.sum/'
network teacher 's/teacher.r - /teachr.r - /'
network synapse 's/"synapse"/"synapses"/'
network size 's/"size": "n"/"size": "-n"/'
network steps 's/"steps": "n_train"/"steps": "n_train \/ 3"/'
network fold 's/"fold": "mean"/"fold": "average"/'
network error 's/-error/-errror/'
network references 's/"references"/"reference"/'
network delta 's/(t - y) \* x/(t - y) * xx/'
network noise 's/"noise": {"noise"/"noise": {"nois"/'
network eta 's/"eta": 0.05/"eta": -1/'
network finite 's/"truth": "normal"/"truth": "1 \/ (i - i)"/'
network 'json:' 's/^ "case"/ "case":/'
network columns 's/"samples": {"kind": "by_step"/"samples": {"kind": "events", "rows": 9/'
network edges 's/"truth": {"kind": "static"/"truth": {"kind": "edges"/'
network fan_in 's/"signal": "r",/"signal": "r", "fan_in": 99,/'
network mVV 's/"signal": "r",/"signal": "r", "state": {"s": [0, "mVV"]},/'
network 'never reached' 's/"w += eta \* rule"/"when train.k > 1: w += eta * rule"/'
network 'e2l list environments' 's/"populations": {/"environments": {"g": {"environment": "pongg", "calls": ["train"]}}, "populations": {/'
network "'wanted'" 's/"populations": {/"environments": {"g": {"environment": "pong", "calls": ["train"]}}, "populations": {/'
printf '%s' '{"network": {"experiment": "e", "dt": 1, "arrays": {"s": {"kind": "events", "size": 2, "rows": 3}}, "populations": {"a": {"size": 2,
  "model": "relay", "inputs": {"in": "s"}}, "b": {"size": 1, "model": "linear"}}, "projections": {"p": {"from": "a", "to": "b.in", "signal": "r", "w": 1,
  "slots": {"rule": {"x": "x"}}, "synapse": ["w += eta * rule"]}}, "spans": [{"name": "run", "steps": 4}], "probes": {"y": {"of": "b.r", "fold": "sum"}}},
  "case": {"s": {"time": "row", "index": "row"}}, "score": "y", "references": {"x": "x"}}' >"$work/net.json"
refuse 'index 2, expected' "$e2l" eval --task "custom:file=$work/net.json" --rule 0 --cases 2
refuse folder "$e2l" eval --task custom:file=/ --rule 0
refuse nonexistent "$e2l" eval --task custom:file=/nonexistent.json --rule 0
refuse 'NAME=VALUE' "$e2l" eval --task 'custom:parameters=[n]' --rule 0
refuse ratio "$e2l" eval --task 'custom:parameters=[rato=1]' --rule 0
refuse dimension "$e2l" eval --task custom --rule 0 --set shift:dimensions
refuse --experiment "$e2l" list models --experiment
refuse record-every "$e2l" eval --task custom --rule 0 --record-every
refuse 'tasks NAME' "$e2l" list tasks --task custom
refuse nowhere.json "$e2l" list models ./nowhere.json
refuse pongg "$e2l" list environments pongg
refuse record-probe "$e2l" eval --task custom --rule 0 --record-probe cosine
refuse cosine "$e2l" eval --task custom --rule 0 --cases 2 --record "$work/r.csv" --record-probe cosin

# ---- patterns ----
pattern() { # word, text
    printf '%b' "$2" >"$work/pattern.txt"
    refuse "$1" "$e2l" eval --task "elise_replay:pattern=$work/pattern.txt,cycles=1" --rule 0 --cases 1
}
pattern 'line 2, column 3' '1 0\n0 2\n'
pattern 'line 2, column 2' '1 0\n0\n'
pattern 'column 2' '10\n01\n'
pattern 'no row changes' '1 1\n'
pattern 'no rows' '# nothing\n'
refuse 'counted over at most 67108864 steps' "$e2l" eval --task 'custom:file=tasks/configs/networks/delta.json,parameters=[n_train=80000000]' --rule 0 --cases 1
refuse 'counted up to 16777216' "$e2l" eval --task 'custom:file=tasks/configs/networks/delta.json,parameters=[n_train=20000000]' --rule 0 --cases 1 \
    --substrate cpu:precision=single
refuse nonexistent.txt "$e2l" eval --task elise_replay:pattern=/nonexistent.txt --rule 0
refuse task.dt "$e2l" eval --task elise_replay:dt=0.03 --rule 0
refuse slots "$e2l" eval --task elise_replay:slot=3 --rule 0
refuse latent "$e2l" eval --task elise_replay:latent=0 --rule 0
refuse shift:width "$e2l" eval --task elise_replay --rule 0 --set shift:with

# ---- rule files ----
for text in '{}' '{"slots": 3}' '{"slots": {}}' '{"slots": {"rule": {}}}' '{"slots": {"rule": {"rule": "y*"}}}' '{"slots": {"rule": {"rule": 4}}}' '{"schema": "x"' \
    'y *' 'a = ' '' 'rule = x
rule = y'; do
    printf '%s' "$text" >"$work/rule.json"
    rule rule "@$work/rule.json"
    refuse rule "$e2l" export "$work/rule.json" --format c --out "$work/exported"
done

# ---- run folders ----
mkdir "$work/empty"
refuse config.json "$e2l" resume "$work/empty"
refuse empty "$e2l" show "$work/empty"
mkdir "$work/full"
echo hello >"$work/full/notes.txt"
refuse resume "$e2l" run tasks/configs/quickstart.json --out "$work/full"
[ "$(cat "$work/full/notes.txt")" = hello ] || bad=$((bad + 1))
mkdir "$work/broken"
echo '{"task": {"name": "pca"' >"$work/broken/config.json"
refuse 'json:' "$e2l" resume "$work/broken"
mkdir "$work/champion"
cp tasks/configs/quickstart.json "$work/champion/config.json"
echo '{"slots": ' >"$work/champion/champion.json"
refuse champion.json "$e2l" show "$work/champion"
refuse champion.json "$e2l" export "$work/champion" --format c --out "$work/exported"
printf '{"task": {"name": "pca", "samples": 20, "cases": 2}, "search": {"islands": 1, "generations": 2}}' >"$work/config.json"
"$e2l" run "$work/config.json" --out "$work/done" >/dev/null 2>&1 || bad=$((bad + 1))
: >"$work/done/archive.jsonl"
refuse archive.jsonl "$e2l" show "$work/done"
printf '{"slots": null}' >"$work/rule.json"
refuse 'no rule' "$e2l" export "$work/rule.json" --format c --out "$work/exported"
printf '{"slots": {"rule": {"rule": "x", "eta": -1}}}' >"$work/rule.json"
rule eta "@$work/rule.json"

echo "$n broken inputs, $bad not refused as they should be"
[ $bad = 0 ]

#!/bin/sh
# e2l run and resume on one process: the run folder, refusals, signals, damaged checkpoints, full disks.
cd "$1" || exit 2
e2l=$2/e2l
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
    echo "FAILED: $*"
    exit 1
}
# expect CODE TEXT COMMAND...: exit code and a part of what it says
expect() {
    code=$1
    text=$2
    shift 2
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ $got = "$code" ] || { cat "$work/err"; fail "exit code $got instead of $code: $*"; }
    grep -q -- "$text" "$work/out" "$work/err" || { cat "$work/out" "$work/err"; fail "'$text' not said by: $*"; }
}
# same A B: all files but the two that depend on the machine
same() {
    diff -r -x timing.csv -x provenance.json "$1" "$2" >/dev/null || { diff -rq "$1" "$2"; fail "$1 and $2 differ: $3"; }
}
cat >"$work/c.json" <<'END'
{"task": {"name": "pca", "samples": 100, "cases": 4},
 "search": {"generations": 120, "islands": 3, "functions": ["sub", "mul"], "migrate_every": 10, "constants": true},
 "output": {"checkpoint_s": 0}}
END

# A run leaves what DESIGN section 8 lists, nothing else, and no NaN or Inf.
expect 0 "champion" "$e2l" run "$work/c.json" --out "$work/a"
[ "$(ls "$work/a" | tr '\n' ' ')" = "DONE archive.jsonl champion.json config.json history.csv lineage.jsonl provenance.json timing.csv " ] ||
    fail "files: $(ls "$work/a")"
[ "$(wc -l <"$work/a/history.csv")" = 361 ] || fail "history: one row per generation and island"
head -n 1 "$work/a/history.csv" |
    grep -qx 'generation,island,best_score,best_complexity,median_score,candidates,skipped_silent,aborted' || fail "history head"
cut -d, -f1,2 "$work/a/history.csv" | sed 1d | sort -t, -n -k1,1 -k2,2 -c || fail "history is not ordered"
cat "$work/a"/*.json "$work/a"/*.jsonl "$work/a"/*.csv | grep -qiE '(^|[^a-z_.])(nan|-?inf)([^a-z]|$)' && fail "NaN or Inf"
grep -q '"canonical"' "$work/a/archive.jsonl" && grep -q '"parent"' "$work/a/lineage.jsonl" || fail "archive or lineage"
sed 's/±/+/g' "$work/out" | awk 'length($0) > 80' | grep . && fail "a line of the summary is too wide"

# What is found wrong only when the data are looked at leaves no folder behind.
expect 2 "is a folder" "$e2l" run "$work/c.json" --set "task.data=$work" --out "$work/never"
[ ! -e "$work/never" ] || fail "a run folder for data that cannot be read"

# Twice the same; config.json gives the same run; the cache changes nothing; the random method runs.
expect 0 champion "$e2l" run "$work/c.json" --out "$work/b"
same "$work/a" "$work/b" "two runs"
expect 0 champion "$e2l" run "$work/a/config.json" --out "$work/c"
same "$work/a" "$work/c" "config.json again"
expect 0 champion "$e2l" run "$work/c.json" --out "$work/d" --set search.cache=none
same "$work/a" "$work/d" "without cache"
expect 0 champion "$e2l" run "$work/c.json" --out "$work/e" --set search.seed=2
cmp -s "$work/a/history.csv" "$work/e/history.csv" && fail "another seed gives the same history"
expect 0 champion "$e2l" run "$work/c.json" --out "$work/f" --set search.method=random --set task.eta=tune --set search.generations=5
expect 0 champion "$e2l" run "$work/c.json" --out "$work/g" --set 'search.seeds=[name:oja]' --set search.generations=1 --set search.resample_every=1
grep -q 'y \* (x - y \* w)' "$work/g/lineage.jsonl" || fail "the seed rule is not in the lineage"

# Zero-mean padding goes, with the evidence on the page and in the file; without search.simplify it stays. Nothing is wider than a terminal.
padded() {
    expect 0 champion "$e2l" run "$work/c.json" --set 'search.seeds=["(2*y - w)*(x - w*y)"]' --set search.generations=1 \
        --set search.islands=1 --set task.eta=tune --set task.samples=1000 --set task.cases=10 "$@"
}
padded --out "$work/p"
grep -q '^  "canonical": "y \* (x - y \* w)"' "$work/p/champion.json" || { cat "$work/out"; fail "the padding did not go"; }
grep -q '2 \* y - w becomes 2 \* y' "$work/out" && grep -q 'complexity 6 to 5, empirical' "$work/out" &&
    grep -q 'all steps together, on unseen test cases' "$work/out" || { cat "$work/out"; fail "steps are not on the page"; }
sed 's/±/+/g' "$work/out" | awk 'length($0) > 80' | grep . && fail "a line of the simplification is too wide"
grep -q '"removed": "2 \* y - w"' "$work/p/champion.json" && grep -q '"score_norm"' "$work/p/champion.json" || fail "champion.json: steps or score_norm"
"$e2l" show "$work/p" | grep -q 'becomes 2 \* y' || fail "show: steps"
padded --out "$work/q" --set search.simplify=0
grep -q '^  "canonical": "(2 \* y - w) \* (x - y \* w)"' "$work/q/champion.json" || fail "simplified although search.simplify is 0"
cmp -s "$work/p/archive.jsonl" "$work/q/archive.jsonl" || fail "simplification changed the archive"
padded --out "$work/r" --set search.simplify=3
grep -q '"capped": true' "$work/r/champion.json" && tr -s '\n ' ' ' <"$work/out" | grep -q 'could not be tried' || fail "the cap is not told"

# New cases every so often: the archive stands on one block, the one the champion's search scores are of.
expect 0 champion "$e2l" run "$work/c.json" --out "$work/n" --set search.resample_every=25 --set search.simplify=0
mean=$(sed -n '/"search": {/,/"mean"/s/.*"mean": \([^,]*\),.*/\1/p' "$work/n/champion.json" | head -n 1)
id=$(sed -n 's/^  "id": \([0-9]*\),.*/\1/p' "$work/n/champion.json")
grep "\"id\":$id," "$work/n/archive.jsonl" | grep -qF "\"score\":$mean," || fail "resampling: the archive's score is of other cases"

# Refusals.
expect 2 "simplify" "$e2l" run "$work/c.json" --out "$work/x" --set search.simplify=-1
expect 2 "simplify" "$e2l" run "$work/c.json" --out "$work/x" --set search.simplify=true
expect 2 "e2l resume" "$e2l" run "$work/c.json" --out "$work/a"
expect 2 "not a folder" "$e2l" run "$work/c.json" --out "$work/c.json"
expect 2 "generations" "$e2l" run "$work/c.json" --out "$work/x" --set search.generation=3
expect 2 "no such\|No such" "$e2l" run "$work/missing.json" --out "$work/x"
expect 2 "CONFIG.json missing" "$e2l" run
expect 2 "not a run folder" "$e2l" resume "$work"
expect 2 "No such" "$e2l" resume "$work/none"
expect 0 "finished" "$e2l" resume "$work/a"
[ ! -e "$work/x" ] || fail "a refused config made a folder"

# Unwritable and full: told, exit code 1, what was there stays whole.
expect 1 "proc" "$e2l" run "$work/c.json" --out /proc/e2l/run
if [ "$(id -u)" = 0 ] && mkdir "$work/small" && mount -t tmpfs -o size=16k tmpfs "$work/small" 2>/dev/null; then
    expect 1 "No space" "$e2l" run "$work/c.json" --out "$work/small/run"
    cmp -s "$work/a/config.json" "$work/small/run/config.json" || fail "full disk: config.json is not whole"
    [ ! -e "$work/small/run/DONE" ] || fail "full disk: DONE"
    n=$(wc -c <"$work/small/run/history.csv")
    mount -o remount,size=8m "$work/small" && expect 0 champion "$e2l" resume "$work/small/run"
    [ "$n" -gt 0 ] && same "$work/a" "$work/small/run" "after a full disk"
    umount "$work/small"
fi

# A limit on file sizes is told like a full disk.
(
    ulimit -f 8 # blocks of 512 bytes
    expect 1 "too large" "$e2l" run "$work/c.json" --out "$work/limited"
) || exit 1
expect 0 champion "$e2l" resume "$work/limited"
same "$work/a" "$work/limited" "after a limit on file sizes"

# A folder with config.json alone starts at generation 0; leftovers of a killed run go.
mkdir "$work/h" && cp "$work/a/config.json" "$work/h" && echo half >"$work/h/champion.json.tmp"
echo "not,a,history" >"$work/h/history.csv"
expect 0 "from generation 0" "$e2l" resume "$work/h"
same "$work/a" "$work/h" "resume without a checkpoint"

# Signals: SIGTERM and SIGINT leave a checkpoint and say how to go on; SIGUSR1 does not end. Results are those of the undisturbed run.
sed -i 's/"generations": 120/"generations": 20000/; s/"checkpoint_s": 0/"checkpoint_s": 1000/' "$work/c.json"
wait_rows() { # FOLDER N: until history has so many rows
    for _ in $(seq 1200); do
        [ "$(cat "$1/history.csv" 2>/dev/null | wc -l)" -gt "$2" ] && return
        sleep 0.05
    done
    fail "no progress in $1"
}
for signal in TERM INT; do
    # POSIX shells start background jobs with SIGINT ignored; e2l listens all the same.
    : >"$work/err" # not what an earlier one said
    "$e2l" run "$work/c.json" --out "$work/s$signal" >"$work/out" 2>"$work/err" &
    pid=$!
    wait_rows "$work/s$signal" 50
    kill -USR1 $pid
    for _ in $(seq 1200); do
        grep -q "checkpoint of generation" "$work/err" && break
        sleep 0.05
    done
    wait_rows "$work/s$signal" "$(cat "$work/s$signal/history.csv" | wc -l)"
    kill -$signal $pid
    wait $pid
    [ $? = 1 ] || fail "exit code after SIG$signal"
    grep -q "checkpoint of generation" "$work/err" || fail "SIGUSR1 wrote no checkpoint"
    grep -q "stopped by SIG$signal after generation [1-9].*e2l resume $work/s$signal" "$work/err" ||
        { cat "$work/err"; fail "SIG$signal: what it says"; }
    [ "$(ls "$work/s$signal/checkpoint" | wc -l)" = 2 ] || fail "SIG$signal: checkpoints"
done
# A launcher's signal comes twice at once, to the process and to its group: no reason to hurry and lose the checkpoint.
"$e2l" run "$work/c.json" --out "$work/twice" >"$work/out" 2>"$work/err" &
pid=$!
wait_rows "$work/twice" 50
kill -INT $pid
sleep 0.01
kill -INT $pid
wait $pid
[ $? = 1 ] && grep -q "stopped by SIGINT" "$work/err" || { cat "$work/err"; fail "SIGINT twice at once"; }
rows=$(wc -l <"$work/sTERM/history.csv")
head -n 100 "$work/sTERM/history.csv" >"$work/h1"
head -n 100 "$work/sINT/history.csv" | cmp -s - "$work/h1" || fail "histories of two stopped runs"

# A damaged newest checkpoint: the one before it is taken. Both damaged: refused in words.
cp -r "$work/sTERM" "$work/damaged"
newest=$(ls "$work/damaged/checkpoint" | tail -n 1)
older=$(ls "$work/damaged/checkpoint" | head -n 1)
printf 'x' | dd of="$work/damaged/checkpoint/$newest" bs=1 seek=100 conv=notrunc 2>/dev/null
: >"$work/err" # not what an earlier one said
"$e2l" resume "$work/damaged" >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 1200); do
    grep -q "going on" "$work/err" && break
    sleep 0.05
done
kill -TERM $pid
wait $pid
grep -q "cannot be used.*trying the one before" "$work/err" || { cat "$work/err"; fail "damaged checkpoint: not told"; }
grep -q "from generation $(echo "$older" | sed 's/^0*//') " "$work/err" || { cat "$work/err"; fail "older checkpoint not taken"; }
cp -r "$work/sTERM" "$work/broken"
for file in "$work"/broken/checkpoint/*; do echo nonsense >"$file"; done
expect 2 "no checkpoint.*can be used" "$e2l" resume "$work/broken"
cp -r "$work/sTERM" "$work/cut"
head -n 3 "$work/sTERM/history.csv" >"$work/cut/history.csv"
expect 2 "shorter" "$e2l" resume "$work/cut"
cp -r "$work/sTERM" "$work/edited"
sed -i 's/"seed": 1/"seed": 2/' "$work/edited/config.json"
expect 2 "another config" "$e2l" resume "$work/edited"
# DONE without a champion is no finished run; a folder that goes away is told as such.
cp -r "$work/a" "$work/done"
rm "$work/done/champion.json"
expect 0 champion "$e2l" resume "$work/done"
same "$work/a" "$work/done" "DONE without a champion"
cp -r "$work/sTERM" "$work/gone"
: >"$work/err" # not what an earlier one said
"$e2l" resume "$work/gone" >"$work/out" 2>"$work/err" &
pid=$!
for _ in $(seq 1200); do
    grep -q "going on" "$work/err" && break
    sleep 0.05
done
rm -rf "$work/gone"
kill -TERM $pid
wait $pid
[ $? = 1 ] && grep -Eq "stopped by SIGTERM|the run folder is gone" "$work/err" || { cat "$work/err"; fail "folder removed during a run"; }

# Data that changed while the run was stopped: refused, as a changed config is. One test case: a mean without an interval.
printf '%s' '{"cases": [{"name": "a", "samples": [[1,2],[2,3],[1,-1]], "w0": [1,0]}, {"name": "b", "samples": [[1,1],[2,1]], "w0": [1,0]},
    {"name": "c", "samples": [[3,1],[1,1]], "w0": [1,0]}]}' >"$work/data.json"
: >"$work/err" # not what an earlier one said
"$e2l" run "$work/c.json" --out "$work/changed" --set "task.data=$work/data.json" --set search.generations=1000000 >"$work/out" 2>"$work/err" &
pid=$!
wait_rows "$work/changed" 50
kill -TERM $pid
wait $pid
sed -i 's/\[3,1\]/[3,2]/' "$work/data.json"
expect 2 "data file has changed" "$e2l" resume "$work/changed"
expect 0 champion "$e2l" run "$work/c.json" --out "$work/single" --set "task.data=$work/data.json" --set search.generations=20
grep -q "^  test  *1 " "$work/out" || { cat "$work/out"; fail "no row of one test case"; }
grep "^  test  *1 " "$work/out" | grep -q ± && fail "an interval from one case"
expect 0 "1/1" "$e2l" eval --task "pca:data=$work/data.json" --set test --rule name:oja --compare name:oja2
grep -qi "nan\|+-" "$work/out" && fail "nan, or an interval from one case, in eval"
[ "$rows" -gt 1 ] || fail "no rows"
echo ok

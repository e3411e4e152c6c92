"""The tables of first_searches.sh: python3 first_searches.py E2L RUNS OUT TASK SEEDS EXTRAS."""
import csv, functools, json, math, os, re, statistics, subprocess, sys

e2l, runs, out, task, seeds, extras = sys.argv[1:7]
METHODS = ("cgp", "random")
MARGIN = 0.001  # as in discover.c


def read(name, *path):
    with open(os.path.join(runs, name, *path)) as file:
        return json.load(file)


def core_seconds(name):
    """Sum over the starts of a run, lines "0m12.3s 0m0.1s"; and whether all starts have left one: a start that was killed has not."""
    total = 0.0
    with open(os.path.join(runs, name + ".times")) as file:
        text = file.read()
    for minutes, seconds in re.findall(r"(\d+)m([\d.]+)s", text):
        total += 60 * int(minutes) + float(seconds)
    return total, len(text.splitlines()) >= len(read(name, "provenance.json")["starts"])


def cost(times):
    """Core-seconds of one run or of several: "at least" where a start is not in it."""
    return "%s%.0f" % ("" if all(whole for _, whole in times) else "at least ", sum(seconds for seconds, _ in times))


def evaluations(name):
    """The last count the run gave, over all its starts."""
    with open(os.path.join(runs, name + ".log")) as file:
        return re.findall(r"evaluation (\d+)/", file.read())[-1]


def as_text(slots):
    if len(slots) == 1:
        return "`%s`" % next(iter(slots.values()))["canonical"]
    return ", ".join("%s `%s`" % (slot, rule["canonical"]) for slot, rule in slots.items())


def rates(slots):
    return next(iter(slots.values()))["eta"]


def extra_of(text):
    name, spec = text.split("=", 1)
    spec, _, cases = spec.partition("@")
    spec, _, measure = spec.partition("/")
    return name, spec, measure, int(cases or 100)


@functools.lru_cache(maxsize=None)
def tried(spec, measure, cases, rules, eta):
    """Mean over cases of the score or a measure, failed cases apart."""
    spec += ("," if ":" in spec else ":") + "eta=%r" % eta
    command = [e2l, "eval", "--task", spec, "--cases", str(cases), "--no-norm", "--json"] + sum((["--rule", r] for r in rules), [])
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    one = json.loads(done.stdout)
    one = one[0] if isinstance(one, list) else one
    values = [c["measures"][measure] if measure else c["score"] for c in one["cases"] if c["outcome"] == "ok"]
    return (statistics.mean(values) if values else math.nan), cases - len(values)


def slot_rules(slots):
    return tuple(rule["rule"] if len(slots) == 1 else "%s=%s" % (slot, rule["rule"]) for slot, rule in slots.items())


def cell(value):
    mean, failed = value
    return "%.4g%s" % (mean, " (%d failed)" % failed if failed else "")


def flags(champion):
    return ", ".join(s.replace("shift:", "") for s in champion["flags"]["lost"]) or "none"


def rises(name):
    """(candidates, best score) whenever the best score rises, and at the end."""
    candidates, best, found = 0, -math.inf, []
    with open(os.path.join(runs, name, "history.csv")) as file:
        lines = list(csv.DictReader(file))
    for k, line in enumerate(lines):
        candidates += int(line["candidates"]) - int(line["skipped_silent"])
        score = float(line["best_score"]) if line["best_score"] not in ("", "null") else -math.inf
        if score > best or (k == len(lines) - 1 and best > -math.inf):
            best = max(best, score)
            found.append((candidates, best))
    return found


def reached(name, mark):
    """Candidates until the best score on the search cases is at least mark; infinite: never."""
    return next((candidates for candidates, best in rises(name) if best >= mark), math.inf)


def count(n):
    return "%d" % n if math.isfinite(n) else "never"


def row(method, seed):
    name = "%s-%s-%d" % (task, method, seed)
    champion = read(name, "champion.json")
    test = champion["scores"]["test"]
    paired = test.get("paired") or {}
    low, high = paired.get("ci95") or (math.nan, math.nan)
    more = [tried(spec, measure, cases, slot_rules(champion["slots"]), rates(champion["slots"])) for _, spec, measure, cases in EXTRAS]
    ours = test["champion"]
    return {
        "name": "%s %d" % (method, seed), "rule": as_text(champion["slots"]), "eta": rates(champion["slots"]), "mean": ours["mean"],
        "failed": test["n_cases"] - ours["n_ok"], "reference": test["reference"]["mean"], "difference": paired.get("mean", math.nan),
        "reached": reached(name, champion["scores"]["search"]["reference"]["mean"] - MARGIN),
        "half": (high - low) / 2, "p": paired.get("p", math.nan), "extras": more, "flags": flags(champion), "champion": champion,
        "evaluations": evaluations(name), "times": core_seconds(name)}


EXTRAS = [extra_of(text) for text in extras.split()]
found = {method: [row(method, seed) for seed in range(1, int(seeds) + 1)] for method in METHODS}
reference = found["cgp"][0]["champion"]["reference"]
titles = ["search", "champion, simplified", "eta", "test", "difference to %s" % reference["name"]] + [e[0] for e in EXTRAS] + ["sets lost", "reached after", "evaluations", "core-s"]
lines = ["Made by `sh tests/bench/first_searches.sh build %s`." % task,
         "Reached after: candidates that were not silent until the best score on the search cases was the reference's - %g." % MARGIN, "", "| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
for r in sum(found.values(), []):
    lines.append("| " + " | ".join([r["name"], r["rule"], "%.4g" % r["eta"], cell((r["mean"], r["failed"])), "%+.4f ± %.4f" % (r["difference"], r["half"])]
                 + [cell(e) for e in r["extras"]] + [r["flags"], count(r["reached"]), r["evaluations"], cost([r["times"]])]) + " |")


def median_row(label, rows):
    return "| " + " | ".join([label, "", "", "%.4g" % statistics.median(r["mean"] for r in rows), "%+.4f" % statistics.median(r["difference"] for r in rows)]
                             + ["%.4g" % statistics.median(r["extras"][k][0] for r in rows) for k in range(len(EXTRAS))]
                             + ["", count(statistics.median(r["reached"] for r in rows)), "", cost([r["times"] for r in rows])]) + " |"


lines += [median_row("median %s (core-s: sum)" % m, found[m]) for m in METHODS]
ref = reference["slots"]
more = [tried(spec, measure, cases, slot_rules(ref), rates(ref)) for _, spec, measure, cases in EXTRAS]
lines.append("| " + " | ".join([reference["name"], as_text(ref), "%.4g" % rates(ref), "%.4g" % found["cgp"][0]["reference"], ""] + [cell(e) for e in more] + ["", "", "", ""]) + " |")
with open(os.path.join(out, task + ".md"), "w") as file:
    file.write("\n".join(lines) + "\n")
with open(os.path.join(out, task + "_curves.csv"), "w", newline="") as file:
    table = csv.writer(file, lineterminator="\n")
    table.writerow("search candidates best".split())
    for method in METHODS:
        for seed in range(1, int(seeds) + 1):
            name = "%s-%s-%d" % (task, method, seed)
            table.writerows([name, candidates, "%.6g" % best] for candidates, best in rises(name))
print("\n".join(lines))

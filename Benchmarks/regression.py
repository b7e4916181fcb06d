"""The table of regression.sh: python regression.py FOLDER, with before-N.json and after-N.json."""
import glob
import json
import statistics
import sys


def load(side):
    """Benchmark and implementation → the medians of all rounds."""
    found = {}
    for path in sorted(glob.glob(f"{sys.argv[1]}/{side}-*.json")):
        for m in json.load(open(path))["measurements"]:
            found.setdefault((m["work"], m["way"]), []).append(m["medianMilliseconds"])
    return found


before, after = load("before"), load("after")
slower = 0
print(f"{'before':>10} {'after':>10} {'ratio':>6}")
for key, a in before.items():
    b = after.get(key)
    if not key[1].startswith("outcrop"):
        continue
    if b is None:
        print(f"{statistics.median(a):10.3f} {'':10} {'':6} {'gone':7} {key[0]}")
        continue
    ratio = statistics.median(b) / statistics.median(a)
    verdict = ""
    if ratio > 1.03 and min(b) > max(a):
        verdict, slower = "slower", slower + 1
    elif ratio < 1 / 1.03 and max(b) < min(a):
        verdict = "faster"
    print(f"{statistics.median(a):10.3f} {statistics.median(b):10.3f} {ratio:6.2f} {verdict:7} {key[0]}")
sys.exit(1 if slower else 0)

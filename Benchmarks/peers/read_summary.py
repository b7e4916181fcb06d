"""Medians over the rounds of read.sh: python read_summary.py FOLDER, with ours-N.json (one thread),
threads-N.json (all threads) and peer-N.json."""
import glob
import json
import os
import statistics
import sys


def load(kind):
    """The medians of each round by data set, and the last round's facts."""
    times, facts = {}, {}
    for path in sorted(glob.glob(f"{sys.argv[1]}/{kind}-*.json")):
        for line in open(path):
            reading = json.loads(line)
            times.setdefault(reading["path"], []).append(reading["medianMilliseconds"])
            facts[reading["path"]] = reading
    return {path: statistics.median(values) for path, values in times.items()}, facts


one, facts = load("ours")
all_threads, _ = load("threads")
peer, peer_facts = load("peer")
print("| data | text, MB | one thread, ms | MB/s | all threads, ms | peer, ms | ratio (one / all) |")
print("|---|---|---|---|---|---|---|")
for path, median in one.items():
    size = facts[path]["textBytes"] / 1e6
    row = [os.path.basename(path), f"{size:.2f}", f"{median:.1f}", f"{size / median * 1e3:.0f}",
           f"{all_threads[path]:.1f}"]
    if path in peer:
        if peer_facts[path]["graphs"] != facts[path]["graphs"]:
            sys.exit(f"{path}: {facts[path]['graphs']} graphs here, {peer_facts[path]['graphs']} there")
        row += [f"{peer[path]:.1f}", f"{peer[path] / median:.1f} / {peer[path] / all_threads[path]:.1f}"]
    else:
        row += ["–", "–"]
    print("| " + " | ".join(row) + " |")

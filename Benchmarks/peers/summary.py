"""Medians over the rounds of compare.sh: python summary.py FOLDER, with ours-N.json and peer-N.json."""
import glob
import json
import statistics
import sys


def load(kind):
    return [json.load(open(path)) for path in sorted(glob.glob(f"{sys.argv[1]}/{kind}-*.json"))]


def part_of(measurement):
    """`whole step` from `training step, whole step: GT …`; `evaluation` from `evaluation: …`."""
    return measurement["work"].split(":")[0].removeprefix("training step, ")


ours, peer = load("ours"), load("peer")
for key in ("nodesPerBatch", "edgesPerBatch", "threads"):
    if ours[0][key] != peer[0][key]:
        raise SystemExit(f"compare: {key} is {ours[0][key]} here and {peer[0][key]} in PyTorch")
if ours[0]["parameters"] != peer[0]["parameters"]:
    raise SystemExit(
        f"compare: {ours[0]['parameters']} parameters here and {peer[0]['parameters']} in PyTorch"
    )
print(
    f"{ours[0]['cpu']}, {ours[0]['threads']} threads; torch {peer[0]['torch']}; {len(ours)} rounds; "
    f"{ours[0]['data']}, {ours[0]['nodesPerBatch']} nodes and {ours[0]['edgesPerBatch']} edges a batch"
)
print("median of the rounds' medians in ms (smallest - largest of these medians)")
print(f"{'':12} {'outcrop':>24} {'PyTorch eager':>24} {'PyTorch / outcrop':>18}")
for part in ("whole step", "forward", "backward", "Adam", "evaluation"):
    a = [next(m for m in r["measurements"] if part_of(m) == part)["medianMilliseconds"] for r in ours]
    b = [r["milliseconds"][part]["median"] for r in peer]
    cell = lambda x: f"{statistics.median(x):.1f} ({min(x):.1f} - {max(x):.1f})"
    print(f"{part:12} {cell(a):>24} {cell(b):>24} {statistics.median(b) / statistics.median(a):>18.2f}")
memory = [max(r["peakMemoryMB"] for r in runs) for runs in (ours, peer)]
print(f"{'peak MB':12} {memory[0]:>24.0f} {memory[1]:>24.0f} {memory[1] / memory[0]:>18.2f}")

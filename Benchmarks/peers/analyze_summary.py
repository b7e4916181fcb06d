"""Runs `outcrop analyze` and analyze_peer.py in turns and prints a table.

    python analyze_summary.py OUTCROP FILE.npy TYPES.npy ROUNDS FOLDER

Seconds are wall time of the whole process, memory is its peak resident set as the system's own
accounting (wait4) has it: mapped pages count. The two must agree on what they found.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

outcrop, file, types, rounds, folder = *sys.argv[1:4], int(sys.argv[4]), pathlib.Path(sys.argv[5])


def run(command, output, **environment):
    with open(output, "wb") as out:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL, env=os.environ | environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"analyze: {' '.join(command)} ended with status {process.returncode}")
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "MB": usage.ru_maxrss * 1024 / 1e6}


analyze = [outcrop, "analyze", file, "--edge-types", types, "--output", str(folder / "out"), "--json"]
peer = [sys.executable, str(pathlib.Path(__file__).parent / "analyze_peer.py"), file, types]
threads = os.cpu_count()
runs = {f"outcrop, {threads} threads": [], "outcrop, 1 thread": [], "NumPy and SciPy": []}
for number in range(rounds):
    load = os.getloadavg()[0]
    runs[f"outcrop, {threads} threads"].append(run(analyze, folder / "ours.json"))
    runs["outcrop, 1 thread"].append(run(analyze, folder / "one.json", OUTCROP_NUM_THREADS="1"))
    runs["NumPy and SciPy"].append(run(peer, folder / "peer.json"))
    print(f"round {number + 1} of {rounds}, load {load:.1f}", file=sys.stderr)

ours = json.loads((folder / "ours.json").read_text())["runs"][0]["layers"][0]["edge"]
theirs = json.loads((folder / "peer.json").read_text())
found = {str(t["id"]): t["massive"] for t in ours["byEdgeType"]}
if (ours["massiveCount"], found) != (theirs["massive"], theirs["massiveOfType"]):
    raise SystemExit(f"analyze: {ours['massiveCount']} {found} here, {theirs['massive']} {theirs['massiveOfType']} there")
fit, test = ours["gammaFit"], ours["gammaFit"]["kolmogorovSmirnov"]["statistic"]
size = os.path.getsize(file)
print(f"{size / 1e9:.2f} GB, {ours['rows']} rows of {ours['width']}; {rounds} rounds, medians (smallest - largest)")
print(f"{'':22} {'seconds':>22} {'CPU seconds':>12} {'peak MB':>10} {'times outcrop':>14}")
fastest = statistics.median(r["seconds"] for r in runs[f"outcrop, {threads} threads"])
for name, results in runs.items():
    s = [r["seconds"] for r in results]
    cell = f"{statistics.median(s):.2f} ({min(s):.2f} - {max(s):.2f})"
    cpu = statistics.median(r["cpu"] for r in results)
    print(f"{name:22} {cell:>22} {cpu:>12.1f} {max(r['MB'] for r in results):>10.0f} {statistics.median(s) / fastest:>14.1f}")
print("NumPy and SciPy's last round, seconds: "
      + ", ".join(f"{name} {value:.1f}" for name, value in theirs["seconds"].items()))
print(f"massive: {ours['massiveCount']} both; largest ratio {ours['largestRatio']:.1f}, {theirs['largest']:.1f}")
print(f"gamma shape, location, scale, KS: here of {fit['values']} values {fit['shape']:.3f} {fit['location']:.3f} "
      f"{fit['scale']:.4f} {test:.4f}, there of {theirs['sample']} {theirs['shape']:.3f} {theirs['location']:.3f} "
      f"{theirs['scale']:.4f} {theirs['statistic']:.4f}")

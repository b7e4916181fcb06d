#!/usr/bin/env python3
"""Measures two ranks with one thread against one rank with two threads, in alternating runs.

    Benchmarks/ranks.py PROGRAM --data ZINC [--rounds 3] [--steps 15] [--launcher mpirun]

PROGRAM is `outcrop`, built with the package trait MPI. Trains the published GraphTransformer on ZINC with batches of 128
graphs in 8 shards, with and without exact moments, and analyzes four files with the activations of the trained model on
ZINC's test split. Prints medians (smallest - largest): of a training step without the start of the program, and of the whole
`analyze`, with the start of the program and of the launcher. Run nothing else at the same time.
"""
import argparse
import json
import os
import statistics
import struct
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("program")
parser.add_argument("--data", required=True)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--steps", type=int, default=15)
parser.add_argument("--launcher", default="mpirun")
arguments = parser.parse_args()
program, data = os.path.abspath(arguments.program), os.path.abspath(arguments.data)
WAYS = {"1 rank x 2 threads": (1, 2), "2 ranks x 1 thread": (2, 1)}


def run(way, words, place):
    """The seconds of the whole command."""
    count, threads = WAYS[way]
    version = subprocess.run([arguments.launcher, "--version"], capture_output=True, text=True).stdout
    extra = ["--allow-run-as-root", "--bind-to", "none"] if "Open MPI" in version or "OpenRTE" in version else []
    start = [arguments.launcher] + extra + ["-n", str(count)] if count > 1 else []
    began = time.perf_counter()
    subprocess.run(
        start + [program] + words, cwd=place, env=dict(os.environ, OUTCROP_NUM_THREADS=str(threads)), check=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def step_seconds(path):
    """The time of a step of the last epoch; the first one warms up."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    record = json.loads(header["__metadata__"]["training"])["history"][-1]
    return record["stepSeconds"] / record["steps"]


def show(title, found):
    one, two = (statistics.median(found[way]) for way in WAYS)
    for way, times in found.items():
        print(f"{title:28} {way:20} {1e3 * statistics.median(times):8.1f} ms ({1e3 * min(times):.1f} - {1e3 * max(times):.1f})")
    print(f"{title:28} efficiency           {100 * one / two:8.1f}%", flush=True)


with tempfile.TemporaryDirectory(prefix="outcrop-ranks-") as place:
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors, {arguments.rounds} rounds")
    train = [
        "train", "--dataset", data, "--batch-size", "128", "--shards", "8", "--epochs", "2", "--overwrite",
        "--set", f"steps_per_epoch={arguments.steps}", "--checkpoint", "c"]
    for title, extra in [("train", []), ("train, exact moments", ["--exact-moments"])]:
        found = {way: [] for way in WAYS}
        for _ in range(arguments.rounds):
            for way in WAYS:
                run(way, train + extra, place)
                found[way].append(step_seconds(os.path.join(place, "c")))
        show(title, found)
    way = next(iter(WAYS))
    run(way, ["evaluate", "c", "--dataset", data, "--activations", "a.safetensors"], place)
    files = ["a.safetensors"] + [f"{letter}.safetensors" for letter in "bcd"]
    for name in files[1:]:
        os.link(os.path.join(place, files[0]), os.path.join(place, name))
    size = len(files) * os.path.getsize(os.path.join(place, files[0]))
    found = {way: [] for way in WAYS}
    for _ in range(arguments.rounds):
        for way in WAYS:
            found[way].append(run(way, ["analyze", *files, "--output", "results"], place))
    show(f"analyze, {size / 1e6:.0f} MB", found)

"""What `outcrop analyze` does, by NumPy and SciPy: python analyze_peer.py FILE.npy TYPES.npy

Median of |x| per row, ratios, massive entries by edge type, y = -log10(ratio + eps), its histogram of
1000 bins, the gamma fit and the Kolmogorov-Smirnov distance. What was decided in the peer's favor:

- The array is read in blocks through `numpy.load(mmap_mode="r")`, in single precision throughout, as the
  whole array and its y would not fit the memory that is allowed for.
- The histogram's range is given (-8 ... 8), so that one pass is enough; without it a second pass would
  have to find the extremes first.
- `scipy.stats.gamma.fit` of all y would take hours and the test's sort of them gigabytes: both see
  every K-th y only, SAMPLE values in all (100,000 unless told), where outcrop uses all of them.

Prints a JSON object with the seconds of each part, as NumPy runs by itself: on one thread.
"""
import argparse
import json
import time

import numpy as np
import scipy.stats

parser = argparse.ArgumentParser()
parser.add_argument("file")
parser.add_argument("types")
parser.add_argument("--sample", type=int, default=100_000)
parser.add_argument("--block", type=int, default=1 << 16, help="rows in a block")
arguments = parser.parse_args()
seconds = dict.fromkeys(("read", "median", "ratio", "logarithm", "histogram", "types", "fit", "test"), 0.0)
clock = time.perf_counter()


def part(name):
    global clock
    now = time.perf_counter()
    seconds[name] += now - clock
    clock = now


x = np.load(arguments.file, mmap_mode="r")
types = np.load(arguments.types, mmap_mode="r")
rows, width = x.shape
step = rows * width // arguments.sample | 1  # odd, so that all columns have their turn
edges = np.linspace(-8, 8, 1001)
counts = np.zeros(1000, np.int64)
massive, edges_of_type, massive_of_type, largest, sample = 0, 0, 0, 0.0, []
part("read")
for start in range(0, rows, arguments.block):
    block = np.abs(x[start:start + arguments.block])
    part("read")
    median = np.median(block, axis=1, keepdims=True)
    part("median")
    block /= median
    is_massive = block > 1000
    massive += int(is_massive.sum())
    largest = max(largest, float(block.max()))
    part("ratio")
    of_row = is_massive.sum(axis=1)
    kinds = types[start:start + arguments.block]
    edges_of_type = edges_of_type + np.bincount(kinds, minlength=16)
    massive_of_type = massive_of_type + np.bincount(kinds, weights=of_row, minlength=16)
    part("types")
    block += np.float32(np.finfo(np.float64).eps)
    np.log10(block, out=block)
    np.negative(block, out=block)
    part("logarithm")
    counts += np.histogram(block, edges)[0]
    part("histogram")
    flat = block.reshape(-1)
    sample.append(flat[(-start * width) % step::step].copy())
sample = np.concatenate(sample).astype(np.float64)
part("read")
shape, location, scale = scipy.stats.gamma.fit(sample)
part("fit")
test = scipy.stats.kstest(sample, "gamma", (shape, location, scale))
part("test")
print(json.dumps({
    "seconds": seconds, "sample": sample.size, "massive": massive, "largest": largest,
    "massiveOfType": {int(t): int(massive_of_type[t]) for t in np.flatnonzero(edges_of_type)},
    "shape": shape, "location": location, "scale": scale, "statistic": test.statistic,
}))

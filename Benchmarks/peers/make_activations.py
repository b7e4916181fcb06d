"""Writes edge activations to analyze: python make_activations.py ROWS WIDTH FILE.npy TYPES.npy

Rows are normal numbers of a size of their own (log-normal); one row in 10,000 has an entry some
thousands of times larger. Types are 0 ... 3, the massive rows mostly of type 1. Memory is a block's.
"""
import sys

import numpy as np

rows, width, path, types_path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
random = np.random.default_rng(1)
block = 1 << 17
with open(path, "wb") as file, open(types_path, "wb") as types_file:
    for output, shape, descr in ((file, (rows, width), "<f4"), (types_file, (rows,), "|i1")):
        np.lib.format.write_array_header_1_0(
            output, {"descr": descr, "fortran_order": False, "shape": shape})
    for start in range(0, rows, block):
        count = min(block, rows - start)
        x = random.standard_normal((count, width), dtype=np.float32)
        x *= random.lognormal(0, 1, (count, 1)).astype(np.float32)
        types = random.integers(0, 4, count, dtype=np.int8)
        massive = np.flatnonzero(random.random(count) < 1e-4)
        x[massive, random.integers(0, width, massive.size)] *= random.lognormal(8, 1, massive.size)
        types[massive] = np.where(random.random(massive.size) < 0.8, 1, types[massive])
        x.tofile(file)
        types.tofile(types_file)

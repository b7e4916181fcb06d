"""Writes arrays.npz, arrays_compressed.npz and arrays.json: python make_npz.py (NumPy 2.4).

The archives hold the same arrays in several types, byte orders and memory orders; arrays.json holds
their numbers in row-major order as NumPy reads them, floating point rounded to float32.
"""
import json
import pathlib

import numpy as np

folder = pathlib.Path(__file__).parent
random = np.random.default_rng(5)
x = random.normal(size=(23, 7)) * 10.0 ** random.integers(-6, 6, size=(23, 7))
arrays = {
    "half": x.astype("<f2", copy=True),
    "single": x.astype("<f4"),
    "double": x,
    "big_single": x.astype(">f4"),
    "big_double": x.astype(">f8"),
    "fortran": np.asfortranarray(x.astype("<f4")),
    "big_fortran": np.asfortranarray(x.astype(">f8")),
    "layers/3/column": x.astype("<f4")[:, :1],
    "empty": np.zeros((0, 7), "<f4"),
    "special": np.array([[np.nan, np.inf, -np.inf, -0.0, 5e-324, 3e38]], "<f8"),
    "single_edge_types": random.integers(0, 5, 23),
    "bytes": random.integers(0, 256, 23).astype("u1"),
    "flags": random.integers(0, 2, 23).astype(bool),
    "big_integers": random.integers(-(2**31), 2**31, 23).astype(">i4"),
    "names": np.array(["bond", "atom"]),
    "complex": np.zeros((2, 2), "<c8"),
}
np.savez(folder / "arrays.npz", **arrays)
np.savez_compressed(folder / "arrays_compressed.npz", **arrays)
truth = {}
for file in ("arrays.npz", "arrays_compressed.npz"):
    with np.load(folder / file) as read:
        for name in read.files:
            array = read[name]
            if array.dtype.kind not in "fiub":
                continue
            numbers = array.astype("<f4").view("<u4") if array.dtype.kind == "f" else array.astype("<i8")
            truth[name] = {"shape": list(array.shape), "bits" if array.dtype.kind == "f" else "integers":
                           np.ascontiguousarray(numbers).ravel().tolist()}
(folder / "arrays.json").write_text(json.dumps(truth, sort_keys=True) + "\n")

"""Writes ../Truth/activations.npz, activations_base.npz and activations.json (NumPy 2.4).

Two layers of edge activations with edge types and batch offsets, untrained and trained, and what NumPy
finds in them, in single precision: massive entries (ratio over 100) in all and by edge type, the largest
ratio of each batch, for the median of each row and of each batch.
"""
import json
import pathlib

import numpy as np

folder = pathlib.Path(__file__).parent.parent / "Truth"
random = np.random.default_rng(3)
offsets = np.array([0, 12, 12, 90, 170])
truth = {}
for run, factor in (("activations_base", 1), ("activations", 1000)):
    arrays = {}
    for layer, width in ((4, 12), (10, 5)):
        x = random.normal(size=(170, width)).astype("<f4")
        x[random.integers(0, 170, 20), random.integers(0, width, 20)] *= factor
        types = random.integers(0, 4, 170)
        name = f"layers.{layer}.score"
        arrays |= {name: x, f"{name}_edge_types": types, f"{name}_batch_offsets": offsets}
        a = np.abs(x)
        batches = [slice(*pair) for pair in zip(offsets, offsets[1:])]
        row = a / np.median(a, axis=1, keepdims=True)
        batch = np.concatenate([a[b] / np.median(a[b]) for b in batches if b.start < b.stop])
        for median, ratio in (("edge", row), ("batch", batch)):
            massive = ratio > 100
            truth[f"{run} {layer} {median}"] = {
                "massive": int(massive.sum()), "rows": int(massive.any(axis=1).sum()),
                "byType": [int(massive[types == t].sum()) for t in range(4)],
                "edges": [int((types == t).sum()) for t in range(4)],
                "maxima": [float(ratio[b].max()) if b.start < b.stop else None for b in batches],
                "largestAt": [int(i) for i in np.unravel_index(ratio.argmax(), ratio.shape)],
                "values": int(ratio.size),
            }
    np.savez_compressed(folder / f"{run}.npz", **arrays)
(folder / "activations.json").write_text(json.dumps(truth, indent=1) + "\n")

"""Positional encodings of random graphs, computed with NumPy from their definitions.

Writes Truth/encodings.json:  python Tests/OutcropGraphTests/Scripts/encoding_truth.py
"""

import hashlib
import json
from pathlib import Path

import numpy as np

STEPS, COUNT, GAMMA, POWER, ROUNDS = 7, 6, 0.25, 16, 3


def adjacency(count, edges):
    """Edges count as undirected: the larger of the numbers of edges in the two directions."""
    a = np.zeros((count, count))
    for source, destination in edges:
        a[source, destination] += 1
    return np.maximum(a, a.T)


def random_walk(a):
    walk = a / np.maximum(a.sum(0), 1)
    power, columns = np.eye(len(a)), []
    for _ in range(STEPS):
        power = power @ walk
        columns.append(np.diag(power))
    return np.stack(columns, 1)


def laplacian(a):
    scale = 1 / np.sqrt(np.maximum(a.sum(1), 1))
    return np.eye(len(a)) - scale[:, None] * a * scale


def roles(count, edges):
    colors = ["1"] * count
    a = adjacency(count, edges).astype(int)
    for _ in range(ROUNDS):
        texts = []
        for node in range(count):
            around = sorted(colors[s] for s in range(count) for _ in range(a[node, s]))
            texts.append("_".join([colors[node]] + around))
        digests = [hashlib.md5(text.encode()).hexdigest() for text in texts]
        numbers = {digest: index + 1 for index, digest in enumerate(sorted(set(digests)))}
        colors = [str(numbers[digest]) for digest in digests]
    return [int(color) for color in colors]


def spectrum(a):
    """Eigenvalues, and the Gram matrix of the first COUNT eigenvectors with rows of length 1, which
    doesn't depend on signs and bases where the last eigenvalue taken is not repeated beyond."""
    values, vectors = np.linalg.eigh(laplacian(a))
    taken = vectors[:, :COUNT]
    taken = taken / np.maximum(np.linalg.norm(taken, axis=1, keepdims=True), 1e-12)
    gap = values[COUNT] - values[COUNT - 1] if len(values) > COUNT else 1.0
    gram = (taken @ taken.T).ravel().tolist() if gap > 1e-6 else None
    return values[:COUNT].tolist(), gram


def case(random, count, density, directed=False, loop=False):
    edges = []
    for first in range(count):
        for second in range(first):
            if random.random() < density:
                edges.append((first, second))
                if not directed:
                    edges.append((second, first))
    if loop:
        edges.append((count - 1, count - 1))
    order = random.permutation(len(edges))
    edges = [edges[index] for index in order]
    a = adjacency(count, edges)
    kernel = np.linalg.matrix_power(np.eye(count) - GAMMA * laplacian(a), POWER)
    values, gram = spectrum(a)
    return {
        "nodes": count,
        "sources": [s for s, _ in edges],
        "destinations": [d for _, d in edges],
        "randomWalk": random_walk(a).ravel().tolist(),
        "kernel": kernel.ravel().tolist(),
        "eigenvalues": values,
        "gram": gram,
        "roles": roles(count, edges),
    }


random = np.random.default_rng(20240917)
cases = [
    case(random, 12, 0.3),
    case(random, 25, 0.12),
    case(random, 9, 0.5, directed=True),
    case(random, 7, 0.4, loop=True),
    case(random, 4, 0.7),
    case(random, 30, 0.03),
    case(random, 1, 0.0),
]
target = Path(__file__).parent.parent / "Truth" / "encodings.json"
target.write_text(json.dumps(cases) + "\n")

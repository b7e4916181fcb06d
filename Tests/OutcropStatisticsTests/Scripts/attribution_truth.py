#!/usr/bin/env python3
"""Writes Truth/attribution.json: enrichment of edge types and rank correlations.

Needs numpy and scipy. Run from anywhere: python3 attribution_truth.py
"""
import json
import pathlib

import numpy as np
from scipy import stats

OUT = pathlib.Path(__file__).parent.parent / "Truth" / "attribution.json"
random = np.random.default_rng(20)
LEVELS = [0.8, 0.95, 0.99]
MASK = (1 << 64) - 1
STEP = 0x9E3779B97F4A7C15


def scattered(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


class Resample:
    """RandomGenerator(seed: seed, stream: mixed(number)): xoshiro256++ seeded through SplitMix64."""

    def __init__(self, seed, number):
        family = Resample.words(seed)
        first = Resample.step(family)
        self.state = Resample.words((first + scattered(number) * STEP) & MASK)

    @staticmethod
    def words(seed):
        return [scattered((seed + k * STEP) & MASK) for k in range(1, 5)]

    @staticmethod
    def step(s):
        def rotated(x, k):
            return ((x << k) | (x >> (64 - k))) & MASK

        result = (rotated((s[0] + s[3]) & MASK, 23) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)
        return result

    def below(self, bound):
        product = Resample.step(self.state) * bound
        if product & MASK < bound:
            excess = (2**64 - bound) % bound
            while product & MASK < excess:
                product = Resample.step(self.state) * bound
        return product >> 64


def enrichment(graphs, types):
    """From the definition, graph by graph, nothing multiplied out."""
    edges = random.poisson(12, (graphs, types)) * (random.random((graphs, types)) < 0.7)
    rate = random.gamma(0.4, 0.5, (graphs, 1)) * np.linspace(0.2, 1.4, types)
    massive = random.poisson(edges * rate)
    a, b = massive.sum(1), edges.sum(1)
    results = []
    for t in range(types):
        at, bt = massive[:, t], edges[:, t]
        if at.sum() == 0:
            continue
        ratio = (at.sum() / a.sum()) / (bt.sum() / b.sum())
        residual = at / at.sum() - a / a.sum() - bt / bt.sum() + b / b.sum()
        error = np.sqrt(graphs / (graphs - 1) * (residual**2).sum())
        limits = []
        for level in LEVELS:
            z = stats.norm.ppf((1 + level) / 2)
            limits.append([np.exp(np.log(ratio) - z * error), np.exp(np.log(ratio) + z * error)])
        results.append({"type": t, "ratio": ratio, "limits": limits})
    return {"massive": massive.tolist(), "edges": edges.tolist(), "results": results}


def spearman(name, x, y, graphs, seed=0, resamples=0, infinity=None):
    x, y, graphs = np.asarray(x, float), np.asarray(y, float), np.asarray(graphs)
    rho = stats.spearmanr(x, y).statistic
    z = stats.norm.ppf(0.975)
    error = np.sqrt((1 + rho**2 / 2) / (len(x) - 3))
    result = {
        "name": name, "x": x.tolist(), "y": y.tolist(), "graphs": graphs.tolist(), "rho": rho,
        "independent": [np.tanh(np.arctanh(rho) - z * error), np.tanh(np.arctanh(rho) + z * error)],
        "seed": seed, "resamples": resamples, "interval": [],
    }
    if resamples:
        names = list(dict.fromkeys(graphs.tolist()))
        rows = [np.flatnonzero(graphs == graph) for graph in names]
        values = []
        for number in range(resamples):
            source = Resample(seed, number)
            drawn = np.concatenate([rows[source.below(len(rows))] for _ in rows])
            values.append(stats.spearmanr(x[drawn], y[drawn]).statistic)
        result["interval"] = np.quantile(values, [0.025, 0.975]).tolist()
    return result


graphs = np.repeat(np.arange(15) * 3 + 7, random.integers(2, 12, 15))
shift = random.normal(size=60)[graphs]
x = random.normal(size=len(graphs)) + shift
cases = [
    spearman("plain", x, -x + random.normal(size=len(x)), graphs, 5, 200),
    spearman("ties", np.round(x), np.round(0.5 * x + random.normal(size=len(x))), graphs, 9, 200),
    spearman("two values", x > 0, np.round(x + 2 * random.normal(size=len(x))), graphs, 1, 100),
    spearman("one pair each", x[:40], random.normal(size=40), np.arange(40), 3, 100),
]
tails = [0.5, 0.49999, 0.4, 0.1, 0.025, 0.005, 1e-4, 1e-9, 1e-30, 1e-300, 0.7, 0.975, 1 - 1e-9]
OUT.write_text(json.dumps({
    "levels": LEVELS,
    "normal": [[tail, stats.norm.isf(tail)] for tail in tails],
    "enrichment": [enrichment(*shape) for shape in [(2, 2), (7, 3), (60, 4), (500, 5)]],
    "spearman": cases,
}, indent=0).replace("\n", "") + "\n")

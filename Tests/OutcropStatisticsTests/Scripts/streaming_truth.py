#!/usr/bin/env python3
"""Writes Truth/streaming.json: a summary's figures by NumPy, bootstrap p-values by SciPy.

Needs numpy and scipy. Run from anywhere: python3 streaming_truth.py (some minutes)
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
from scipy import optimize, special, stats

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent.parent / "Truth" / "streaming.json"
EPS = np.float32(2.220446049250313e-16)
THRESHOLDS = [2.0, 10.0, 100.0, 1000.0]


def plain(x):
    """JSON has no NaN and no infinities: zeros stand in for them, and "nan" and "infinity" say where."""
    return float(x) if np.isfinite(x) else 0.0


rng = np.random.default_rng(11)
offsets = [0, 13, 13, 40, 90]
x = (rng.normal(size=(90, 6)) * np.exp(rng.normal(size=(90, 6)))).astype(np.float32)
x[3] = 0
x[5, :4] = 0
x[20, 2] = np.nan
x[50, 1] *= 5000
x[61, 4] = np.inf
types = rng.integers(0, 3, 90)


def scope(kind):
    ratios = np.empty_like(x)
    medians = []
    for a, b in zip(offsets, offsets[1:]):
        if a == b:
            continue
        magnitudes = np.abs(x[a:b])
        m = np.median(magnitudes, axis=1, keepdims=True) if kind == "edge" else np.median(magnitudes)
        medians += np.ravel(m).tolist()
        ratios[a:b] = magnitudes / m
    y = -np.log10((ratios + EPS).astype(np.float64))
    finite = y[np.isfinite(y)]
    top = np.nanmax(np.where(np.isnan(ratios), -1, ratios), axis=1)
    result = {
        "zero_medians": int(np.sum(np.array(medians) == 0)),
        "nan_medians": int(np.sum(np.isnan(medians))),
        "nan_ratios": int(np.isnan(ratios).sum()),
        "infinite_ratios": int(np.isinf(ratios).sum()),
        "entries": [int((ratios > t).sum()) for t in THRESHOLDS],
        "finite_entries": [int(((ratios > t) & np.isfinite(ratios)).sum()) for t in THRESHOLDS],
        "rows": [int((top > t).sum()) for t in THRESHOLDS],
        "largest_finite": float(ratios[np.isfinite(ratios)].max()),
        "y_count": len(finite), "y_mean": float(finite.mean()), "y_sd": float(finite.std()),
        "y_min": float(finite.min()), "y_max": float(finite.max()),
        "y_quartiles": np.quantile(finite, [0.25, 0.5, 0.75]).tolist(),
        "type_rows": [int((types == t).sum()) for t in range(3)],
        "type_entries": [[int((ratios[types == k] > t).sum()) for t in THRESHOLDS] for k in range(3)],
    }
    sums = np.zeros((3, 14))
    for a, b in zip(offsets, offsets[1:]):
        massive = top[a:b] > 10
        for k in range(3):
            own = types[a:b] == k
            v = np.array([own.sum(), b - a, (massive & own).sum(), massive.sum()], float)
            pairs = [v[i] * v[j] for i in range(4) for j in range(i, 4)]
            sums[k] += np.concatenate([v, pairs])
    result["sums"] = sums.astype(int).tolist()
    return result


def best_fit(y):
    """The gamma distribution of the largest likelihood: SciPy's own search misses it for some samples."""
    best = None
    for gap in np.exp(np.linspace(-18, 9.2103, 400)) * y.std():
        z = y - y.min() + gap
        s = np.log(z.mean()) - np.log(z).mean()
        a = optimize.brentq(lambda a: np.log(a) - special.digamma(a) - s, 1e-3, 1e12)
        fit = (a, y.min() - gap, z.mean() / a)
        likelihood = np.mean(stats.gamma.logpdf(y, *fit))
        if best is None or likelihood > best[0]:
            best = (likelihood, fit)
    return best[1]


tests = []
for name, y in [("gamma", rng.gamma(4, 0.5, 400) - 2),
                ("two humps", np.concatenate([rng.normal(0, 1, 150), rng.normal(3.2, 1, 150)])),
                ("uniform", rng.uniform(0, 2, 120)),
                ("log-normal", rng.lognormal(0, 0.6, 250))]:
    y = y.astype(np.float32).astype(np.float64)
    result = stats.goodness_of_fit(
        stats.gamma, y, statistic="ks", n_mc_samples=299,
        rng=np.random.default_rng(5))
    tests.append({"name": name, "values": [float(v) for v in y], "p": float(result.pvalue),
                  "statistic": float(stats.kstest(y, "gamma", best_fit(y)).statistic)})
    print(name, result.statistic, result.pvalue)

OUT.write_text(json.dumps({
    "made_by": "Scripts/streaming_truth.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__},
    "summary": {"values": [plain(v) for v in x.ravel()], "nan": 20 * 6 + 2, "infinity": 61 * 6 + 4,
                "offsets": offsets, "types": types.tolist(), "thresholds": THRESHOLDS,
                "edge": scope("edge"), "batch": scope("batch")},
    "bootstrap": tests,
}, separators=(",", ":")) + "\n")
print(OUT, OUT.stat().st_size, "bytes")

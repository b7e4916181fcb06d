#!/usr/bin/env python3
"""Writes Truth/statistics.json: reference values from mpmath, SciPy and NumPy.

Needs numpy, scipy and mpmath. Run from anywhere: python3 statistics_truth.py
"""
import json
import pathlib

import mpmath
import numpy as np
import scipy
from scipy import stats

mpmath.mp.dps = 120
OUT = pathlib.Path(__file__).parent.parent / "Truth" / "statistics.json"


def num(x):
    return float(mpmath.nstr(x, 25)) if isinstance(x, mpmath.mpf) else float(x)


def incomplete_gamma(a, x):
    """(P, Q) with enough digits at any size of a."""
    a, x = mpmath.mpf(a), mpmath.mpf(x)
    # Kummer's series for P, all terms positive.
    term = 1 / a
    total = term
    n = 0
    while term > total * mpmath.mpf(10) ** -110:
        n += 1
        term *= x / (a + n)
        total += term
    p = total * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a))
    return p, 1 - p


special = []
for x in [1e-8, 1e-3, 0.1, 0.5, 1.0, 1.25, 1.4616, 2.0, 3.7, 9.99, 12.0, 15.9, 16.1, 50.0, 1e3, 1e6]:
    m = mpmath.mpf(x)
    special.append([x, num(mpmath.loggamma(m)), num(mpmath.digamma(m)), num(mpmath.polygamma(1, m)),
                    num(mpmath.log(m) - mpmath.digamma(m))])

incomplete = []
for a in [0.05, 0.5, 1.0, 2.5, 7.9, 15.5, 19.9, 20.0, 25.0, 60.0, 147.0, 1000.0, 2e4]:
    for f in [1e-3, 0.1, 0.29, 0.31, 0.6, 0.9, 0.99, 1.0, 1.02, 1.1, 1.5, 2.0, 2.3, 2.4, 4.0]:
        if a >= 1000 and not 0.9 <= f <= 1.1:
            continue
        p, q = incomplete_gamma(a, a * f)
        if min(p, q) > mpmath.mpf(10) ** -40:
            incomplete.append([a, a * f, num(p), num(q)])

gamma = []
for shape, loc, scale in [(0.5, -1.0, 2.0), (1.0, 0.0, 1.0), (5.5, -1.9, 0.384), (15.9, 2.0, 0.1),
                          (16.1, 2.0, 0.1), (146.0, -8.4, 0.058), (1e6, -1000.0, 1e-3)]:
    d = stats.gamma(shape, loc, scale)
    for q in [0.001, 0.2, 0.5, 0.9, 0.9999]:
        x = float(d.ppf(q))
        z = (mpmath.mpf(x) - mpmath.mpf(loc)) / mpmath.mpf(scale)
        a = mpmath.mpf(shape)
        logpdf = (a - 1) * mpmath.log(z) - z - mpmath.loggamma(a) - mpmath.log(mpmath.mpf(scale))
        p, s = incomplete_gamma(a, z) if shape < 1e5 else (d.cdf(x), d.sf(x))
        gamma.append([shape, loc, scale, x, num(logpdf), num(p), num(s)])

kolmogorov = []
for n in [1, 2, 5, 10, 50, 100, 139, 140, 141, 300, 1000, 4656, 5000, 10000]:
    for z in [0.3, 0.45, 0.6, 0.8, 1.0, 1.2, 1.4, 1.48, 1.49, 1.8, 1.99, 2.01, 2.6, 4.0, 9.0, 15.0]:
        d = z / np.sqrt(n)
        if d < 1:
            kolmogorov.append([n, d, float(stats.kstwo.sf(d, n))])
    for d in [0.51 / n, 0.7 / n, 1.0 / n, 1 - 0.9 / n, 0.5]:
        if 0 < d < 1:
            kolmogorov.append([n, d, float(stats.kstwo.sf(d, n))])
limit = [[x, float(stats.kstwobign.sf(x))] for x in [0.1, 0.3, 0.5, 0.8, 0.99, 1.0, 1.3, 2, 5, 15]]

rng = np.random.default_rng(7)
fits = []
for name, x in [("shape 2.5", rng.gamma(2.5, 1.5, 4000) + 3),
                ("shape 40", rng.gamma(40, 0.1, 4000) - 1)]:
    x = np.round(x, 6)
    fit = stats.gamma.fit(x)
    fits.append({"name": name, "values": x.tolist(),
                 "scipy_fit": list(map(float, fit)),
                 "scipy_mean_loglikelihood": float(np.mean(stats.gamma.logpdf(x, *fit))),
                 "ks_statistic_against_scipy_fit": float(stats.kstest(x, "gamma", fit).statistic)})

a, b = rng.normal(size=700).astype(np.float32), rng.normal(0.2, 1.1, size=900).astype(np.float32)
a[:50] = b[:50]
two = stats.ks_2samp(a, b)

h = rng.normal(size=5000).astype(np.float32)
counts, edges = np.histogram(h.astype(np.float64), bins=1000)
grid = (np.arange(1001) % 201).astype(np.float32) / np.float32(20)
grid_counts, grid_edges = np.histogram(grid.astype(np.float64), bins=100)

OUT.write_text(json.dumps({
    "made_by": "Scripts/statistics_truth.py",
    "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mpmath.__version__},
    "special": special, "incomplete": incomplete, "gamma": gamma,
    "kolmogorov": kolmogorov, "kolmogorov_limit": limit, "fits": fits,
    "two_sample": {"first": a.tolist(), "second": b.tolist(), "statistic": float(two.statistic),
                   "kstwobign": float(stats.kstwobign.sf(two.statistic * np.sqrt(700 * 900 / 1600)))},
    "histograms": [
        {"values": h.tolist(), "counts": counts.tolist(), "first_edges": edges[:5].tolist()},
        {"values": grid.tolist(), "counts": grid_counts.tolist(),
         "first_edges": grid_edges[:5].tolist()}],
}, indent=None, separators=(",", ":")) + "\n")
print(OUT, OUT.stat().st_size, "bytes")

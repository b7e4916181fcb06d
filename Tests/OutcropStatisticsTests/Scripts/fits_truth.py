#!/usr/bin/env python3
"""Writes Truth/fits.json: densities and maximum-likelihood fits of SciPy.

Needs numpy and scipy. Run from anywhere: python3 fits_truth.py
"""
import json
import pathlib
import warnings

import numpy as np
from scipy import optimize, stats

warnings.filterwarnings("ignore")
OUT = pathlib.Path(__file__).parent.parent / "Truth" / "fits.json"
rng = np.random.default_rng(7)
families = {
    "gamma": stats.gamma, "logNormal": stats.lognorm, "weibull": stats.weibull_min,
    "generalizedGamma": stats.gengamma, "generalizedExtremeValue": stats.genextreme,
    "generalizedPareto": stats.genpareto,
}


def shapes(family, values):
    """SciPy's shapes for ours, and back."""
    return [-values[0]] if family == "generalizedExtremeValue" else list(values)


densities = []
for family, all_shapes in [
        ("gamma", [[0.5], [5.5]]), ("logNormal", [[0.3], [1.4]]), ("weibull", [[0.7], [1.0], [3.4]]),
        ("generalizedGamma", [[0.6, 0.8], [3.0, 2.5], [20.0, 0.7]]),
        ("generalizedExtremeValue", [[-0.4], [0.0], [1e-9], [0.25]]), ("generalizedPareto", [[-0.3], [0.0], [0.4]])]:
    for own in all_shapes:
        d = families[family](*shapes(family, own), loc=1.5, scale=0.8)
        for q in [1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-9]:
            x = float(d.ppf(q))
            densities.append(dict(family=family, shapes=own, location=1.5, scale=0.8, x=x,
                                  logDensity=float(d.logpdf(x)), cumulative=float(d.cdf(x)),
                                  survival=float(d.sf(x))))


def fitted(family, data, **fixed):
    """The best of SciPy's fits from several starts, polished: mean log-likelihood and parameters."""
    dist = families[family]
    best = None
    starts = [()] if family != "generalizedGamma" else [(1, 1), (3, 1), (1, 2), (5, 0.7)]
    for start in starts:
        try:
            parameters = dist.fit(data, *start, **fixed)
        except Exception:
            continue
        def loss(p):
            value = -np.mean(dist.logpdf(data, *p[:-2], loc=fixed.get("floc", p[-2]), scale=p[-1]))
            return value if np.isfinite(value) else 1e9
        found = optimize.minimize(loss, parameters, method="Nelder-Mead",
                                  options=dict(xatol=1e-9, fatol=1e-13, maxiter=20000, maxfev=20000))
        if best is None or found.fun < best.fun:
            best = found
    p = list(best.x)
    if "floc" in fixed:
        p[-2] = fixed["floc"]
    return -float(best.fun), [float(v) for v in p]


samples = {
    "gamma": stats.gamma(6, 1, 0.4).rvs(400, random_state=rng),
    "logNormal": stats.lognorm(0.5, -1, 2).rvs(400, random_state=rng),
    "weibull": stats.weibull_min(1.8, 3, 2).rvs(400, random_state=rng),
    "generalizedGamma": stats.gengamma(2.5, 1.6, -2, 1.5).rvs(600, random_state=rng),
    "generalizedExtremeValue": stats.genextreme(0.15, 4, 0.3).rvs(300, random_state=rng),
    "extremes": stats.genextreme(-0.2, 4, 0.3).rvs(120, random_state=rng),
    # -log10 of ratios of products of normal numbers, like an untrained layer's.
    "ratios": -np.log10(np.abs(rng.standard_normal((40, 64)) * rng.standard_normal((40, 64))
                               * rng.standard_normal((40, 64))) / 0.2).ravel(),
}
fits = []
for name, data in samples.items():
    data = data.astype(np.float32).astype(np.float64)
    for family in families:
        if family == "generalizedPareto":
            floc = float(data.min())
            likelihood, parameters = fitted(family, data, floc=floc)
        else:
            likelihood, parameters = fitted(family, data)
        fits.append(dict(sample=name, family=family, meanLogLikelihood=likelihood, parameters=parameters))
        print(name, family, likelihood, parameters)
samples = {k: [float(v) for v in x.astype(np.float32)] for k, x in samples.items()}
OUT.write_text(json.dumps(dict(densities=densities, samples=samples, fits=fits), separators=(",", ":")) + "\n")

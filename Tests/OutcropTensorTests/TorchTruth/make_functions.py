"""Writes functions.json beside itself: element-wise functions by mpmath with 50 digits.

For each function, arguments as float32 and float64 numbers, the results rounded to that precision, and
what rounding took away in units in the last place. Needs mpmath and numpy: python make_functions.py
"""
import json, math, pathlib
import numpy as np
import mpmath as mp

mp.mp.dps = 50
generator = np.random.default_rng(3)
inf, nan = math.inf, math.nan


def spread(low, high, count=24):
    """Both signs, magnitudes evenly over the exponents."""
    m = np.exp(generator.uniform(np.log(low), np.log(high), count))
    return list(m * generator.choice([-1, 1], count))


def positive(low, high, count=24): return [abs(x) for x in spread(low, high, count)]
def even(low, high, count=16): return list(generator.uniform(low, high, count))


sigmoid = lambda x: 1 / (1 + mp.exp(-x))
# Promised errors in ulp for float and double, the function, its arguments, its results at infinities.
functions = {
    "exp": (1.1, 1.05, mp.exp, lambda f: even(-103 if f else -745, 88.7 if f else 709.7, 40) + spread(1e-9, 1), (0.0, inf)),
    "expm1": (2, 2, mp.expm1, lambda f: even(-30, 88.6 if f else 709, 30) + spread(1e-30, 2), (-1.0, inf)),
    "log": (1, 1, mp.log, lambda f: positive(1e-45 if f else 5e-324, 3e38 if f else 1.7e308, 40) + even(0.3, 3), (nan, inf)),
    "log1p": (1, 1, mp.log1p, lambda f: positive(1e-30, 1e30) + even(-0.999, 3), (nan, inf)),
    "log2": (1, 1, lambda x: mp.log(x, 2), lambda f: positive(1e-45 if f else 5e-324, 1e38) + even(0.3, 3) + [8.0, 0.25], (nan, inf)),
    "log10": (1, 1, mp.log10, lambda f: positive(1e-45 if f else 5e-324, 1e38) + even(0.3, 3) + [1000.0], (nan, inf)),
    "rsqrt": (1.5, 1.5, lambda x: 1 / mp.sqrt(x), lambda f: positive(1e-30, 1e30), (nan, 0.0)),
    "sin": (1, 1, mp.sin, lambda f: even(-10, 10) + spread(1e-30, 4e5) + spread(1e6, 1e30) + [math.pi, 355.0], (nan, nan)),
    "cos": (1, 1, mp.cos, lambda f: even(-10, 10) + spread(1e-30, 4e5) + spread(1e6, 1e30) + [math.pi / 2], (nan, nan)),
    "tan": (1, 2.5, mp.tan, lambda f: even(-10, 10) + spread(1e-30, 4e5) + spread(1e6, 1e30) + [math.pi / 2], (nan, nan)),
    "asin": (1, 1, mp.asin, lambda f: even(-1, 1, 30) + spread(1e-30, 1) + [1.0, -1.0, 0.5], (nan, nan)),
    "acos": (1, 1, mp.acos, lambda f: even(-1, 1, 30) + spread(1e-30, 1) + [-1.0, 0.5], (nan, nan)),
    "atan": (1, 1, mp.atan, lambda f: even(-4, 4) + spread(1e-30, 1e30), (-math.pi / 2, math.pi / 2)),
    "sinh": (2.5, 2.5, mp.sinh, lambda f: even(-89.4 if f else -710.4, 89.4 if f else 710.4) + spread(1e-30, 3), (-inf, inf)),
    "cosh": (2, 2, mp.cosh, lambda f: even(-89.4 if f else -710.4, 89.4 if f else 710.4) + spread(1e-10, 3), (inf, inf)),
    "tanh": (2.5, 2.5, mp.tanh, lambda f: even(-4, 4, 30) + spread(1e-30, 30), (-1.0, 1.0)),
    "asinh": (2, 2, mp.asinh, lambda f: even(-3, 3) + spread(1e-30, 1e30), (-inf, inf)),
    "acosh": (2.5, 2.5, mp.acosh, lambda f: even(1, 3) + positive(1, 1e30), (nan, inf)),
    "atanh": (2, 2, mp.atanh, lambda f: even(-1, 1) + spread(1e-30, 1), (nan, nan)),
    "erf": (1.5, 1.5, mp.erf, lambda f: even(-4, 4, 40) + spread(1e-30, 6), (-1.0, 1.0)),
    "sigmoid": (2.5, 2.5, sigmoid, lambda f: even(-86 if f else -700, 40) + even(-5, 5), (0.0, 1.0)),
    "softplus": (2, 2, lambda x: mp.log1p(mp.exp(-abs(x))) + max(x, 0), lambda f: even(-86 if f else -700, 40) + even(-5, 5), (0.0, inf)),
    "silu": (3.5, 3.5, lambda x: x * sigmoid(x), lambda f: even(-80, 40) + spread(1e-20, 5), (nan, inf)),
}


def number(x):
    if math.isnan(x): return "nan"
    if math.isinf(x): return "inf" if x > 0 else "-inf"
    return x


def points(function, arguments, ends, real):
    with np.errstate(over="ignore", under="ignore"):
        xs = [float(real(x)) for x in arguments if np.isfinite(real(x))]
    rows = []
    for x in xs:
        exact = function(mp.mpf(x))
        with np.errstate(over="ignore", under="ignore"):
            y = float(real(mp.nstr(exact, 40)))
        if not math.isfinite(y) or y == 0 and x != 0: continue
        step = float(np.spacing(abs(real(y))))
        rows.append((x, y, round(float((exact - mp.mpf(y)) / step), 4)))
    for x, y in ((-inf, ends[0]), (inf, ends[1]), (nan, nan)):
        rows.append((x, float(real(y)), 0.0 if not math.isfinite(y) or y == int(y) else 0.5))
    return {"x": [number(r[0]) for r in rows], "y": [number(r[1]) for r in rows], "rest": [r[2] for r in rows]}


result = []
for name, (float_ulp, double_ulp, function, arguments, ends) in functions.items():
    result.append({"function": name, "ulp": [float_ulp, double_ulp],
                   "float": points(function, arguments(True), ends, np.float32),
                   "double": points(function, arguments(False), ends, np.float64)})
target = pathlib.Path(__file__).with_name("functions.json")
target.write_text(json.dumps(result, separators=(",", ":")).replace('},{"function', '},\n{"function') + "\n")
print(len(result), "functions")

"""Writes linear_algebra.json beside itself: results of linear algebra by NumPy and SciPy in float64.

What is arbitrary in a decomposition is removed: R has a positive diagonal, and eigenvalues are sorted. The
tolerance of a case is 1e-10, or for ill-conditioned matrices 1e-15 times the condition number times 10 n.
Run: python make_truth.py
"""
import json, pathlib
import numpy as np
import scipy.linalg as sl

random = np.random.default_rng(7)
cases = []


def draw(m, n):
    """Normal numbers with few digits, to keep the file small."""
    return np.round(random.normal(size=(m, n)), 3)


def plain(x):
    x = np.asarray(x, dtype=float)
    return {"shape": list(x.shape), "values": [int(v) if v == int(v) else v for v in x.flatten().tolist()]}


def case(operation, note, inputs, expected, tolerance=1e-10):
    cases.append({
        "operation": operation, "note": note, "tolerance": tolerance,
        "inputs": {k: plain(v) for k, v in inputs.items()},
        "expected": {k: plain(v) for k, v in expected.items()},
    })


def tolerance(a, power=1):
    if min(a.shape) == 0:
        return 1e-10
    return max(1e-10, 1e-14 * max(a.shape) * np.linalg.cond(a) ** power)


def spread(m, n, condition):
    """A matrix of the given condition number."""
    k = min(m, n)
    u, _ = np.linalg.qr(random.normal(size=(m, k)))
    v, _ = np.linalg.qr(random.normal(size=(n, k)))
    return (u * np.logspace(0, -np.log10(condition), k)) @ v.T


square = {
    "empty": np.zeros((0, 0)), "1 x 1": np.array([[-2.5]]), "2 x 2": draw(2, 2),
    "5 x 5": draw(5, 5), "9 x 9": draw(9, 9),
    "Hilbert": sl.hilbert(6), "condition 1e8": spread(7, 7, 1e8),
    "needs pivoting": np.array([[0.0, 1, 2], [1, 0, 3], [4, -3, 8]]),
}
rectangular = square | {
    "tall": draw(6, 3), "wide": draw(3, 6),
    "one column": draw(5, 1), "one row": draw(1, 5),
    "no columns": np.zeros((3, 0)), "no rows": np.zeros((0, 3)),
}
deficient = {
    "rank 2, 4 x 4": draw(4, 2) @ draw(2, 4),
    "rank 2, 6 x 3": draw(6, 2) @ draw(2, 3),
    "rank 1, 3 x 5": np.outer(draw(3, 1), draw(5, 1)),
    "zero": np.zeros((3, 4)),
}

for note, a in square.items():
    n = len(a)
    b = draw(n, 2)
    case("solve", note, {"a": a, "b": b}, {"x": np.linalg.solve(a, b)}, tolerance(a))
    case("inverse", note, {"a": a}, {"x": np.linalg.inv(a)}, tolerance(a))
    case("determinant", note, {"a": a}, {"x": [np.linalg.det(a)]}, tolerance(a))
    sign, logarithm = np.linalg.slogdet(a)
    case("logDeterminant", note, {"a": a}, {"sign": [sign], "logarithm": [logarithm]}, tolerance(a))
    values = np.linalg.eigvals(a)
    order = np.lexsort((np.round(values.imag, 8), np.round(values.real, 8)))
    case("eigen", note, {"a": a}, {"real": values.real[order], "imaginary": values.imag[order]},
         1e-10 if note != "condition 1e8" else 1e-7)
    s = a + a.T
    case("symmetricEigen", note, {"a": s}, {"values": np.linalg.eigvalsh(s)})
    if n:
        case("matrixExponential", note, {"a": a}, {"x": sl.expm(a)})
    for exponent in [0, 1, 2, 7, -3]:
        if exponent >= 0 or note not in ["Hilbert", "condition 1e8"]:
            case(f"matrixPower", f"{note}, {exponent}", {"a": a, "exponent": [exponent]},
                 {"x": np.linalg.matrix_power(a, exponent)}, tolerance(a))
    g = a @ a.T + (0.1 * np.eye(n) if note not in ["Hilbert", "condition 1e8"] else 1e-8 * np.eye(n))
    c = np.linalg.cholesky(g)
    case("cholesky", note, {"a": g}, {"x": c}, tolerance(g, 0.5))
    case("choleskySolve", note, {"a": c, "b": b},
         {"x": np.linalg.solve(c.T, np.linalg.solve(c, b))}, tolerance(g))
    case("choleskyInverse", note, {"a": c}, {"x": np.linalg.inv(g)}, tolerance(g))
    for name, lower, trans, unit in [("lower", True, 0, False), ("upper", False, 0, False),
                                     ("lower transposed", True, 1, False), ("upper transposed unit", False, 1, True)]:
        t = a + 3 * np.eye(n)
        if n:
            x = sl.solve_triangular(t, b, trans=trans, lower=lower, unit_diagonal=unit)
            case("triangularSolve", f"{note}, {name}", {
                "a": t, "b": b, "options": [float(lower), float(trans), float(unit)]}, {"x": x})
for scale in [1e-4, 0.1, 0.6, 1.5, 4, 30]:
    a = scale * draw(4, 4)
    case("matrixExponential", f"scale {scale}", {"a": a}, {"x": sl.expm(a)}, 1e-10)
case("matrixExponential", "nilpotent", {"a": np.diag([1.0, 2, 3], 1)}, {"x": sl.expm(np.diag([1.0, 2, 3], 1))})
large = np.diag([1e200, 1e200, 1e-300])
case("determinant", "no overflow in between", {"a": large}, {"x": [1e100]}, 1e-12)
case("determinant", "zero after overflow", {"a": np.diag([1e200, 1e200, 0])}, {"x": [0]})
case("logDeterminant", "beyond the range", {"a": 1e200 * np.eye(3)},
     {"sign": [1], "logarithm": [600 * np.log(10)]})

for note, a in (rectangular | deficient).items():
    m, n = a.shape
    if min(m, n):
        p, l, u = sl.lu(a)
        if note != "zero" and not note.startswith("rank"):
            case("lu", note, {"a": a}, {"p": p, "l": l, "u": u}, tolerance(a))
            q, r = np.linalg.qr(a)
            sign = np.where(np.diag(r) < 0, -1.0, 1.0)
            case("qr", note, {"a": a}, {"q": q * sign, "r": r * sign[:, None]}, tolerance(a))
    case("svd", note, {"a": a}, {"values": np.linalg.svd(a, compute_uv=False) if min(m, n) else []})
    b = draw(m, 2)
    bad = note in ["Hilbert", "condition 1e8"]
    if min(m, n):
        x, _, rank, values = np.linalg.lstsq(a, b, rcond=None)
        case("leastSquares", note, {"a": a, "b": b}, {"x": x, "rank": [rank], "values": values},
             max(1e-10, tolerance(a)) if bad else 1e-10)
        case("pseudoInverse", note, {"a": a}, {"x": np.linalg.pinv(a, rcond=max(m, n) * 2.0 ** -52)},
             tolerance(a) if bad else 1e-10)
        case("rank", note, {"a": a}, {"x": [np.linalg.matrix_rank(a)]})
        norms = {"frobenius": "fro", "one": 1, "infinity": np.inf, "two": 2, "nuclear": "nuc"}
        case("norm", note, {"a": a}, {k: [np.linalg.norm(a, v)] for k, v in norms.items()})
        if note not in deficient:
            case("conditionNumber", note, {"a": a}, {"two": [np.linalg.cond(a)]}, tolerance(a))
            if m == n:
                case("conditionNumber", note, {"a": a}, {
                    "frobenius": [np.linalg.cond(a, "fro")], "one": [np.linalg.cond(a, 1)],
                    "infinity": [np.linalg.cond(a, np.inf)]}, tolerance(a))
    case("trace", note, {"a": a}, {"x": [np.trace(a)]})
    b = draw(2, 2)
    case("kronecker", note, {"a": a, "b": b}, {"x": np.kron(a, b)})

path = pathlib.Path(__file__).parent / "linear_algebra.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")

"""Writes linear_algebra.json beside itself: linear algebra and its gradients by PyTorch in float64.

What is arbitrary in a decomposition (signs of vectors) is removed by functions that do not depend on it. The
tolerance of a case is 1e-10, or for ill-conditioned matrices 1e-14 n times the condition number, squared for
gradients. Run with any PyTorch: python make_linear_algebra.py
"""
import json, pathlib
import torch
from torch import linalg

torch.manual_seed(21)
torch.set_default_dtype(torch.float64)
cases = []


def draw(*shape):
    """Normal numbers with few digits, to keep the file small."""
    return (torch.randn(shape) * 1000).round() / 1000


def plain(x):
    values = x.detach().double().flatten().tolist()
    return {"shape": list(x.shape), "values": [int(v) if v == int(v) else v for v in values]}


def case(operation, note, inputs, function, tolerance=1e-10, parameter=0):
    leaves = {k: v.clone().requires_grad_() for k, v in inputs.items()}
    ys = function(*leaves.values())
    ys = list(ys) if isinstance(ys, (tuple, list)) else [ys]
    weights = [draw(*y.shape) for y in ys]
    total = sum((y * w).sum() for y, w in zip(ys, weights))
    total.backward()
    cases.append({
        "operation": operation, "note": note, "tolerance": tolerance, "parameter": parameter,
        "inputs": {k: plain(v) for k, v in inputs.items()},
        "weights": [plain(w) for w in weights], "results": [plain(y) for y in ys],
        "gradients": {k: plain(v.grad) for k, v in leaves.items()},
    })


def spread(m, n, condition):
    k = min(m, n)
    u, v = linalg.qr(torch.randn(m, k))[0], linalg.qr(torch.randn(n, k))[0]
    return (u * torch.logspace(0, -torch.log10(torch.tensor(float(condition))).item(), k)) @ v.T


def tolerance(a, power):
    if a.numel() == 0:
        return 1e-10
    return max(1e-10, 1e-14 * max(a.shape[-2:]) * linalg.cond(a).max().item() ** power)


square = {
    "empty": draw(0, 3, 3), "no rows": draw(0, 0), "1 x 1": draw(1, 1), "3 x 3": draw(3, 3),
    "batch": draw(3, 4, 4), "two leading axes": draw(2, 2, 2, 2), "condition 1e3": spread(4, 4, 1e3),
    "6 x 6": draw(6, 6),
}
rectangular = square | {"tall": draw(5, 3), "wide": draw(3, 5), "batch of tall": draw(2, 4, 2)}

for note, a in square.items():
    n = a.shape[-1]
    t = tolerance(a, 2)
    case("solve", note, {"a": a, "b": draw(*a.shape[:-1], 2)}, linalg.solve, t)
    case("inverse", note, {"a": a}, linalg.inv, t)
    case("determinant", note, {"a": a}, linalg.det, t)
    case("logDeterminant", note, {"a": a}, lambda a: linalg.slogdet(a)[1], t)
    case("matrixExponential", note, {"a": a}, torch.matrix_exp if n else lambda a: a + 0, 1e-10)
    for p in [3, -2, 0]:
        case("matrixPower", f"{note}, {p}", {"a": a},
             lambda a: linalg.matrix_power(a, p) if p else torch.eye(n).expand(a.shape) + 0 * a, t, p)

    def definite(a):
        return a @ a.mT + 0.5 * torch.eye(n)
    case("cholesky", note, {"a": a}, lambda a: linalg.cholesky(definite(a)))

    def eigen(a):
        values, v = linalg.eigh(definite(a))
        return values, v * v, (v * values.tanh()[..., None, :]) @ v.mT
    case("symmetricEigen", note, {"a": a}, eigen, 1e-9)
    case("triangularSolve", note, {"a": a, "b": draw(*a.shape[:-1], 2)},
         lambda a, b: linalg.solve_triangular(a + 3 * torch.eye(n), b, upper=False))

    def lu(a):
        p, l, u = linalg.lu(a)
        return p, l, u
    case("lu", note, {"a": a}, lu, t)
for note, a, b in [("a broadcast", draw(3, 3), draw(2, 3, 2)), ("b broadcast", draw(2, 3, 3), draw(3, 1)),
                   ("vector", draw(3, 3), draw(3)), ("both", draw(2, 1, 2, 2), draw(3, 2, 2))]:
    case("solve", note, {"a": a, "b": b}, linalg.solve)
singular = torch.outer(torch.tensor([1., 2, 3]), torch.tensor([2., -1, 1])) + torch.outer(
    torch.tensor([1., 0, 1]), torch.tensor([1., 1, 0]))
case("determinant", "singular", {"a": singular}, lambda a: (
    a[0, 0] * (a[1, 1] * a[2, 2] - a[1, 2] * a[2, 1]) - a[0, 1] * (a[1, 0] * a[2, 2] - a[1, 2] * a[2, 0])
    + a[0, 2] * (a[1, 0] * a[2, 1] - a[1, 1] * a[2, 0])))
for note, a in rectangular.items():
    t = tolerance(a, 2)

    def qr(a):
        q, r = linalg.qr(a)
        return q * q, r * r
    case("qr", note, {"a": a}, qr, t)

    def svd(a):
        u, s, vh = linalg.svd(a, full_matrices=False)
        return s, u * u, vh * vh, (u * s.tanh()[..., None, :]) @ vh
    case("svd", note, {"a": a}, svd, max(t, 1e-9))
    case("singularValues", note, {"a": a}, linalg.svdvals)
    if a.numel():
        case("pseudoInverse", note, {"a": a}, linalg.pinv, t)
        case("leastSquares", note, {"a": a, "b": draw(*a.shape[:-1], 2)},
             lambda a, b: linalg.pinv(a) @ b, t)
        case("norms", note, {"a": a}, lambda a: [linalg.matrix_norm(a, p) for p in ["fro", 1, torch.inf, 2, "nuc"]])
        case("conditionNumber", note, {"a": a}, linalg.cond, t)
    case("norm", note, {"a": a}, lambda a: torch.linalg.vector_norm(a))
    case("trace", note, {"a": a}, lambda a: a.diagonal(dim1=-2, dim2=-1).sum(-1))
    if a.dim() == 2:
        case("kronecker", note, {"a": a, "b": draw(2, 2)}, torch.kron)
case("norm", "zero", {"a": torch.zeros(2, 3)}, lambda a: torch.linalg.vector_norm(a))

path = pathlib.Path(__file__).parent / "linear_algebra.json"
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
print(len(cases), "cases,", path.stat().st_size, "bytes")

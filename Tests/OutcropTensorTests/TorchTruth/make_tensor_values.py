"""Writes tensor_values.json beside itself: results and gradients of operations that make, index, reshape,
compare and sort tensors, by PyTorch in float64 and int64, and by NumPy where it is the model.

python make_tensor_values.py
"""
import json, math, pathlib
import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(7)
rng = np.random.default_rng(7)
cases = []
inf, nan = math.inf, math.nan


def plain(x):
    x = torch.as_tensor(x).detach()
    kind = "b" if x.dtype == torch.bool else "f" if x.is_floating_point() else "i"
    values = [str(v) if not math.isfinite(v) else int(v) if v == int(v) and str(v) != "-0.0" else v
              for v in (x.double() if kind == "f" else x.long()).flatten().tolist()]
    return {"s": list(x.shape), "t": kind, "v": values}


def case(operation, inputs, function, numbers=(), **integers):
    """`function` of the inputs; results y0, y1, … and the gradients of float inputs for random weights."""
    inputs = [torch.as_tensor(x) for x in inputs]
    leaves = [x.detach().clone().requires_grad_() if x.dtype == torch.float64 else x for x in inputs]
    outputs = function(*leaves)
    outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
    outputs = [torch.as_tensor(y) for y in outputs]
    weights = [draw(*y.shape) if y.requires_grad else None for y in outputs]
    total = sum((y * w).sum() for y, w in zip(outputs, weights) if w is not None)
    gradients = None
    if isinstance(total, torch.Tensor):
        tracked = [x for x in leaves if x.dtype == torch.float64]
        # Products with NaN or infinite results must not spoil the gradients.
        found = torch.autograd.grad(
            [y for y in outputs if y.requires_grad], tracked,
            [w for w in weights if w is not None], allow_unused=True)
        gradients = [plain(torch.zeros_like(x) if g is None else g) for x, g in zip(tracked, found)]
    cases.append({
        "operation": operation, "inputs": [plain(x) for x in inputs],
        "integers": integers, "numbers": list(numbers),
        "weights": [None if w is None else plain(w) for w in weights],
        "outputs": [plain(y) for y in outputs], "gradients": gradients,
    })


def draw(*shape):
    """Normal numbers with few digits, so that both precisions and the file hold them exactly."""
    return ((torch.randn(shape) * 16).round() / 16).double()


ties = torch.tensor([[2., 1, 2, 1], [3, 3, 0, 3], [-0., 0, 0, -1]]).double()
odd = torch.tensor([[nan, 1, inf, -inf], [2, nan, nan, -1], [inf, inf, -inf, 3]]).double()
# Shapes and values that every operation along an axis must bear.
everyday = [draw(3, 4), draw(2, 3, 4)[:, ::2].transpose(0, 2), torch.zeros(0, 3).double(), draw(1, 1),
            odd, ties, draw(2, 1, 3)]

for x in everyday:
    last = x.dim() - 1
    case("flattened", [x], lambda x: x.flatten(0, 1), first=0, last=1)
    case("flattened", [x], lambda x: x.flatten(), first=-x.dim(), last=-1)
    case("squeezed", [x], lambda x: x.squeeze())
    case("unsqueezed", [x], lambda x: x.unsqueeze(-1), axis=-1)
    case("unsqueezed", [x], lambda x: x.unsqueeze(1), axis=1)
    case("permuted", [x], lambda x: x.permute(*range(last, -1, -1)), order=list(range(last, -1, -1)))
    case("movedAxis", [x], lambda x: x.movedim(0, -1), source=0, target=-1)
    case("swappedAxes", [x], lambda x: x.swapaxes(-1, 0), first=-1, second=0)
    case("flipped", [x], lambda x: x.flip(0, -1), axes=[0, -1])
    case("rolled", [x], lambda x: x.roll(2, -1), shift=2, axis=-1)
    case("rolled", [x], lambda x: x.roll(-1, 0), shift=-1, axis=0)
    case("rolledFlat", [x], lambda x: x.roll(3), shift=3)
    case("tiled", [x], lambda x: x.tile(2, 1, 2), counts=[2, 1, 2])
    case("repeated", [x], lambda x: x.repeat_interleave(2, 0), count=2, axis=0)
    case("repeated", [x], lambda x: x.repeat_interleave(3, -1), count=3, axis=-1)
    case("broadcast", [x], lambda x: x.broadcast_to(2, *x.shape), shape=[2, *x.shape])
    case("padded", [x], lambda x: F.pad(x, (1, 2, 0, 3), value=0.5), [0.5], widths=[0, 3, 1, 2])
    case("lowerTriangle", [x], lambda x: x.tril(-1), diagonal=-1)
    case("upperTriangle", [x], lambda x: x.triu(1), diagonal=1)
    case("diagonal", [x], lambda x: x.diagonal(1, 0, 1), offset=1, first=0, second=1)
    case("diagonal", [x], lambda x: x.diagonal(-1, -1, 0), offset=-1, first=-1, second=0)
    case("concatenated", [x, x * 2], lambda a, b: torch.cat([a, b], -1), axis=-1)
    case("stacked", [x, x * 2], lambda a, b: torch.stack([a, b], 1), axis=1)
    case("stacked", [x, x * 2], lambda a, b: torch.stack([a, b], -1), axis=-1)
    case("split", [x], lambda x: x.split(2, -1), size=2, axis=-1)
    case("chunked", [x], lambda x: x.chunk(3, 1), count=3, axis=1)
    n = x.shape[0]
    if n:
        rows = torch.tensor([[0, n - 1], [-1, -n]])
        case("taken", [x, rows], lambda x, i: x[i % len(x)], axis=0)
    case("sorted", [x], lambda x: torch.sort(x, dim=-1, stable=True).values, axis=-1, descending=0)
    case("sorted", [x], lambda x:
         torch.sort(x, dim=0, descending=True, stable=True).values, axis=0, descending=1)
    case("argsort", [x], lambda x: torch.sort(x, dim=0, stable=True).indices, axis=0, descending=0)
    case("argsort", [x], lambda x: torch.sort(x, dim=-1, descending=True, stable=True).indices, axis=-1,
         descending=1)
    k = min(2, x.shape[-1])
    case("topK", [x], lambda x: (lambda s: (s.values[..., :k], s.indices[..., :k]))(
        torch.sort(x, dim=-1, descending=True, stable=True)), k=k, axis=-1, largest=1)
    case("topK", [x], lambda x: (lambda s: (s.values[:1], s.indices[:1]))(
        torch.sort(x, dim=0, stable=True)), k=min(1, n), axis=0, largest=0)
    if x.numel():
        for axis in [0, -1]:
            case("argmax", [x], lambda x: torch.as_tensor(np.argmax(x.detach().numpy(), axis)), axis=axis)
            case("argmin", [x], lambda x: torch.as_tensor(np.argmin(x.detach().numpy(), axis)), axis=axis)
        case("argmaxFlat", [x], lambda x: torch.as_tensor(np.argmax(x.detach().numpy())))
        case("argminFlat", [x], lambda x: torch.as_tensor(np.argmin(x.detach().numpy())))
    if x.shape[-1]:
        for q in [0.0, 0.3, 0.5, 1.0]:
            if x is not odd:
                case("quantile", [x], lambda x: x.quantile(q, -1) if len(x) else x.sum(-1), [q], axis=-1)
    case("unique", [x], lambda x: [torch.as_tensor(v.reshape(x.shape) if i == 1 else v) for i, v in enumerate(
        np.unique(x.detach().numpy(), return_inverse=True, return_counts=True))])
    case("nonzero", [x], lambda x: x.nonzero())
    case("maskedFill", [x, x > 0.3], lambda x, m: x.masked_fill(m, -7), [-7.0])
    case("toInt64", [x.nan_to_num(1, 2, 3)], lambda x: x.detach().long())
    case("toInt32", [x.nan_to_num(1, 2, 3)], lambda x: x.detach().int())
    case("toBool", [x], lambda x: x.detach().bool())
    case("toFloat", [x], lambda x: x.detach().float())
    case("any", [x > 0], lambda x: x.any(-1), axis=-1)
    case("all", [x > 0], lambda x: x.all(0), axis=0)
    case("countTrue", [x > 0], lambda x: x.sum(-1), axis=-1)
    case("median", [draw(*x.shape) if x is odd else x] if x.shape[-1] else [draw(2, 5)],
         lambda x: x.quantile(0.5, -1) if len(x) else x.sum(-1), axis=-1)

for x, axis in [(draw(2, 1, 3), -2), (draw(1, 1), 0), (torch.zeros(0, 1).double(), 1), (odd[:, :1], -1),
                (ties[None], 0), (draw(1), 0)]:
    case("squeezedAxis", [x], lambda x: x.squeeze(axis), axis=axis)
case("diagonalMatrix", [draw(3)], torch.diag, offset=0)
for vector, offset in [(draw(3), 2), (draw(3), -1), (draw(1), 0), (torch.zeros(0).double(), 1),
                       (torch.tensor([nan, inf, 2.]).double(), 1)]:
    case("diagonalMatrix", [vector], lambda x: torch.diag(x, offset), offset=offset)
case("splitSizes", [draw(5, 2)], lambda x: x.split([1, 0, 4]), sizes=[1, 0, 4], axis=0)
for x, sizes, axis in [(draw(2, 3), [1, 2], -1), (odd, [3], 0), (draw(1, 1), [0, 1], 1),
                       (torch.zeros(0, 3).double(), [2, 1], 1), (torch.zeros(0, 3).double(), [0, 0], 0)]:
    case("splitSizes", [x], lambda x: x.split(sizes, axis), sizes=sizes, axis=axis)
for shape, target in [((1, 3), (2, 3)), ((), (2, 2)), ((1, 1), (0, 1)), ((2, 1, 3), (4, 2, 2, 3))]:
    case("broadcast", [draw(*shape)], lambda x: x.broadcast_to(target), shape=list(target))
# Infinite and NaN elements: NumPy's median, which unlike its quantile keeps equal infinite values.
special = np.array([[1, inf, inf, inf], [-inf, -inf, 2, -inf], [nan, 1, 2, 3], [-inf, inf, 0, 1.]])
for axis in [-1, 0]:
    for x in [special, special[:3], special[:, 1:]]:
        case("medianValues", [x], lambda x: torch.as_tensor(np.median(x.detach().numpy(), axis)), axis=axis)

# Subscripts. An index is an integer, [from, to, step] for a slice, "...", "new", or a tensor.
def spec(item):
    if isinstance(item, torch.Tensor): return {"tensor": plain(item)}
    if isinstance(item, int): return {"integer": item}
    if item is Ellipsis: return {"ellipsis": True}
    if item is None: return {"newAxis": True}
    return {"slice": [item.start, item.stop, item.step or 1]}


def subscript(x, *items):
    def get(x):
        if any(isinstance(i, slice) and (i.step or 1) < 0 for i in items):
            places = np.arange(x.numel()).reshape(x.shape)[items]
            return x.flatten()[torch.as_tensor(places.copy())]
        return x[items]
    case("subscript", [x], get, indices=[spec(i) for i in items])
    value = draw(*get(x).shape)
    if not any(isinstance(i, torch.Tensor) and i.dtype != torch.bool for i in items):
        def put(x, v):
            places = torch.arange(x.numel()).reshape(x.shape)
            chosen = get(places).flatten()
            return x.flatten().index_put((chosen,), v.flatten()).reshape(x.shape)
        case("putting", [x, value], put, indices=[spec(i) for i in items], accumulating=0)
        return

    def add(x, v):
        places = torch.arange(x.numel()).reshape(x.shape)
        return x.flatten().index_put((get(places).flatten(),), v.flatten(), True).reshape(x.shape)
    case("putting", [x, value], add, indices=[spec(i) for i in items], accumulating=1)


s = slice
x = draw(4, 3, 3)
I = torch.tensor
for items in [(2,), (-1,), (1, 2), (1, -2, 0), (s(1, 3),), (s(None, -1),), (..., 2), (0, ..., -1),
              (s(None), None, s(None, None, 2)), (s(None, None, -1),), (s(3, 0, -2), s(None, None, -1)),
              (None, ..., None), (s(1, 1),), (s(-3, None), s(-2, -1), 2),
              (I([2, 0, 2]),), (I([[0], [-1]]), I([1, 2])), (s(1, None), I([0, 0]), I([[1], [-1]])),
              (I([0, 1]), s(None), I([2, 2])), (I([0, 1]), s(None, None, 2), -1),
              (x > 0,), (x[:, :, 0] > 0,), (s(None), x[0] > 0), (x[:, 0, 0] > 9,),
              (x[:, 0, 0] > -9, ..., I([1, 1, 0, 1])), (I([]).long(),), (..., I([2, 0]))]:
    subscript(x, *items)
subscript(odd, s(None, None, 2), s(1, None))
subscript(odd[1:][::1, 1:], 0, I([2, 0]))
subscript(torch.zeros(0, 3).double(), s(None), I([2, 2]))
subscript(torch.zeros(0, 3).double(), ..., 1)
subscript(draw(1, 1), 0, 0)
subscript(draw(3), s(None, None, 3))

# Along an axis.
for x, axis, indices in [
    (draw(3, 4), 1, I([[0, -1 + 4], [2, 2], [1, 0]])), (draw(3, 4), 0, I([[2, 2, 0, 1]])),
    (draw(2, 3, 4), -2, torch.randint(3, (2, 5, 3))), (odd, -1, I([[0, 0], [1, 2], [3, 1]])),
    (draw(1, 1), 0, I([[0], [0]])), (torch.zeros(0, 3).double(), 1, torch.zeros(0, 2).long()),
    (draw(5), 0, I([4, 4, 0])), (ties, 0, I([[0, 0, 0, 0], [0, 1, 2, 0]])),
]:
    case("gathered", [x, indices], lambda x, i: x.gather(axis, i), axis=axis)
    case("scatterAdded", [x, indices, draw(*indices.shape)],
         lambda x, i, v: x.scatter_add(axis, i, v), axis=axis)
for x, axis, indices in [
    (draw(3, 4), 1, I([[0, 3], [2, 1], [1, 0]])), (draw(3, 4), 0, I([[2, 2, 0, 1]])),
    (odd, -1, I([[0, 1], [1, 2], [3, 1]])), (draw(1, 1), 0, I([[0]])), (draw(5), 0, I([4, 1, 0])),
    (torch.zeros(0, 3).double(), 1, torch.zeros(0, 2).long()),
]:
    case("scattered", [x, indices, draw(*indices.shape)],
         lambda x, i, v: x.scatter(axis, i, v), axis=axis)
for indices, count in [(I([0, 2, 1]), 3), (I([[0], [4]]), 5), (I([]).long(), 2), (I(1), 2), (I([0]), 1),
                       (I([1, 1, 1]), 4)]:
    case("oneHot", [indices], lambda i: F.one_hot(i, count), count=count)

# Comparison and choice.
for a, b in [(draw(3, 4), draw(3, 4)), (ties, I(1.).double()), (draw(2, 1, 3), draw(4, 1)),
             (torch.zeros(0, 3).double(), draw(3)), (odd, odd.flip(0)), (odd, I(inf).double()),
             (draw(1), draw(1, 1)), (I([0., -0., nan]).double(), I([-0., 0., nan]).double())]:
    for name in ["lt", "le", "gt", "ge", "eq", "ne"]:
        case(name, [a.detach(), b.detach()], lambda a, b: getattr(torch, name)(a.detach(), b.detach()))
    mask = (a > 0) | (b > 1)
    case("where", [mask, a, b], torch.where)
    case("and", [a > 0, b > 0], torch.logical_and)
    case("or", [a > 0, b > 0], torch.logical_or)
    case("xor", [a > 0, b > 0], torch.logical_xor)
    case("not", [a > 0], torch.logical_not)
case("where", [I([[True], [False]]), draw(3), draw(1, 1)], torch.where)

# Integers.
big = 1 << 62
for a, b in [(I([[7, -7, 9], [1, 0, -5]]), I([2, -3, 4])), (I([big, -big, big]), I([big, -big, 3])),
             (torch.zeros(0, 2).long(), I([[1, 2]])), (I(5), I([[3], [-3]])), (I([0]), I([-1])),
             (I([[3], [4]]), I([[1, 2, 3]])), (I([[-9], [9]]), I([[4]])), (I([2, 2, 2]), I([2, 2, 2]))]:
    for name, f in {"add": torch.add, "subtract": torch.sub, "multiply": torch.mul,
                    "divide": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
                    "remainder": torch.fmod}.items():
        case("integer_" + name, [a, b], f)
        if a.numel() and a.abs().max() < 100: case("int32_" + name, [a.int(), b.int()], f)
    for name in ["lt", "le", "gt", "ge", "eq", "ne"]: case("integer_" + name, [a, b], getattr(torch, name))
for x in [torch.randint(-9, 9, (3, 4)), torch.randint(-9, 9, (2, 3, 4)), I([[5]]), I([[2, 2], [2, 2]]),
          I([[big, big, -1], [0, -big, -big]]), torch.randint(-9, 9, (1, 3))]:
    case("integer_sum", [x], lambda x: x.sum(-1), axis=-1)
    case("integer_sum", [x], lambda x: x.sum(0), axis=0)
    case("integer_min", [x], lambda x: x.amin(0), axis=0)
    case("integer_max", [x], lambda x: x.amax(-1), axis=-1)
    case("integer_argsort", [x], lambda x: torch.sort(x, dim=0, stable=True).indices, axis=0, descending=0)
    case("integer_argsort", [x], lambda x: torch.sort(x, dim=-1, descending=True, stable=True).indices,
         axis=-1, descending=1)
    case("integer_unique", [x], lambda x: [torch.as_tensor(v) for v in torch.unique(
        x, return_inverse=True, return_counts=True)])
case("integer_sum", [torch.zeros(0, 3).long()], lambda x: x.sum(0), axis=0)
for x, least in [(I([1, 1, 4]), 0), (I([0]), 5), (I([]).long(), 0), (I([]).long(), 3), (I([2, 2, 2]), 2),
                 (I([9, 0, 9, 1]), 4)]:
    case("binCount", [x], lambda x: torch.bincount(x, minlength=least), least=least)
    w = draw(*x.shape)
    case("binCountWeights", [x, w], lambda x, w: torch.bincount(x, w.detach(), minlength=least), least=least)

# Creation.
for a, b, step in [(0, 5, 1), (1, 2, 0.1), (5, 0, -1.5), (0, 0, 1), (3, 1, 1), (-1, 1, 0.25)]:
    case("arange", [], lambda: torch.as_tensor(np.arange(a, b, step, dtype=float)), [a, b, step])
for a, b, step in [(0, 5, 1), (1, 9, 3), (5, 0, -2), (0, 0, 1), (3, 1, 1), (-4, 5, 4)]:
    case("integer_arange", [], lambda: torch.as_tensor(np.arange(a, b, step)), range=[a, b, step])
for a, b, n, end in [(0, 1, 5, 1), (0, 1, 5, 0), (2, -2, 3, 1), (1, 1, 2, 1), (3, 4, 1, 1), (3, 4, 0, 1),
                     (0, 0.3, 4, 1)]:
    case("linspace", [], lambda: torch.as_tensor(np.linspace(a, b, n, endpoint=bool(end))), [a, b], count=n,
         end=end)
for n, m, k in [(3, 3, 0), (2, 4, 1), (4, 2, -1), (0, 3, 0), (3, 2, 5), (1, 1, 0), (3, 2, -4), (2, 2, -1)]:
    case("eye", [], lambda: torch.as_tensor(np.eye(n, m, k)), rows=n, columns=m, offset=k)

target = pathlib.Path(__file__).with_name("tensor_values.json")
target.write_text("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]\n")
print(len(cases), "cases,", target.stat().st_size, "bytes, PyTorch", torch.__version__, "NumPy", np.__version__)

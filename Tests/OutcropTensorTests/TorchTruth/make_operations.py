"""Writes operations.json beside itself: results and gradients of operations by PyTorch in float64.

Every operation has at least six inputs, among them without elements, of one element, broadcast, with
ties, NaN and infinities. Cases with NaN or infinities have values only. The gradient of the result is
the pattern of `weights`. Run with any PyTorch: python make_operations.py
"""
import json, math, pathlib
import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
cases = []


def number(x):
    if math.isnan(x): return "nan"
    if math.isinf(x): return "inf" if x > 0 else "-inf"
    if x == 0 and math.copysign(1, x) < 0: return -0.0
    return int(x) if x == int(x) and abs(x) < 1e6 else float("%.14g" % x)


def plain(x):
    return {"shape": list(x.shape), "values": [number(v) for v in x.detach().flatten().tolist()]}


def weights(y):
    return torch.tensor([((7 * i) % 5 - 2) / 2 + 0.25 for i in range(y.numel())]).reshape(y.shape)


def case(operation, inputs, function, gradient=True, **parameters):
    inputs = [torch.as_tensor(x, dtype=torch.float64).clone() for x in inputs]
    gradient = gradient and all(x.isfinite().all() for x in inputs)
    for x in inputs: x.requires_grad_(gradient)
    y = function(*inputs)
    entry = {"operation": operation, "inputs": [plain(x) for x in inputs], "y": plain(y)}
    if parameters: entry["parameters"] = {k: v if isinstance(v, list) else [v] for k, v in parameters.items()}
    if gradient:
        y.backward(weights(y))
        entry["gradients"] = [
            plain(x.grad if x.grad is not None else torch.zeros_like(x)) for x in inputs]
    cases.append(entry)


def draw(*shape, low=-2.0, high=2.0):
    """Multiples of 1/64, which are short to write."""
    return torch.round((low + (high - low) * torch.rand(*shape)) * 64) / 64


nan, inf = math.nan, math.inf
special = torch.tensor([nan, inf, -inf, 0.0, -0.0, 1.0, -1.0, 1e300, -1e300, 1e-310])


def elementwise(name, f, low=-2.0, high=2.0, extra=(), special_values=special, **parameters):
    inside = low + (high - low) / 3
    for x in (draw(2, 3, low=low, high=high), torch.tensor(inside), torch.zeros(0, 3),
              torch.tensor([inside]), draw(2, 1, 2, low=low, high=high), *map(torch.tensor, extra)):
        case(name, [x], f, **parameters)
    if special_values is not None: case(name, [special_values], f, gradient=False, **parameters)


wide = ([1e-8, -1e-8, 20.0, -20.0, 300.0, -300.0],)
elementwise("exp", torch.exp, extra=([1e-8, 20.0, -700.0],))
elementwise("expm1", torch.expm1, extra=([1e-8, -1e-8, 20.0, -50.0],))
elementwise("log", torch.log, 0.1, 3, extra=([1e-300, 1e300],))
elementwise("log1p", torch.log1p, -0.9, 3, extra=([1e-8, -1e-8, 1e20],))
elementwise("log2", torch.log2, 0.1, 3, extra=([8.0, 1e-300],))
elementwise("log10", torch.log10, 0.1, 3, extra=([1000.0, 1e-300],))
elementwise("sqrt", torch.sqrt, 0.1, 3)
elementwise("rsqrt", torch.rsqrt, 0.1, 3)
elementwise("reciprocal", torch.reciprocal, 0.1, 3, extra=([-2.0],))
elementwise("square", torch.square)
elementwise("abs", torch.abs, extra=([0.0],))
elementwise("sin", torch.sin, extra=wide)
elementwise("cos", torch.cos, extra=wide)
elementwise("tan", torch.tan, -1.2, 1.2, extra=([100.0, -300.0],))
elementwise("sin", torch.sin, 1e6, 1e7)
elementwise("asin", torch.asin, -0.95, 0.95)
elementwise("acos", torch.acos, -0.95, 0.95)
elementwise("atan", torch.atan, extra=wide)
elementwise("sinh", torch.sinh, extra=([1e-8, -20.0],))
elementwise("cosh", torch.cosh, extra=([1e-8, -20.0],))
elementwise("tanh", torch.tanh, extra=wide)
elementwise("asinh", torch.asinh, extra=wide)
elementwise("acosh", torch.acosh, 1.1, 4, extra=([300.0],))
elementwise("atanh", torch.atanh, -0.95, 0.95)
elementwise("erf", torch.erf, extra=([1e-8, 5.0, -5.0],))
elementwise("sigmoid", torch.sigmoid, extra=wide)
elementwise("relu", torch.relu)
elementwise("leakyReLU", lambda x: F.leaky_relu(x, 0.2), slope=0.2)
elementwise("elu", lambda x: F.elu(x, 0.7), extra=wide, alpha=0.7)
elementwise("silu", F.silu, extra=([1e-8, 20.0, -20.0],))
elementwise("softplus", F.softplus, extra=([1e-8, 18.0, -30.0],))
elementwise("gelu", F.gelu, extra=([1e-8, 3.0, -3.0],), special_values=torch.tensor([nan, inf, 0.0]))
elementwise("geluTanh", lambda x: F.gelu(x, approximate="tanh"), extra=([1e-8, 3.0, -3.0],),
            special_values=torch.tensor([nan, inf, 0.0]))
elementwise("floor", torch.floor, extra=([1e15 + 0.5, -0.5],))
elementwise("ceil", torch.ceil, extra=([1e15 + 0.5, -0.5],))
elementwise("round", torch.round, extra=([0.5, 1.5, 2.5, -0.5, -1.5, 4503599627370497.5],))
elementwise("trunc", torch.trunc, extra=([-0.5, 1.9, -1.9],))
# The sign of NaN is NaN here and in NumPy, 0 in PyTorch.
elementwise("sign", torch.sign, extra=([0.0],), special_values=special[1:])
elementwise("clamp", lambda x: x.clamp(-0.5, 0.75), extra=([-0.5, 0.75],), limits=[-0.5, 0.75])
for exponent, low in ((2.5, 0.1), (2.0, -2.0), (3.0, -2.0), (0.0, -2.0), (-1.0, 0.1), (-2.0, -2.0), (0.5, 0.1)):
    elementwise("power", lambda x: x**exponent, low, 2.0, exponent=exponent,
                special_values=special if exponent != 0.5 else torch.tensor([nan, inf, 0.0, 4.0]))
elementwise("powerOfScalar", lambda x: 2.5**x, base=2.5)

pairs = [(draw(2, 3), draw(3)), (draw(2, 1), draw(1, 3)), (draw(()), draw(2)), (torch.zeros(0, 3), draw(3)),
         (draw(1), draw(1)), (draw(2, 2, 2), draw(2, 1, 2))]
awkward = (torch.tensor([nan, 1.0, inf, -inf, inf, 0.0, -0.0, 3.0, -3.0, 5.0]),
           torch.tensor([1.0, nan, inf, inf, 2.0, 0.0, 1.0, -2.0, 2.0, inf]))


def pairwise(name, f, move=lambda a, b: (a, b), special=True):
    for a, b in pairs: case(name, move(a, b), f)
    if special: case(name, awkward, f, gradient=False)


pairwise("add", torch.add)
pairwise("subtract", torch.subtract)
pairwise("multiply", torch.multiply)
pairwise("divide", torch.divide, lambda a, b: (a, b.abs() + 0.5))
pairwise("maximum", torch.maximum)
pairwise("minimum", torch.minimum)
case("maximum", ([1.0, 2.0, 2.0], [2.0, 2.0, 1.0]), torch.maximum)
case("minimum", ([1.0, 2.0, 2.0], [2.0, 2.0, 1.0]), torch.minimum)
pairwise("atan2", torch.atan2, lambda a, b: (a + 3, b))
pairwise("remainder", torch.remainder, lambda a, b: (a * 3, b.abs() + 0.4))
case("remainder", ([5.0, -5.0, 5.0, -5.0, 6.0, 0.25], [3.0, 3.0, -3.0, -3.0, 3.0, -1.0]), torch.remainder)
pairwise("powerOfTensors", torch.pow, lambda a, b: (a.abs() + 0.1, b))
case("powerOfTensors", ([0.0, 0.0, 2.0, -2.0], [2.0, 0.0, 0.0, 0.0]), torch.pow)

cube = draw(2, 3, 2)
ties = torch.tensor([[1.0, 3, 3], [2, 2, 0]])
inputs = [(cube, [1]), (cube, [-1]), (cube, [0, 2]), (cube, [-1, 0, 1]), (draw(1), [0]), (ties, [1]),
          (torch.zeros(0, 3), [1])]
odd = torch.tensor([[nan, 1.0, 2.0], [inf, 1.0, 2.0], [-inf, 1.0, -inf], [inf, -inf, 0.0]])


def reduction(name, f, inputs=inputs, odd=odd, **parameters):
    for x, axes in inputs:
        for keep in (False, True):
            case(name, [x], lambda x: f(x, axes, keep), axes=axes, keep=int(keep), **parameters)
    if odd is not None: case(name, [odd], lambda x: f(x, [1], False), axes=[1], keep=0, **parameters)


several = [(x, axes) for x, axes in inputs if x.shape != (1,)]
hollow = (torch.zeros(2, 0), [1])
reduction("sum", lambda x, a, k: x.sum(a, keepdim=k), inputs + [hollow])
reduction("mean", lambda x, a, k: x.mean(a, keepdim=k), inputs)
case("mean", [torch.zeros(2, 0)], lambda x: x.mean(1), gradient=False, axes=[1], keep=0)
reduction("max", lambda x, a, k: x.amax(a, keepdim=k))
reduction("min", lambda x, a, k: x.amin(a, keepdim=k))


def product(x, axes, keep):
    rank = x.dim()
    for axis in sorted((a % rank for a in axes), reverse=True): x = x.prod(axis, keepdim=keep)
    return x


reduction("product", product, inputs + [hollow])
case("product", [torch.tensor([[2.0, 0, 3], [0, 0, 5]])], lambda x: x.prod(1), axes=[1], keep=0)
for correction in (0, 1):
    reduction("variance", lambda x, a, k: x.var(a, correction=correction, keepdim=k), several,
              correction=correction)
    reduction("standardDeviation", lambda x, a, k: x.std(a, correction=correction, keepdim=k), several,
              correction=correction)
case("variance", [draw(1)], lambda x: x.var(0), gradient=False, axes=[0], keep=0, correction=1)
for order in (0.0, 1.0, 2.0, 3.0, 1.5, inf, -inf):
    reduction("norm", lambda x, a, k: torch.linalg.vector_norm(x, order, a, keepdim=k), order=number(order),
              inputs=[(cube, [1]), (cube, [-1]), (cube, [0, 2]), (draw(1), [0]), (ties + 1, [1]),
                      (torch.zeros(0, 3), [1])], odd=odd if order in (1, 2) else None)
reduction("logSumExp", lambda x, a, k: x.logsumexp(a, keepdim=k), inputs)
for axis in (0, 1, -1):
    for x in (cube, ties if axis else cube + 1, torch.zeros(2, 0, 2) if axis else torch.zeros(0, 3)):
        case("cumulativeSum", [x], lambda x: x.cumsum(axis), axes=[axis])
        case("cumulativeProduct", [x], lambda x: x.cumprod(axis), axes=[axis])
case("cumulativeSum", [odd], lambda x: x.cumsum(1), axes=[1])
case("cumulativeProduct", [odd], lambda x: x.cumprod(1), axes=[1])
case("cumulativeProduct", [torch.tensor([[2.0, 0, 3], [0, 0, 5]])], lambda x: x.cumprod(1), axes=[1])

for a, b in (((2, 3), (3, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((3,), (3,)), ((2, 2, 3), (3, 2)),
             ((2, 1, 2, 3), (2, 3, 1)), ((0, 3), (3, 2)), ((2, 0), (0, 2)), ((1, 1), (1, 1))):
    case("matrixProduct", (draw(*a), draw(*b)), torch.matmul)
for equation, shapes in {
    "ij,jk->ik": ((2, 3), (3, 2)), "ii->i": ((3, 3),), "ii": ((3, 3),), "ij->ji": ((2, 3),), "ij->": ((2, 3),),
    "i,j->ij": ((2,), (3,)), "bij,bjk->bik": ((2, 2, 3), (2, 3, 1)), "ij,jk,kl->il": ((2, 2), (2, 3), (3, 2)),
    "...i,...i->...": ((2, 1, 3), (2, 3)), "iij->j": ((2, 2, 3),), "ij,ij->": ((0, 3), (0, 3)),
    "abc,cd,be->ade": ((2, 2, 2), (2, 1), (2, 3)),
}.items():
    case("einsum " + equation, [draw(*s) for s in shapes], lambda *x: torch.einsum(equation, *x))
case("tensorContraction", (draw(2, 3, 2), draw(3, 2, 2)), lambda a, b: torch.tensordot(a, b, 2))
case("inner", (draw(2, 3), draw(2, 2, 3)), torch.inner)
case("outer", (draw(2), draw(3)), torch.outer)
case("dot", (draw(4), draw(4)), torch.dot)

for shape, groups in (((2, 4, 3), 2), ((1, 2, 2, 2), 1), ((2, 4), 4), ((0, 4, 2), 2)):
    case("groupNorm", (draw(*shape), draw(shape[1]), draw(shape[1])),
         lambda x, w, b: F.group_norm(x, groups, w, b, 1e-3), groups=groups)
for shape in ((2, 4), (1, 3), (3,), (0, 3), (2, 2, 3)):
    case("rmsNorm", (draw(*shape), draw(shape[-1])), lambda x, w: F.rms_norm(x, shape[-1:], w, 1e-3))
for x, w, options in (
        ((2, 2, 4, 3), (3, 2, 2, 2), {}), ((1, 2, 5, 5), (2, 2, 3, 3), {"padding": (1, 1), "stride": (2, 2)}),
        ((1, 4, 4, 5), (4, 2, 2, 2), {"groups": 2, "dilation": (2, 1)}), ((1, 1, 1, 1), (1, 1, 1, 1), {}),
        ((0, 2, 3, 3), (1, 2, 2, 2), {}), ((1, 2, 4, 4), (2, 1, 3, 3), {"groups": 2, "padding": (1, 2)})):
    case("convolution2D", (draw(*x), draw(*w), draw(w[0])), lambda x, w, b: F.conv2d(x, w, b, **options),
         stride=list(options.get("stride", (1, 1))), padding=list(options.get("padding", (0, 0))),
         dilation=list(options.get("dilation", (1, 1))), groups=options.get("groups", 1))
case("convolution1D", (draw(2, 2, 6), draw(3, 2, 3), draw(3)),
     lambda x, w, b: F.conv1d(x, w, b, stride=2, padding=1), stride=2, padding=1)
for x, window, stride, padding in (
        ((2, 1, 4, 4), (2, 2), (2, 2), (0, 0)), ((1, 2, 5, 4), (3, 2), (1, 2), (1, 1)),
        ((1, 1, 1, 1), (1, 1), (1, 1), (0, 0)), ((0, 2, 2, 2), (2, 2), (2, 2), (0, 0)),
        ((1, 1, 5, 6), (2, 3), (3, 2), (0, 1))):
    options = dict(window=list(window), stride=list(stride), padding=list(padding))
    case("maxPooling2D", (draw(*x),), lambda x: F.max_pool2d(x, window, stride, padding), **options)
    case("averagePooling2D", (draw(*x),), lambda x: F.avg_pool2d(x, window, stride, padding), counts=1, **options)
    case("averagePooling2D", (draw(*x),),
         lambda x: F.avg_pool2d(x, window, stride, padding, count_include_pad=False), counts=0, **options)
case("maxPooling2D", (torch.tensor([[[[1.0, nan], [2.0, 2.0]]]]),), lambda x: F.max_pool2d(x, 2),
     window=[2, 2], stride=[2, 2], padding=[0, 0])
case("maxPooling2D", (torch.tensor([[[[1.0, 2.0], [2.0, 2.0]]]]),), lambda x: F.max_pool2d(x, 2),
     window=[2, 2], stride=[2, 2], padding=[0, 0])
for n, m in ((3, 3), (1, 1), (4, 2), (2, 4), (5, 5)):
    for causal in (0, 1):
        case("denseAttention", (draw(2, n, 2), draw(2, m, 2), draw(2, m, 3)),
             lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=bool(causal)), causal=causal)

values = [(draw(3, 2), draw(3, 2)), (draw(1), draw(1)), (draw(()), draw(())), (draw(2, 0), draw(2, 0)),
          (torch.tensor([0.0, 1, -1, 3, 0.5]), torch.tensor([0.0, 0, 0, 0, 0])), (draw(2, 2, 2), draw(2, 2, 2))]
for a, b in values:
    full = a.numel() > 0
    case("huber", (a, b), lambda a, b: F.huber_loss(a, b, delta=0.7), gradient=full, delta=0.7)
    case("smoothL1", (a, b), lambda a, b: F.smooth_l1_loss(a, b, beta=0.5), gradient=full, beta=0.5)
    case("binaryCrossEntropy", (a * 4, b.abs() / 2),
         lambda a, b: F.binary_cross_entropy_with_logits(
             a, b, weight=torch.tensor(0.3), pos_weight=torch.tensor(3.0)), gradient=full, weight=0.3, positive=3.0)
    if a.dim() and full:
        case("klDivergence", (a, b.abs() + 0.1), lambda a, b: F.kl_div(a, b, reduction="batchmean"), logs=0)
        case("klDivergence", (a, b), lambda a, b: F.kl_div(a, b, reduction="batchmean", log_target=True), logs=1)
case("klDivergence", ([[0.5, -1.0]], [[0.0, 1.0]]), lambda a, b: F.kl_div(a, b, reduction="batchmean"),
     gradient=False, logs=0)
for a, b, axis in (((3, 2), (3, 2), -1), ((3, 2), (3, 2), 0), ((2, 1, 3), (2, 3), -1), ((1, 1), (1, 1), 1),
                   ((0, 3), (0, 3), 1), ((4,), (4,), 0)):
    case("cosineSimilarity", (draw(*a), draw(*b)), lambda a, b: F.cosine_similarity(a, b, axis), axes=[axis])
case("cosineSimilarity", ([[0.0, 0.0]], [[1.0, 2.0]]), F.cosine_similarity, gradient=False, axes=[-1])
for rows, labels in ((4, [2, 0, 1, 1]), (1, [2]), (3, [-100, 2, 1]), (2, [-100, -100]), (0, []), (2, [0, 2])):
    target = torch.tensor(labels, dtype=torch.long)
    for smoothing in (0.0, 0.3):
        weight = torch.tensor([0.5, 1.0, 2.0])
        case("crossEntropy", (draw(rows, 3),),
             lambda x: F.cross_entropy(x, target, weight, label_smoothing=smoothing), gradient=rows > 0 and max(labels) >= 0,
             classes=labels, weights=[0.5, 1.0, 2.0], smoothing=smoothing)
    case("negativeLogLikelihood", (draw(rows, 3),), lambda x: F.nll_loss(x, target, weight),
         gradient=rows > 0 and max(labels) >= 0, classes=labels, weights=[0.5, 1.0, 2.0])
index, offsets = torch.tensor([1, 4, 4, 3, 0]), torch.tensor([0, 2, 2])
for mode in ("sum", "mean", "max"):
    case("embeddingBag", (draw(5, 3),), lambda x: F.embedding_bag(index, x, offsets, mode=mode),
         mode=["sum", "mean", "max"].index(mode))

target = pathlib.Path(__file__).with_name("operations.json")
target.write_text(json.dumps(cases, separators=(",", ":")).replace('},{"operation', '},\n{"operation') + "\n")
print(len(cases), "cases of", len({c["operation"] for c in cases}), "operations with PyTorch", torch.__version__)

"""Writes values.json beside itself: results and gradients of operations by PyTorch in float64.

Inputs are float32 numbers, so that both precisions start from the same values. Run with any
PyTorch: python make_values.py
"""
import json, pathlib
import torch
import torch.nn.functional as F

torch.manual_seed(20)
cases = {}


def draw(*shape, low=None, high=None):
    x = torch.randn(*shape) if low is None else low + (high - low) * torch.rand(*shape)
    return x.double().requires_grad_()


def plain(x):
    return {"shape": list(x.shape), "values": x.detach().double().flatten().tolist()}


def case(name, inputs, constants, function):
    """`function` of inputs and constants; y and the gradients of all inputs for random weights."""
    y = function(*inputs.values(), *constants.values())
    extra = {}
    if isinstance(y, tuple):
        y, extra = y
    weight = torch.randn(y.shape).double()
    y.backward(weight)
    assert y.dtype == torch.float64
    cases[name] = {
        "inputs": {k: plain(v) for k, v in inputs.items()},
        "constants": {k: plain(v) for k, v in (constants | {"dy": weight}).items()},
        "expected": {"y": plain(y)} | {k: plain(v) for k, v in extra.items()}
        | {"d" + k: plain(v.grad) for k, v in inputs.items()},
    }


case("broadcasting", {"a": draw(3, 1, 4), "b": draw(2, 1), "c": draw(4, low=0.5, high=2.0)}, {},
     lambda a, b, c: (a * b - c) / c + a)
for name, f in {
    "exp": torch.exp, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": F.relu,
    "leakyReLU": lambda x: F.leaky_relu(x, 0.2), "abs": torch.abs,
    "clamp": lambda x: x.clamp(-0.5, 0.75),
}.items():
    case(name, {"x": draw(4, 5)}, {}, f)
case("log", {"x": draw(9, low=0.1, high=3)}, {}, torch.log)
case("sqrt", {"x": draw(9, low=0.1, high=3)}, {}, torch.sqrt)
case("sum", {"x": draw(3, 4, 2)}, {}, lambda x: x.sum((0, 2)))
case("mean", {"x": draw(3, 4, 2)}, {}, lambda x: x.mean(1))
case("max", {"x": torch.tensor([[1., 3, 3], [2, 2, 0]]).double().requires_grad_()}, {},
     lambda x: x.amax(1))
case("softmax0", {"x": draw(5, 4)}, {}, lambda x: x.softmax(0))
case("softmax1", {"x": draw(5, 4)}, {}, lambda x: x.softmax(1))
case("logSoftmax1", {"x": draw(3, 4, 2)}, {}, lambda x: x.log_softmax(1))
case("linear", {"x": draw(6, 4), "weight": draw(3, 4), "bias": draw(3)}, {},
     lambda x, w, b: F.relu(F.linear(x, w, b)))
case("batchedProduct", {"a": draw(3, 4, 5), "b": draw(3, 5, 2)}, {}, torch.bmm)


def batch_norm(x, residual, weight, bias):
    z = x + residual
    y = F.batch_norm(z, None, None, weight, bias, training=True, eps=1e-5)
    return y, {"mean": z.mean(0), "variance": z.var(0, unbiased=False)}


def offset(x, by):
    return (x.detach() + by).float().double().requires_grad_()


norm = lambda rows, columns: {
    "x": offset(draw(rows, columns), 2), "residual": draw(rows, columns), "weight": draw(columns),
    "bias": draw(columns)}
case("batchNorm", norm(9, 4), {}, batch_norm)
case("batchNormInference", norm(5, 4),
     {"mean": draw(4).detach(), "variance": draw(4, low=0.5, high=2).detach()},
     lambda x, r, w, b, m, v: F.batch_norm(x + r, m, v, w, b, training=False, eps=1e-5))
case("layerNorm", norm(5, 6), {}, lambda x, r, w, b: F.layer_norm(x + r, (6,), w, b, 1e-5))

rows = torch.tensor([2, 0, 2, 4, 4, 4, 1])
case("gatherRows", {"x": draw(5, 3)}, {"rows": rows}, lambda x, i: x[i])
case("scatterAddRows", {"x": draw(7, 3)}, {"rows": rows},
     lambda x, i: torch.zeros(5, 3).double().index_add(0, i, x))

offsets = torch.tensor([0, 2, 2, 5, 6])


def segments(x, offsets, f):
    parts = [x[a:b] for a, b in zip(offsets[:-1], offsets[1:])]
    return [f(p) if len(p) else torch.zeros_like(x[0]) for p in parts]


for name, f in {"segmentSum": lambda p: p.sum(0), "segmentMean": lambda p: p.mean(0),
                "segmentMax": lambda p: p.max(0).values}.items():
    case(name, {"x": draw(6, 3)}, {"offsets": offsets},
         lambda x, o, f=f: torch.stack(segments(x, o, f)))
case("segmentSoftmax", {"x": draw(6, 3)}, {"offsets": offsets},
     lambda x, o: torch.cat([x[a:b].softmax(0) for a, b in zip(o[:-1], o[1:])]))

case("meanAbsoluteError", {"x": draw(4, 2), "target": draw(4, 2)}, {}, F.l1_loss)
case("meanSquaredError", {"x": draw(4, 2), "target": draw(4, 2)}, {}, F.mse_loss)
mask = (torch.rand(5, 3) < 0.6).double()
case("binaryCrossEntropy", {"x": offset(draw(5, 3) * 4, 0)},
     {"targets": (torch.rand(5, 3) < 0.5).double(), "mask": mask},
     lambda x, t, m: F.binary_cross_entropy_with_logits(x[m == 1], t[m == 1]))
case("crossEntropy", {"x": draw(6, 4)}, {"classes": torch.tensor([3, 0, 1, 1, 2, 3])},
     F.cross_entropy)
keep = (torch.rand(2, 1, 5, 7) < 0.7)
keep[..., 0] = True


def attention(q, k, v, bias, keep):
    return F.scaled_dot_product_attention(q, k, v, bias.masked_fill(keep == 0, -torch.inf))


case("denseAttention",
     {"query": draw(2, 2, 5, 3), "key": draw(2, 2, 7, 3), "value": draw(2, 2, 7, 4),
      "bias": draw(1, 2, 5, 7)}, {"mask": keep}, attention)

target = pathlib.Path(__file__).with_name("values.json")
target.write_text(json.dumps(cases, separators=(",", ":")).replace('},"', '},\n"') + "\n")
print(len(cases), "cases with PyTorch", torch.__version__)

"""What the families operations, algebra and modules of `outcrop bench` measure, in PyTorch and NumPy."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F


def measure_operations(out, runs):
    for size in (64, 256, 1024):
        torch.manual_seed(11)
        x, y = torch.randn(size, size), torch.randn(size, size)
        positive = torch.rand(size, size) + 0.5
        row, column = torch.randn(size), torch.randn(size, 1)
        mask = x > 0
        indices = torch.randint(0, size, (size,))
        classes = torch.tensor([(i * 7) % size for i in range(size)])

        def both(body):
            def run():
                leaf = x.detach().requires_grad_()
                body(leaf).sum().backward()
            return run

        normalized = (size,)
        operations = {
            "add": lambda: x + y,
            "add a row": lambda: x + row,
            "add a column": lambda: x + column,
            "add a number": lambda: x + 0.5,
            "multiply": lambda: x * y,
            "divide": lambda: x / positive,
            "power": lambda: positive.pow(y),
            "power of 2.5": lambda: positive.pow(2.5),
            "square": lambda: x.square(),
            "square root": lambda: positive.sqrt(),
            "reciprocal square root": lambda: positive.rsqrt(),
            "absolute value": lambda: x.abs(),
            "maximum": lambda: torch.maximum(x, y),
            "clamp": lambda: x.clamp(-1, 1),
            "greater": lambda: x > y,
            "where": lambda: torch.where(mask, x, y),
            "floor": lambda: x.floor(),
            "exp": lambda: x.exp(),
            "expm1": lambda: x.expm1(),
            "log": lambda: positive.log(),
            "log1p": lambda: positive.log1p(),
            "sin": lambda: x.sin(),
            "tanh": lambda: x.tanh(),
            "sigmoid": lambda: x.sigmoid(),
            "erf": lambda: x.erf(),
            "relu": lambda: x.relu(),
            "gelu": lambda: F.gelu(x),
            "gelu by tanh": lambda: F.gelu(x, approximate="tanh"),
            "silu": lambda: F.silu(x),
            "elu": lambda: F.elu(x),
            "softplus": lambda: F.softplus(x),
            "cast to Double": lambda: x.double(),
            "sum": lambda: x.sum(),
            "sum over axis 0": lambda: x.sum(0),
            "sum over axis 1": lambda: x.sum(1),
            "mean over axis 1": lambda: x.mean(1),
            "max over axis 0": lambda: x.amax(0),
            "max over axis 1": lambda: x.amax(1),
            "argmax over axis 1": lambda: x.argmax(1),
            "variance over axis 0": lambda: x.var(0),
            "variance over axis 1": lambda: x.var(1),
            "norm": lambda: x.norm(),
            "log-sum-exp over axis 1": lambda: x.logsumexp(1),
            "softmax over axis 0": lambda: x.softmax(0),
            "softmax over axis 1": lambda: x.softmax(1),
            "log-softmax over axis 1": lambda: x.log_softmax(1),
            "layer normalization": lambda: F.layer_norm(x, normalized, row, row),
            "cumulative sum over axis 0": lambda: x.cumsum(0),
            "cumulative sum over axis 1": lambda: x.cumsum(1),
            "sort over axis 1": lambda: x.sort(1),
            "top 10 over axis 1": lambda: x.topk(10, 1),
            # A view until something is computed of it; ours is a copy, so theirs is made contiguous.
            "transpose": lambda: x.t().contiguous(),
            "concatenate over axis 0": lambda: torch.cat([x, y], 0),
            "concatenate over axis 1": lambda: torch.cat([x, y], 1),
            "stack": lambda: torch.stack([x, y], 0),
            "flip over axis 1": lambda: x.flip(1),
            "roll over axis 1": lambda: x.roll(3, 1),
            "pad": lambda: F.pad(x, (1, 1, 1, 1)),
            "lower triangle": lambda: x.tril(),
            "repeat rows": lambda: x.repeat_interleave(2, 0),
            "take rows": lambda: x.index_select(0, indices),
            "take columns": lambda: x.index_select(1, indices),
            "put rows, accumulating": lambda: x.index_put((indices,), y, accumulate=True),
            "select by mask": lambda: x[mask],
            "matrix product": lambda: x @ y,
            "matrix product, second transposed": lambda: x @ y.t(),
            "matrix times vector": lambda: x @ column,
            "einsum ij,ij->i": lambda: torch.einsum("ij,ij->i", x, y),
            "outer product": lambda: torch.outer(row, row),
        }
        gradients = {
            "gelu, forward and backward": both(F.gelu),
            "tanh, forward and backward": both(torch.tanh),
            "softmax over axis 1, forward and backward": both(lambda t: t.softmax(1).square()),
            "layer normalization, forward and backward": both(
                lambda t: F.layer_norm(t, normalized, row, row).square()
            ),
            "cross entropy, forward and backward": both(lambda t: F.cross_entropy(t, classes)),
            "linear, forward and backward": both(lambda t: F.linear(t, y, row)),
        }
        with torch.no_grad():
            for name, body in operations.items():
                out.time("operations", f"{name}: [{size}, {size}]", "PyTorch eager", body, runs)
        for name, body in gradients.items():
            out.time("operations", f"{name}: [{size}, {size}]", "PyTorch eager", body, runs)


def measure_algebra(out, runs):
    count = 4096
    for size in (8, 16, 32, 64):
        torch.manual_seed(12)
        plain = torch.randn(count, size, size, dtype=torch.float64)
        right = torch.randn(count, size, 1, dtype=torch.float64)
        definite = plain @ plain.mT / size + torch.eye(size, dtype=torch.float64)
        a, d, b = plain.numpy(), definite.numpy(), right.numpy()
        work = f"{count} × [{size}, {size}]"
        for name, ours, theirs in (
            ("solve", lambda: torch.linalg.solve(definite, right), lambda: np.linalg.solve(d, b)),
            ("cholesky", lambda: torch.linalg.cholesky(definite), lambda: np.linalg.cholesky(d)),
            ("qr", lambda: torch.linalg.qr(plain), lambda: np.linalg.qr(a)),
            (
                "svd", lambda: torch.linalg.svd(plain, full_matrices=False),
                lambda: np.linalg.svd(a, full_matrices=False),
            ),
            ("eigh", lambda: torch.linalg.eigh(definite), lambda: np.linalg.eigh(d)),
        ):
            out.time("algebra", f"{name}: {work}", "torch.linalg", ours, min(runs, 5), 1)
            out.time("algebra", f"{name}: {work}", "numpy.linalg", theirs, min(runs, 5), 1)


class Transformer(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width, heads, 2 * width, dropout=0.0, batch_first=True, norm_first=True
            )
            for _ in range(2)
        )

    def forward(self, x, mask):
        for layer in self.layers:
            x = layer(x, src_mask=mask, is_causal=True)
        return x


def measure_modules(out, runs):
    def step(model, loss):
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        def run():
            optimizer.zero_grad()
            loss().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        return run

    for widths, batch in (([2, 64, 64, 2], 64), ([784, 512, 512, 10], 128)):
        torch.manual_seed(13)
        layers = []
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        inputs = torch.randn(batch, widths[0])
        labels = torch.tensor([i % widths[-1] for i in range(batch)])
        run = step(model, lambda: F.cross_entropy(model(inputs), labels))
        out.time(
            "modules", f"training step: MLP {widths}, batch {batch}", "PyTorch eager", run, runs, 10
        )
    width, heads, count, length = 64, 4, 64, 16
    model = Transformer(width, heads)
    inputs = torch.randn(count, length, width)
    mask = nn.Transformer.generate_square_subsequent_mask(length)
    out.time(
        "modules",
        f"training step: causal transformer, 2 layers, [{count}, {length}, {width}]",
        "PyTorch eager", step(model, lambda: model(inputs, mask).square().mean()), runs, 10,
    )

#!/usr/bin/env python3
"""What `outcrop bench` measures, in plain PyTorch and NumPy: models with gather and index_add_, batched
products, dense attention, Laplacian eigenvectors, everyday operations, linear algebra, modules. Prints JSON of the same form.

    python torch_peer.py --data DIR [--only step,evaluation,batched,dense,lengths,eigen,operations,algebra,modules]
                         [--modes eager,fused,compile]
                         [--runs 20] [--threads 2] [--batch 128] [--budget SECONDS]

DIR holds a data set in TUDataset text whose training split is the folder `train`. Modes are those of the
models: `fused` is Adam in one kernel, `compile` is torch.compile, which takes a minute a model. With a budget,
benchmarks are measured in fewer runs, but at least three, and those that would start after it are left out and named.
"""
import argparse
import glob
import json
import math
import os
import resource
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from torch_operations import measure_algebra, measure_modules, measure_operations

LAYERS, HEADS = 10, 8
MODELS = {"GT": (64, "mean"), "SAN": (56, "sum"), "GraphiT": (64, "sum")}


def read_graphs(folder, count, split="train"):
    """The first `count` graphs of a split, as tuples of arrays."""
    found = glob.glob(os.path.join(folder, split, "*_A.txt"))
    if len(found) != 1:
        raise SystemExit(f"torch_peer.py: {len(found)} files {folder}/{split}/*_A.txt, expected 1")
    table = lambda name: np.loadtxt(found[0][: -len("A.txt")] + name + ".txt", delimiter=",")
    edges = table("A").astype(np.int64) - 1
    graph = table("graph_indicator").astype(np.int64) - 1
    atoms = table("node_labels").astype(np.int64)
    bonds = table("edge_labels").astype(np.int64)
    target = table("graph_attributes")
    start = np.searchsorted(graph, np.arange(len(target) + 1))
    edge_graph = graph[edges[:, 0]]
    order = np.argsort(edge_graph, kind="stable")
    edges, bonds, edge_graph = edges[order], bonds[order], edge_graph[order]
    edge_start = np.searchsorted(edge_graph, np.arange(len(target) + 1))
    result = []
    for g in range(min(count, len(target))):
        e = slice(edge_start[g], edge_start[g + 1])
        result.append(
            (atoms[start[g] : start[g + 1]], bonds[e], edges[e] - start[g], np.float32(target[g]))
        )
    return result


class Batch:
    """Graphs as one, with nodes numbered through."""

    def __init__(self, graphs):
        counts = [len(atoms) for atoms, _, _, _ in graphs]
        offsets = np.cumsum([0] + counts)
        edges = np.concatenate([g[2] + offset for g, offset in zip(graphs, offsets)])
        self.atoms = torch.from_numpy(np.concatenate([g[0] for g in graphs]))
        self.bonds = torch.from_numpy(np.concatenate([g[1] for g in graphs]))
        self.source = torch.from_numpy(edges[:, 0].copy())
        self.destination = torch.from_numpy(edges[:, 1].copy())
        self.counts = torch.tensor(counts)
        self.graph = torch.repeat_interleave(torch.arange(len(graphs)), self.counts)
        self.target = torch.tensor([g[3] for g in graphs]).unsqueeze(1)


class Stream(nn.Module):
    """What happens to nodes, or to edges, after attention."""

    def __init__(self, width):
        super().__init__()
        self.project = nn.Linear(width, width)
        self.norm1, self.norm2 = nn.BatchNorm1d(width), nn.BatchNorm1d(width)
        self.widen, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, before, attended):
        x = self.norm1(before + self.project(attended))
        return self.norm2(x + self.narrow(F.relu(self.widen(x))))


class Layer(nn.Module):
    def __init__(self, width, has_edges):
        super().__init__()
        self.width = width
        self.q, self.k, self.v, self.e = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.nodes, self.edges = Stream(width), Stream(width) if has_edges else None

    def forward(self, h, e, source, destination):
        depth = self.width // HEADS
        k = self.k(h).index_select(0, source)
        q = self.q(h).index_select(0, destination)
        score = k * q / math.sqrt(depth) * self.e(e)
        weight = score.view(-1, HEADS, depth).sum(2).clamp(-5, 5).exp()
        value = self.v(h).index_select(0, source).view(-1, HEADS, depth)
        message = (value * weight.unsqueeze(2)).view(-1, self.width)
        total = torch.zeros_like(h).index_add_(0, destination, message)
        norm = h.new_zeros(h.shape[0], HEADS).index_add_(0, destination, weight)
        out = total.view(-1, HEADS, depth) / (norm.unsqueeze(2) + 1e-6)
        return self.nodes(h, out.reshape(-1, self.width)), self.edges(e, score) if self.edges else e


class Model(nn.Module):
    """GT changes nodes and edges; SAN and GraphiT, on sparse graphs, nodes alone."""

    def __init__(self, name):
        super().__init__()
        width, self.readout_kind = MODELS[name]
        self.width = width
        self.atoms, self.bonds = nn.Embedding(28, width), nn.Embedding(4, width)
        self.layers = nn.ModuleList(Layer(width, name == "GT") for _ in range(LAYERS))
        self.readout = nn.Sequential(
            nn.Linear(width, width // 2), nn.ReLU(), nn.Linear(width // 2, width // 4), nn.ReLU(),
            nn.Linear(width // 4, 1),
        )

    def forward(self, atoms, bonds, source, destination, graph, counts):
        h, e = self.atoms(atoms), self.bonds(bonds)
        for layer in self.layers:
            h, e = layer(h, e, source, destination)
        pooled = h.new_zeros(counts.shape[0], self.width).index_add_(0, graph, h)
        return self.readout(pooled / counts.unsqueeze(1) if self.readout_kind == "mean" else pooled)


class Measurements:
    def __init__(self, budget=None, count=1):
        self.list, self.left_out, self.rejected = [], {}, []
        self.end = time.perf_counter() + budget if budget else None
        # Time for one of about `count` benchmarks; three quarters, since the first runs are not counted.
        self.limit = 0.75 * budget / count if budget else None

    def add(self, family, work, way, seconds):
        times = sorted(1e3 * s for s in seconds)
        self.list.append(
            {
                "family": family, "work": work, "way": way, "runs": len(times),
                "medianMilliseconds": times[len(times) // 2], "minimumMilliseconds": times[0],
                "maximumMilliseconds": times[-1],
            }
        )

    def reject(self, family, work, way, reason):
        self.rejected.append(f"{family}, {way}: {work}, since {reason}")

    def time(self, family, work, way, body, runs, warm_ups=3):
        """A short benchmark is repeated within a run to last about a millisecond, as in `outcrop bench`."""
        begin = time.perf_counter()
        if self.end and begin > self.end:
            self.left_out.setdefault((family, way), []).append(work)
            return
        body()
        begin = time.perf_counter()
        is_over = lambda share: self.limit and time.perf_counter() - begin > share * self.limit
        for _ in range(warm_ups):
            if is_over(0.125):
                break
            body()
        start = time.perf_counter()
        body()
        repetitions = max(1, int(1e-3 / max(1e-7, time.perf_counter() - start)))
        seconds = []
        for count in range(runs):
            if count >= 3 and is_over(1):
                break
            start = time.perf_counter()
            for _ in range(repetitions):
                body()
            seconds.append((time.perf_counter() - start) / repetitions)
        self.add(family, work, way, seconds)

    def left_out_lines(self):
        return [
            f"{family}, {way}: " + (works[0] if len(works) == 1 else f'{len(works)} benchmarks, from "{works[0]}" on')
            + ", since the time was over"
            for (family, way), works in self.left_out.items()
        ] + self.rejected


def measure_models(out, arguments):
    graphs = read_graphs(arguments.data, 10 * arguments.batch)
    batches = [
        Batch(graphs[i : i + arguments.batch])
        for i in range(0, len(graphs) - arguments.batch + 1, arguments.batch)
    ]
    inputs = [(b.atoms, b.bonds, b.source, b.destination, b.graph, b.counts) for b in batches]
    for name in arguments.models.split(","):
        for mode in arguments.modes.split(","):
            torch.manual_seed(0)
            model = Model(name)
            run = torch.compile(model, dynamic=True) if mode == "compile" else model
            optimizer = torch.optim.Adam(model.parameters(), lr=7e-4, fused=mode != "eager")
            position = 0
            def batch():
                nonlocal position
                position += 1
                return inputs[position % len(inputs)], batches[position % len(batches)].target
            def step():
                x, target = batch()
                optimizer.zero_grad()
                loss = (run(*x) - target).abs().mean()
                loss.backward()
                optimizer.step()
                if not math.isfinite(loss.item()):
                    raise ArithmeticError
            def evaluate():
                with torch.no_grad():
                    run(*batch()[0])
            title = f"{name} ZINC, batch {arguments.batch}"
            if "step" in arguments.only:
                model.train()
                try:
                    out.time("step", f"training step: {title}", f"PyTorch {mode}", step, arguments.runs, 10)
                except ArithmeticError:
                    # torch.compile limited to AVX2 computes such losses.
                    out.reject("step", f"training step: {title}", f"PyTorch {mode}", "its loss is not finite")
            # Adam has no part in it: the same as eager.
            if "evaluation" in arguments.only and mode != "fused":
                model.eval()
                out.time(
                    "evaluation", f"evaluation: {title}", f"PyTorch {mode}", evaluate,
                    arguments.runs, 10,
                )
    return batches


def measure_batched(out, runs):
    for count, m, k, n in ((1024, 64, 64, 64), (128, 64, 64, 64), (1024, 128, 8, 128)):
        a, b = torch.randn(count, m, k), torch.randn(count, k, n)
        # Into memory that is there already, as ours: taking a fresh 64 MB costs more than the product.
        c = torch.empty(count, m, n)
        work = f"batched product: {count} × [{m}, {k}] × [{k}, {n}]"
        out.time("batched", work, "torch.bmm", lambda: torch.bmm(a, b, out=c), runs)
    sizes = [9 + i * 7 % 29 for i in range(1024)]
    rows = torch.randn(sum(sizes), 64)
    b = torch.randn(1024, 64, 64)
    parts = torch.split(rows, sizes)
    work = "ragged product: 1024 × [9 ... 37, 64] × [64, 64]"
    def padded():
        product = torch.bmm(nn.utils.rnn.pad_sequence(parts, batch_first=True), b)
        return torch.cat([product[i, : sizes[i]] for i in range(len(sizes))])
    # The padding itself is left out: as if the data had always been padded.
    whole = nn.utils.rnn.pad_sequence(parts, batch_first=True)
    out.time("batched", work, "torch.bmm, padded and cut", padded, runs)
    product = torch.empty(1024, whole.shape[1], 64)
    out.time(
        "batched", work, "torch.bmm of padded data", lambda: torch.bmm(whole, b, out=product), runs
    )
    pieces = list(zip(parts, b, torch.split(torch.empty_like(rows), sizes)))
    def loop():
        for x, w, y in pieces:
            torch.mm(x, w, out=y)
    out.time("batched", work, "torch.mm in a loop", loop, runs)


DENSE = [(128, 8, 32, 8), (16, 8, 256, 64)]
LENGTHS = [
    shape for n in (32, 256, 1024, 4096) for d in (8, 32, 64, 128)
    if (shape := (4096 // n, 8, n, d)) not in DENSE
]


def measure_dense(out, family, shapes, runs):
    for shape in shapes:
        q, k, v = (torch.randn(*shape) for _ in range(3))
        text = str(list(shape))
        def forward():
            with torch.no_grad():
                F.scaled_dot_product_attention(q, k, v)
        x, y, z = (t.clone().requires_grad_() for t in (q, k, v))
        def both():
            x.grad = y.grad = z.grad = None
            F.scaled_dot_product_attention(x, y, z).sum().backward()
        way = "scaled_dot_product_attention"
        out.time(family, f"dense attention, forward: {text}", way, forward, runs)
        out.time(family, f"dense attention, forward and backward: {text}", way, both, runs)


def measure_eigen(out, folder):
    """As the published program: the normalized Laplacian of each graph and numpy.linalg.eigh."""
    graphs = []
    for split in ("train", "val", "test"):
        graphs += read_graphs(folder, 1 << 30, split)
    start = time.perf_counter()
    for atoms, _, edges, _ in graphs:
        n = len(atoms)
        adjacency = np.zeros((n, n))
        adjacency[edges[:, 0], edges[:, 1]] = 1
        root = np.clip(adjacency.sum(0), 1, None) ** -0.5
        laplacian = np.eye(n) - root[:, None] * adjacency * root[None, :]
        _, vectors = np.linalg.eigh(laplacian)
        vectors[:, 1:9]
    out.add(
        "eigen", f"Laplacian eigenvectors of {len(graphs)} graphs", "numpy.linalg.eigh",
        [time.perf_counter() - start],
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--only", default="step,evaluation,batched,dense,lengths,eigen,operations,algebra,modules")
    parser.add_argument("--models", default="GT,SAN,GraphiT")
    parser.add_argument("--modes", default="eager,fused")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--budget", type=float)
    arguments = parser.parse_args()
    arguments.only = arguments.only.split(",")
    torch.set_num_threads(arguments.threads)
    families = {"batched": 6, "dense": 4, "lengths": 28, "operations": 225, "algebra": 40, "modules": 3, "eigen": 1}
    models = len(arguments.models.split(",")) * len(arguments.modes.split(","))
    families.update(step=models, evaluation=models)
    out = Measurements(arguments.budget, sum(families[name] for name in arguments.only))
    if {"step", "evaluation"} & set(arguments.only):
        measure_models(out, arguments)
    if "batched" in arguments.only:
        measure_batched(out, arguments.runs)
    if "dense" in arguments.only:
        measure_dense(out, "dense", DENSE, arguments.runs)
    if "lengths" in arguments.only:
        measure_dense(out, "lengths", LENGTHS, arguments.runs)
    if "eigen" in arguments.only:
        measure_eigen(out, arguments.data)
    if "operations" in arguments.only:
        measure_operations(out, arguments.runs)
    if "algebra" in arguments.only:
        measure_algebra(out, arguments.runs)
    if "modules" in arguments.only:
        measure_modules(out, arguments.runs)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(
        json.dumps(
            {
                "program": f"torch {torch.__version__}, numpy {np.__version__}",
                "threads": arguments.threads, "measurements": out.list, "peakMemoryMB": peak,
                "leftOut": out.left_out_lines(),
            }
        )
    )


if __name__ == "__main__":
    main()

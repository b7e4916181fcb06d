#!/usr/bin/env python3
"""A training step of the ZINC GraphTransformer in plain PyTorch (gather and index_add_), timed.

The same model, batches and measurement as `bench --only step,evaluation`; prints one JSON object.

    python gt_step.py --data DIR [--runs 20] [--threads 2] [--batch 128]

DIR holds a data set in TUDataset text whose training split is the folder `train`.
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

LAYERS, WIDTH, HEADS = 10, 64, 8


def read_graphs(folder, count):
    """The first `count` graphs of the training split, as tuples of arrays."""
    found = glob.glob(os.path.join(folder, "train", "*_A.txt"))
    if len(found) != 1:
        raise SystemExit(f"gt_step.py: found {len(found)} files {folder}/train/*_A.txt, expected 1")
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

    def __init__(self):
        super().__init__()
        self.project = nn.Linear(WIDTH, WIDTH)
        self.norm1, self.norm2 = nn.BatchNorm1d(WIDTH), nn.BatchNorm1d(WIDTH)
        self.widen, self.narrow = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, before, attended):
        x = self.norm1(before + self.project(attended))
        return self.norm2(x + self.narrow(F.relu(self.widen(x))))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.e = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.nodes, self.edges = Stream(), Stream()

    def forward(self, h, e, batch):
        source, destination, depth = batch.source, batch.destination, WIDTH // HEADS
        k = self.k(h).index_select(0, source)
        q = self.q(h).index_select(0, destination)
        score = k * q / math.sqrt(depth) * self.e(e)
        weight = score.view(-1, HEADS, depth).sum(2).clamp(-5, 5).exp()
        value = self.v(h).index_select(0, source).view(-1, HEADS, depth)
        message = (value * weight.unsqueeze(2)).view(-1, WIDTH)
        total = torch.zeros_like(h).index_add_(0, destination, message)
        norm = h.new_zeros(h.shape[0], HEADS).index_add_(0, destination, weight)
        out = total.view(-1, HEADS, depth) / (norm.unsqueeze(2) + 1e-6)
        return self.nodes(h, out.reshape(-1, WIDTH)), self.edges(e, score)


class GraphTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.atoms, self.bonds = nn.Embedding(28, WIDTH), nn.Embedding(4, WIDTH)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.readout = nn.Sequential(
            nn.Linear(WIDTH, WIDTH // 2), nn.ReLU(), nn.Linear(WIDTH // 2, WIDTH // 4), nn.ReLU(),
            nn.Linear(WIDTH // 4, 1),
        )

    def forward(self, batch):
        h, e = self.atoms(batch.atoms), self.bonds(batch.bonds)
        for layer in self.layers:
            h, e = layer(h, e, batch)
        pooled = h.new_zeros(len(batch.counts), WIDTH).index_add_(0, batch.graph, h)
        return self.readout(pooled / batch.counts.unsqueeze(1))


def measured(times):
    ordered = sorted(times)
    return {"median": ordered[len(ordered) // 2], "min": ordered[0], "max": ordered[-1]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--warm-ups", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=128)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    graphs = read_graphs(arguments.data, 10 * arguments.batch)
    batches = [
        Batch(graphs[i : i + arguments.batch])
        for i in range(0, len(graphs) - arguments.batch + 1, arguments.batch)
    ]
    model = GraphTransformer()
    optimizer = torch.optim.Adam(model.parameters(), lr=7e-4)
    parts = {"forward": [], "backward": [], "Adam": [], "whole step": []}
    model.train()
    for index in range(arguments.warm_ups + arguments.runs):
        batch = batches[index % len(batches)]
        t0 = time.perf_counter()
        loss = (model(batch) - batch.target).abs().mean()
        t1 = time.perf_counter()
        loss.backward()
        t2 = time.perf_counter()
        optimizer.step()
        t3 = time.perf_counter()
        optimizer.zero_grad()
        t4 = time.perf_counter()
        if index >= arguments.warm_ups:
            for name, seconds in zip(parts, (t1 - t0, t2 - t1, t3 - t2, t4 - t0)):
                parts[name].append(seconds * 1e3)
    assert math.isfinite(loss.item())
    model.eval()
    parts["evaluation"] = []
    with torch.no_grad():
        for index in range(arguments.warm_ups + arguments.runs):
            t0 = time.perf_counter()
            model(batches[index % len(batches)])
            if index >= arguments.warm_ups:
                parts["evaluation"].append((time.perf_counter() - t0) * 1e3)
    nodes = sum(len(b.atoms) for b in batches) // len(batches)
    edges = sum(len(b.bonds) for b in batches) // len(batches)
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "threads": arguments.threads,
                "nodesPerBatch": nodes,
                "edgesPerBatch": edges,
                "parameters": sum(p.numel() for p in model.parameters()),
                "peakMemoryMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "milliseconds": {name: measured(times) for name, times in parts.items()},
            }
        )
    )


main()

#!/usr/bin/env python3
"""Writes ../Truth/interventions.json: make_intervention_truth.py FOLDER, with FOLDER/golden and FOLDER/data/ZINC.

Two trained GraphTransformers (`golden/gt_zinc_trained.safetensors`: without and with Explicit Bias Term) run in
PyTorch on the first test molecules of ZINC. A forward hook on a layer's score module changes the entries of the
scores that are massive: over the threshold by the median of their row, or of their graph. Needs torch and numpy.
"""
import json
import pathlib
import struct
import sys

import numpy as np
import torch

GRAPHS = 48
LAYERS, WIDTH, HEADS = 10, 64, 8
DEPTH = WIDTH // HEADS
source = pathlib.Path(sys.argv[1])


def tensors(path, prefix):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    kinds = {"F32": np.float32, "I64": np.int64}
    result = {}
    for name, entry in header.items():
        if name.startswith(prefix):
            first, last = entry["data_offsets"]
            values = np.frombuffer(data[first:last], dtype=kinds[entry["dtype"]])
            result[name[len(prefix):]] = torch.from_numpy(values.copy()).reshape(entry["shape"])
    return result


class Score(torch.nn.Module):
    """K_j Q_i / sqrt(d) P_e, with the Explicit Bias Term where there is one: [edges, heads, depth]."""

    def forward(self, query, key, edge, bias):
        score = key * query / DEPTH ** 0.5 * edge
        if bias is not None:
            k_bias, e_bias = bias
            b = (query * k_bias.reshape(1, HEADS, DEPTH)).sum(2, keepdim=True) / DEPTH ** 0.5
            score = score + b * e_bias.reshape(1, HEADS, DEPTH)
        return score


class Layer(torch.nn.Module):
    def __init__(self, values):
        super().__init__()
        self.values, self.score = values, Score()

    def linear(self, name, x):
        return torch.nn.functional.linear(x, self.values[name + ".weight"], self.values.get(name + ".bias"))

    def block(self, x, residual, suffix):
        def norm(number, y):
            name = f"batch_norm{number}_{suffix}."
            return torch.nn.functional.batch_norm(
                y, self.values[name + "running_mean"], self.values[name + "running_var"],
                self.values[name + "weight"], self.values[name + "bias"], False, 0.1, 1e-5)
        x = norm(1, residual + self.linear("O_" + suffix, x))
        inner = torch.relu(self.linear(f"FFN_{suffix}_layer1", x))
        return norm(2, x + self.linear(f"FFN_{suffix}_layer2", inner))

    def forward(self, h, e, sources, destinations):
        def heads(x):
            return x.reshape(-1, HEADS, DEPTH)
        query, key, value = (heads(self.linear("attention." + name, h)) for name in "QKV")
        edge = heads(self.linear("attention.proj_e", e))
        bias = None
        if "attention.k_bias" in self.values:
            bias = self.values["attention.k_bias"], self.values["attention.e_bias"]
        score = self.score(query[destinations], key[sources], edge, bias)
        weight = score.sum(2, keepdim=True).clamp(-5, 5).exp()
        values = value[sources]
        if bias is not None:
            values = values + self.values["attention.v_bias"].reshape(1, HEADS, DEPTH)
        sums = torch.zeros_like(query).index_add(0, destinations, weight * values)
        total = torch.zeros(len(h), HEADS, 1).index_add(0, destinations, weight)
        out = (sums / (total + 1e-6)).reshape(-1, WIDTH)
        return self.block(out, h, "h"), self.block(score.reshape(-1, WIDTH), e, "e")


class Model(torch.nn.Module):
    def __init__(self, values):
        super().__init__()
        self.values = values
        names = [f"layers.{i}." for i in range(LAYERS)]
        self.layers = torch.nn.ModuleList(
            Layer({k[len(n):]: v for k, v in values.items() if k.startswith(n)}) for n in names)

    def forward(self, graphs):
        h = self.values["embedding_h.weight"][graphs["atoms"]]
        e = self.values["embedding_e.weight"][graphs["bonds"]]
        for layer in self.layers:
            h, e = layer(h, e, graphs["sources"], graphs["destinations"])
        sizes = torch.bincount(graphs["graph"])
        y = torch.zeros(len(sizes), WIDTH).index_add(0, graphs["graph"], h) / sizes[:, None]
        for i in range(3):
            name = f"MLP_layer.FC_layers.{i}."
            y = torch.nn.functional.linear(y, self.values[name + "weight"], self.values[name + "bias"])
            y = torch.relu(y) if i < 2 else y
        return y[:, 0]


def molecules():
    def read(name):
        path = source / "data/ZINC/test" / f"ZINC_test_{name}.txt"
        return torch.from_numpy(np.loadtxt(path, delimiter=",", dtype=np.int64))
    graph, edges = read("graph_indicator") - 1, read("A") - 1
    nodes, used = graph < GRAPHS, graph[edges[:, 0]] < GRAPHS
    return dict(graph=graph[nodes], atoms=read("node_labels")[nodes], bonds=read("edge_labels")[used],
                sources=edges[used, 0], destinations=edges[used, 1],
                edge_graph=graph[edges[used, 0]])


def medians(score, by, graphs):
    """The median magnitude of each row, or of each row's graph; the mean of the two middle values."""
    magnitude = score.abs()
    if by == "row":
        return magnitude.quantile(0.5, dim=1)
    of_graph = torch.stack([magnitude[graphs["edge_graph"] == g].flatten().quantile(0.5) for g in range(GRAPHS)])
    return of_graph[graphs["edge_graph"]]


def replaced(score, kind, by, threshold, graphs, means):
    median = medians(score, by, graphs)[:, None].expand_as(score)
    massive = score.abs() / median > threshold
    value = dict(zero=torch.zeros_like(score), median=score.sign() * median, mean=means.expand_as(score),
                 clip=score.sign() * 100 * median)[kind]
    return torch.where(massive, value, score), massive


torch.set_grad_enabled(False)
graphs = molecules()
cases, clean = [], {}
for model_name, thresholds in [("nobias", [1000]), ("ebt", [1000, 100])]:
    path = source / "golden/gt_zinc_trained.safetensors"
    values = tensors(path, model_name + "/")
    model = Model({k: v for k, v in values.items() if "/" not in k})
    scores = {}
    for i, layer in enumerate(model.layers):
        layer.score.register_forward_hook(lambda m, x, y, i=i: scores.update({i: y.reshape(-1, WIDTH)}))
    before = model(graphs)
    assert (before - values["out/test"][:GRAPHS]).abs().max() < 1e-4
    for layer in model.layers:
        layer.score._forward_hooks.clear()
    clean[model_name] = before.tolist()
    # The mean of a channel over the split, computed without any change.
    means = {i: s.double().mean(0).float()[None] for i, s in scores.items()}
    for threshold in thresholds:
        for by in ["row", "batch"]:
            found, near = [], []
            for i, s in scores.items():
                ratio = s.abs() / medians(s, by, graphs)[:, None]
                found.append(int((ratio > threshold).sum()))
                near.append(float((ratio / threshold - 1).abs().min()))
            layers = sorted(range(LAYERS), key=lambda i: -found[i])[:2]
            for kind in ["zero", "median", "mean", "clip"]:
                for chosen in [[i] for i in layers if found[i]] + [list(range(LAYERS))]:
                    counts = {}
                    margin = 1.0

                    def hook(module, inputs, output, i):
                        global margin
                        score = output.reshape(-1, WIDTH)
                        result, massive = replaced(score, kind, by, threshold, graphs, means[i])
                        ratio = score.abs() / medians(score, by, graphs)[:, None]
                        margin = min(margin, float((ratio / threshold - 1).abs().min()))
                        counts[i] = int(massive.sum())
                        return result.reshape(output.shape)

                    handles = [model.layers[i].score.register_forward_hook(
                        lambda m, x, y, i=i: hook(m, x, y, i)) for i in chosen]
                    after = model(graphs)
                    for handle in handles:
                        handle.remove()
                    # An entry so close to the threshold may be over it in one program and not in the other.
                    if margin < 2e-4:
                        continue
                    cases.append(dict(
                        model=model_name, threshold=threshold, median=by, kind=kind,
                        layer=chosen[0] if len(chosen) == 1 else None, entries=sum(counts.values()),
                        margin=margin, predictions=after.tolist()))
                    print(model_name, threshold, by, kind, chosen if len(chosen) == 1 else "all", sum(counts.values()),
                          "margin", margin, "change", float((after - before).abs().mean()))
truth = dict(graphs=GRAPHS, clean=clean, cases=cases)
target = pathlib.Path(__file__).resolve().parent.parent / "Truth" / "interventions.json"
target.write_text(json.dumps(truth, separators=(",", ":")) + "\n")

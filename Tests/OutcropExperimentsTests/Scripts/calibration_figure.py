#!/usr/bin/env python3
"""Writes Docs/calibration.svg: calibration_figure.py FOLDER, with FOLDER/golden and FOLDER/data/ZINC.

The largest ratios by the row median of 16 untrained GraphTransformers and of the trained one without Explicit Bias
Term in `golden/gt_zinc_trained.safetensors`, on 48 test molecules of ZINC, and the thresholds that ExtremeCalibration
takes from the untrained ones (written again here, in NumPy). Needs torch and numpy.
"""
import math
import pathlib
import sys

import numpy as np
import torch

here = pathlib.Path(__file__).resolve().parent
text = (here / "make_intervention_truth.py").read_text()
exec(text[:text.index("torch.set_grad_enabled(False)")])
torch.set_grad_enabled(False)
SEEDS, RATE, ROUNDS = 16, 0.05, 2000
graphs = molecules()


def untrained(seed):
    g = torch.Generator().manual_seed(seed)
    values = {}

    def linear(name, outputs, inputs, bias=True):
        reach = 1 / math.sqrt(inputs)
        values[name + ".weight"] = (torch.rand(outputs, inputs, generator=g) * 2 - 1) * reach
        if bias:
            values[name + ".bias"] = (torch.rand(outputs, generator=g) * 2 - 1) * reach
    values["embedding_h.weight"] = torch.randn(28, WIDTH, generator=g)
    values["embedding_e.weight"] = torch.randn(4, WIDTH, generator=g)
    for layer in range(LAYERS):
        p = f"layers.{layer}."
        for name in ["Q", "K", "V", "proj_e"]:
            linear(p + "attention." + name, WIDTH, WIDTH, False)
        for s in "he":
            linear(p + "O_" + s, WIDTH, WIDTH)
            linear(p + f"FFN_{s}_layer1", 2 * WIDTH, WIDTH)
            linear(p + f"FFN_{s}_layer2", WIDTH, 2 * WIDTH)
            for number in "12":
                n = p + f"batch_norm{number}_{s}."
                values[n + "running_mean"] = values[n + "bias"] = torch.zeros(WIDTH)
                values[n + "running_var"] = values[n + "weight"] = torch.ones(WIDTH)
    for i, (outputs, inputs) in enumerate([(32, 64), (16, 32), (1, 16)]):
        linear(f"MLP_layer.FC_layers.{i}", outputs, inputs)
    return Model(values)


def largest(model):
    scores = {}
    for i, layer in enumerate(model.layers):
        layer.score.register_forward_hook(lambda m, x, y, i=i: scores.update({i: y.reshape(-1, WIDTH)}))
    model(graphs)
    return [math.log10(float((scores[i].abs() / medians(scores[i], "row", graphs)[:, None]).max()))
            for i in range(LAYERS)]


def moments(x):
    x = np.sort(x, axis=-1)
    n, i = x.shape[-1], np.arange(x.shape[-1])
    b0, b1 = x.mean(-1), (x * i / (n - 1)).mean(-1)
    b2 = (x * i * (i - 1) / ((n - 1) * (n - 2))).mean(-1)
    return b0, 2 * b1 - b0, 6 * b2 - 6 * b1 + b0


def shape_of(skewness):
    c = 2 / (3 + skewness) - math.log(2) / math.log(3)
    return np.clip(-(7.859 * c + 2.9554 * c * c), -0.5, 0.4)


gamma = np.vectorize(math.gamma)


def fitted(mean, scale, shape):
    k = np.where(np.abs(shape) < 1e-6, 1e-6, -shape)
    sigma = scale * k / (gamma(1 + k) * (1 - 2.0 ** -k))
    return mean - sigma * (1 - gamma(1 + k)) / k, sigma


def tail(x, location, sigma, shape):
    inner = np.maximum(1 + shape * (x - location) / sigma, 0)
    with np.errstate(divide="ignore"):
        return -np.expm1(-np.exp(-np.log(inner) / shape))


def level(p, shape):
    return np.expm1(shape * -np.log(-np.log1p(-p))) / shape


null = np.array([largest(untrained(1000 + seed)) for seed in range(SEEDS)]).T
values = tensors(source / "golden/gt_zinc_trained.safetensors", "nobias/")
trained = largest(Model({k: v for k, v in values.items() if "/" not in k}))
mean, scale, third = moments(null)
shape = float(shape_of((third / scale).mean()))
rng = np.random.default_rng(0)
drawn = moments(level(rng.random((ROUNDS, LAYERS, SEEDS)), shape))
shapes = shape_of((drawn[2] / drawn[1]).mean(-1))[:, None]
location, sigma = fitted(drawn[0], drawn[1], shapes)
found = np.sort(tail(level(rng.random((ROUNDS, LAYERS)), shape), location, sigma, shapes).ravel())
p = max(found[int(RATE / LAYERS * len(found))], 1e-300)
location, sigma = fitted(mean, scale, np.full(LAYERS, shape))
thresholds = location + sigma * level(p, shape)
print("shape", shape, "thresholds", 10 ** thresholds, "untrained", 10 ** null.max(1), "trained", 10 ** np.array(trained))

low, high = 1.0, 5.0
left, top, width, row = 78, 54, 520, 24


def x(v):
    return left + width * (min(max(v, low), high) - low) / (high - low)


out = []
for tick in range(int(low), int(high) + 1):
    out.append(f'<line x1="{x(tick):.1f}" y1="{top - 8}" x2="{x(tick):.1f}" y2="{top + row * LAYERS}" stroke="#e4e7eb"/>'
               f'<text x="{x(tick):.1f}" y="{top + row * LAYERS + 18}" text-anchor="middle">{10 ** tick:,}</text>')
out.append(f'<line x1="{x(3):.1f}" y1="{top - 8}" x2="{x(3):.1f}" y2="{top + row * LAYERS}" stroke="#c14a00" '
           'stroke-dasharray="5 3"/>')
for i in range(LAYERS):
    y = top + row * i + row / 2
    over = trained[i] > thresholds[i]
    out.append(f'<text x="{left - 10}" y="{y + 4:.1f}" text-anchor="end">layer {i}</text>')
    out.append(f'<rect x="{x(null[i].min()):.1f}" y="{y - 6:.1f}" width="{x(null[i].max()) - x(null[i].min()):.1f}" '
               'height="12" fill="#8b949e" fill-opacity=".35"/>')
    out.append(f'<circle cx="{x(thresholds[i]):.1f}" cy="{y:.1f}" r="4.5" fill="#fff" stroke="#57606a" stroke-width="1.6"/>')
    out.append(f'<circle cx="{x(trained[i]):.1f}" cy="{y:.1f}" r="4.5" fill="{"#c14a00" if over else "#0072b2"}"/>')
legend = ('<rect x="78" y="14" width="20" height="12" fill="#8b949e" fill-opacity=".35"/><text x="104" y="24">16 untrained models'
          '</text><circle cx="252" cy="20" r="4.5" fill="#fff" stroke="#57606a" stroke-width="1.6"/><text x="262" y="24">threshold, '
          '5 % in all layers</text><circle cx="442" cy="20" r="4.5" fill="#c14a00"/><text x="452" y="24">trained, over it</text>'
          '<circle cx="560" cy="20" r="4.5" fill="#0072b2"/><text x="570" y="24">not over it</text>')
height = top + row * LAYERS + 48
svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 {height}" width="660" height="{height}" '
       'font-family="system-ui,sans-serif" font-size="12.5" fill="#1b1f24"><rect width="100%" height="100%" fill="#fff"/>'
       + legend + "".join(out)
       + f'<text x="{left + width / 2}" y="{height - 10}" text-anchor="middle">largest ratio by the row median; dashed: the '
       'convention of 1,000</text></svg>\n')
(here.parent.parent.parent / "Docs" / "calibration.svg").write_text(svg)

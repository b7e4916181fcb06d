"""Writes truth.json: what PyTorch and SciPy compute for schedule, optimizer, metric and loss.

Run: python make_truth.py (needs torch and scipy). All in float64 but the schedule's plain floats.
"""
import json
import math
import pathlib

import scipy.stats
import torch

torch.manual_seed(3)
double = torch.float64


def plateau(losses, patience, factor, rate):
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.Adam([parameter], lr=rate)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="min", factor=factor, patience=patience)
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    return dict(losses=losses, patience=patience, factor=factor, rate=rate, rates=rates)


noise = torch.rand(40, dtype=double).tolist()
sequences = {
    "falling": [1 / (k + 1) for k in range(30)],
    "flat": [0.5] * 40,
    "rising": [0.1 * (k + 1) for k in range(30)],
    "noisy": [math.exp(-k / 8) + 0.2 * noise[k] for k in range(40)],
    # Around the relative threshold of 1e-4: just enough, just not, exactly.
    "threshold": [1.0, 0.99991, 0.99989, 0.99980, 0.9997, 0.99965, 0.9996, 0.99955, 0.5, 0.49995,
                  0.4999499, 0.49, 0.489951, 0.48995],
    "zero": [1.0, 0.0, 0.0, 0.0, 1e-9, 0.0, 0.0, 0.0, 0.0],
}
plateaus = [plateau(losses, patience, factor, rate)
            for losses in sequences.values() for patience in (0, 2, 5)
            for factor, rate in ((0.5, 7e-4), (0.1, 1.0))]


def adam(decay, rate):
    value = torch.randn(12, dtype=double)
    gradients = torch.randn(10, 12, dtype=double)
    gradients[:, 0] = 0
    gradients[:, 1] *= 1e-9
    gradients[:, 2] *= 1e-30
    gradients[:, 3] *= 1e12
    gradients[5:, 4] = 0
    parameter = torch.nn.Parameter(value.clone())
    optimizer = torch.optim.Adam([parameter], lr=rate, weight_decay=decay)
    values = []
    for gradient in gradients:
        parameter.grad = gradient.clone()
        optimizer.step()
        values.append(parameter.detach().tolist())
    return dict(decay=decay, rate=rate, start=value.tolist(), gradients=gradients.tolist(),
                values=values)


def auc(scores, labels):
    positive = [s for s, l in zip(scores, labels) if l == 1]
    negative = [s for s, l in zip(scores, labels) if l == 0]
    u = scipy.stats.mannwhitneyu(positive, negative).statistic
    return dict(scores=scores, labels=labels, area=u / (len(positive) * len(negative)))


def drawn(count, levels):
    scores = (torch.randint(0, levels, (count,)) / 8).tolist()
    labels = torch.randint(0, 2, (count,)).tolist()
    return scores, [1, 0] + labels[2:]


def entropy(rows, columns, scale, share):
    logits = (torch.randn(rows, columns, dtype=double) * scale).requires_grad_()
    targets = torch.randint(0, 2, (rows, columns)).to(double)
    mask = (torch.rand(rows, columns) < share).to(double)
    mask[0, 0] = 1
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        logits, targets, reduction="none")
    loss = (losses * mask).sum() / mask.sum()
    loss.backward()
    return dict(shape=[rows, columns], logits=logits.detach().flatten().tolist(),
                targets=targets.flatten().tolist(), mask=mask.flatten().tolist(),
                loss=loss.item(), gradient=logits.grad.flatten().tolist())


truth = dict(
    plateau=plateaus,
    adam=[adam(decay, rate) for decay in (0.0, 0.01) for rate in (7e-4, 0.1)],
    auc=[auc(*drawn(n, levels)) for n, levels in ((2, 2), (10, 3), (50, 4), (200, 1000), (60, 1))],
    entropy=[entropy(4, 3, 1, 0.6), entropy(7, 12, 50, 0.3), entropy(5, 1, 3, 1.1)])
path = pathlib.Path(__file__).with_name("truth.json")
path.write_text(json.dumps(truth, separators=(",", ":")) + "\n")

"""Writes training.json beside itself: Adam and the plateau schedule by PyTorch, areas under the ROC
curve by SciPy (the Mann-Whitney statistic over the number of pairs, ties counted half).

Run with any recent PyTorch and SciPy: python make_truth.py
"""
import json, math, pathlib
import numpy as np
import torch
from scipy.stats import mannwhitneyu

torch.manual_seed(7)
rng = np.random.default_rng(7)


def adam(learning_rate, decay):
    """Six steps of two parameters; the second has no gradient in every third step."""
    shapes = [[5], [2, 3]]
    parameters = [torch.randn(shape).double().requires_grad_() for shape in shapes]
    optimizer = torch.optim.Adam(parameters, lr=learning_rate, weight_decay=decay)
    result = {
        "learning_rate": learning_rate,
        "weight_decay": decay,
        "shapes": shapes,
        "start": [p.detach().flatten().tolist() for p in parameters],
        "gradients": [],
        "after": [],
    }
    for step in range(6):
        optimizer.zero_grad()
        gradients = []
        for index, p in enumerate(parameters):
            if index == 1 and step % 3 == 2:
                gradients.append(None)
                continue
            # From large to tiny, where epsilon counts.
            p.grad = (torch.randn(p.shape) * 10.0 ** (2 - 3 * step)).double()
            gradients.append(p.grad.flatten().tolist())
        optimizer.step()
        result["gradients"].append(gradients)
        result["after"].append([p.detach().flatten().tolist() for p in parameters])
    return result


def plateau(losses, learning_rate, factor, patience):
    optimizer = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=learning_rate)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimizer, mode="min", factor=factor, patience=patience
    )
    rates = []
    for loss in losses:
        schedule.step(loss)
        rates.append(optimizer.param_groups[0]["lr"])
    # JSON has neither NaN nor infinity: strings stand for them.
    plain = [x if math.isfinite(x) else str(x) for x in losses]
    return {
        "losses": plain,
        "learning_rate": learning_rate,
        "factor": factor,
        "patience": patience,
        "rates": rates,
    }


def area(count, levels):
    scores = rng.normal(size=count).astype(np.float32)
    if levels:
        scores = np.round(scores * levels).astype(np.float32)
    labels = (rng.random(count) < 0.3).astype(int)
    labels[0], labels[1] = 0, 1
    positive, negative = scores[labels == 1], scores[labels == 0]
    u = mannwhitneyu(positive, negative, method="asymptotic").statistic
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "area": float(u) / (len(positive) * len(negative)),
    }


walk = np.abs(np.cumsum(rng.normal(size=60) * 0.05) + 1).tolist()
close = [1.0, 1 - 0.9e-4, 1 - 1e-4, 1 - 1.1e-4, (1 - 1.1e-4) * (1 - 1e-4), 0.9998, 0.9, 0.9, 0.9]
truth = {
    "adam": [adam(7e-4, 0.0), adam(0.05, 0.01)],
    "plateau": [
        plateau(walk, 7e-4, 0.5, 2),
        plateau(walk, 0.1, 0.3, 0),
        plateau([1.0] * 40, 1e-3, 0.5, 0),
        plateau([1.0] * 30, 3e-8, 0.5, 1),
        plateau(close * 3, 1e-2, 0.5, 1),
        plateau([math.nan, 2.0, math.nan, 1.0, math.inf, 1.0, 0.5, math.nan], 1e-2, 0.5, 0),
        plateau([math.nan] * 3 + [1.0] + [2.0] * 4, 1e-2, 0.5, 1),
        plateau([0.0, 0.0, -1.0, -1.0, -0.99995, -2.0], 1e-2, 0.5, 0),
    ],
    "areas": [area(2, 0), area(7, 1), area(200, 0), area(200, 2), area(500, 1)],
}
(pathlib.Path(__file__).parent / "training.json").write_text(json.dumps(truth) + "\n")

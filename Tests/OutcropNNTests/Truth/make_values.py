"""Writes optimizers.json and layers.json beside itself: what torch.optim, its schedulers and torch.nn compute
in float64. Run with any PyTorch: python make_values.py
"""
import json, pathlib
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler as S

torch.set_default_dtype(torch.float64)
here = pathlib.Path(__file__).parent


def plain(x):
    return {"shape": list(x.shape), "values": x.detach().flatten().tolist()}


# Ten steps of each optimizer on two groups, with clipping.
def optimizer_case(make, clip=None):
    torch.manual_seed(3)
    first, second = torch.randn(3, 2), torch.randn(4)
    targets = torch.randn(10, 3, 2)
    a, b = first.clone().requires_grad_(), second.clone().requires_grad_()
    optimizer = make([{"params": [a], "lr": 0.05, "weight_decay": 0.1},
                      {"params": [b], "lr": 0.02, "weight_decay": 0.0}])
    history, norms = [], []
    for target in targets:
        optimizer.zero_grad()
        loss = ((a - target) ** 2).sum() + (a[0, 0] * b).exp().sum() + (b ** 4).sum()
        loss.backward()
        if clip == "norm":
            norms.append(torch.nn.utils.clip_grad_norm_([a, b], 1.5).item())
        if clip == "value":
            torch.nn.utils.clip_grad_value_([a, b], 0.7)
        optimizer.step()
        history.append([plain(a), plain(b)])
    return {"a": plain(first), "b": plain(second), "targets": plain(targets), "history": history,
            "norms": norms}


O = torch.optim
optimizers = {
    "sgd": optimizer_case(lambda g: O.SGD(g, lr=1)),
    "sgd momentum": optimizer_case(lambda g: O.SGD(g, lr=1, momentum=0.9)),
    "sgd dampening": optimizer_case(lambda g: O.SGD(g, lr=1, momentum=0.8, dampening=0.3)),
    "sgd nesterov": optimizer_case(lambda g: O.SGD(g, lr=1, momentum=0.9, nesterov=True), "norm"),
    "adam": optimizer_case(lambda g: O.Adam(g, betas=(0.8, 0.95))),
    "adam norm": optimizer_case(lambda g: O.Adam(g), "norm"),
    "adamw": optimizer_case(lambda g: O.AdamW(g)),
    "adamw value": optimizer_case(lambda g: O.AdamW(g, betas=(0.8, 0.95), eps=1e-6), "value"),
    "rmsprop": optimizer_case(lambda g: O.RMSprop(g)),
    "rmsprop centered": optimizer_case(lambda g: O.RMSprop(g, alpha=0.9, centered=True, momentum=0.5)),
    "adagrad": optimizer_case(lambda g: O.Adagrad(g)),
    "adagrad decay": optimizer_case(
        lambda g: O.Adagrad(g, lr_decay=0.1, initial_accumulator_value=0.2), "value"),
}


# The learning rates of 50 steps that start at 0.4.
def rates(make, losses=None):
    p = torch.zeros(1, requires_grad=True)
    optimizer = O.SGD([p], lr=0.4)
    scheduler = make(optimizer)
    found = []
    for step in range(50):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step() if losses is None else scheduler.step(losses[step])
    return found


losses = [1 / (1 + step) if step < 12 else 0.08 + 0.001 * (step % 5) for step in range(50)]
schedules = {
    "step": rates(lambda o: S.StepLR(o, 7, 0.3)),
    "multiStep": rates(lambda o: S.MultiStepLR(o, [5, 20, 21], 0.5)),
    "exponential": rates(lambda o: S.ExponentialLR(o, 0.93)),
    "cosine": rates(lambda o: S.CosineAnnealingLR(o, 50, 0.04)),
    "warmUp": rates(lambda o: S.LinearLR(o, 0.1, 1.0, 8)),
    "oneCycle": rates(lambda o: S.OneCycleLR(o, 0.4, total_steps=51, cycle_momentum=False)),
    "plateau": rates(lambda o: S.ReduceLROnPlateau(o, factor=0.5, patience=3), losses),
    "warmUpThenCosine": rates(lambda o: S.SequentialLR(
        o, [S.LinearLR(o, 0.25, 1.0, 10), S.CosineAnnealingLR(o, 40, 0)], [10])),
    "product": rates(lambda o: S.ChainedScheduler(
        [S.LinearLR(o, 0.1, 1.0, 8), S.ExponentialLR(o, 0.9)])),
}
(here / "optimizers.json").write_text(json.dumps(
    {"optimizers": optimizers, "schedules": schedules, "losses": losses}))


# Layers with the state dicts that they come with.
def layer_case(module, inputs, call):
    inputs = {k: v.requires_grad_() for k, v in inputs.items()}
    y = call(module, **inputs)
    weight = torch.randn(y.shape)
    y.backward(weight)
    return {
        "state": {k: plain(v) for k, v in module.state_dict().items()},
        "inputs": {k: plain(v) for k, v in inputs.items()}, "dy": plain(weight), "y": plain(y),
        "gradients": {k: plain(v.grad) for k, v in module.named_parameters()}
        | {"input " + k: plain(v.grad) for k, v in inputs.items()},
    }


torch.manual_seed(7)
nn = torch.nn


def attention(bias=True):
    module = nn.MultiheadAttention(8, 2, bias=bias, batch_first=True)
    if bias:
        nn.init.normal_(module.in_proj_bias)
        nn.init.normal_(module.out_proj.bias)
    return module


causal = torch.triu(torch.ones(5, 5, dtype=torch.bool), 1)
padding = torch.tensor([[False, False, False, True, True], [False] * 5])
x = lambda *shape: torch.randn(*shape)
layers = {
    "attention": layer_case(
        attention(), {"q": x(2, 3, 8), "k": x(2, 5, 8), "v": x(2, 5, 8)},
        lambda m, q, k, v: m(q, k, v, need_weights=False)[0]),
    "attention without bias": layer_case(
        attention(False), {"q": x(2, 3, 8), "k": x(2, 5, 8), "v": x(2, 5, 8)},
        lambda m, q, k, v: m(q, k, v, need_weights=False)[0]),
    "causal attention": layer_case(
        attention(), {"x": x(2, 5, 8)},
        lambda m, x: m(x, x, x, attn_mask=causal, need_weights=False)[0]),
    "padded attention": layer_case(
        attention(), {"x": x(2, 5, 8)},
        lambda m, x: m(x, x, x, key_padding_mask=padding, need_weights=False)[0]),
}
for norm_first in [False, True]:
    for is_causal in [False, True]:
        name = f"encoder layer, norm {'first' if norm_first else 'last'}" + (", causal" if is_causal else "")
        module = nn.TransformerEncoderLayer(
            8, 2, 12, dropout=0.0, batch_first=True, norm_first=norm_first)
        for p in module.parameters():
            nn.init.normal_(p, std=0.5)
        layers[name] = layer_case(
            module, {"x": x(2, 5, 8)},
            lambda m, x, c=is_causal: m(x, src_mask=causal if c else None))
group = nn.GroupNorm(3, 6)
nn.init.normal_(group.weight)
nn.init.normal_(group.bias)
layers["group norm"] = layer_case(group, {"x": x(4, 6, 5)}, lambda m, x: m(x))
rms = nn.RMSNorm(6, eps=1e-6)
nn.init.normal_(rms.weight)
layers["rms norm"] = layer_case(rms, {"x": x(4, 6)}, lambda m, x: m(x))
mlp = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.LayerNorm(5), nn.Linear(5, 2))
layers["sequential"] = layer_case(mlp, {"x": x(4, 3)}, lambda m, x: m(x))
layers["convolution, two axes"] = layer_case(
    nn.Conv2d(4, 6, (3, 2), stride=(1, 2), padding=(1, 0), dilation=(2, 1), groups=2),
    {"x": x(2, 4, 6, 5)}, lambda m, x: m(x))
layers["convolution, two axes, without bias"] = layer_case(
    nn.Conv2d(3, 2, 3, padding=1, bias=False), {"x": x(2, 3, 4, 4)}, lambda m, x: m(x))
layers["convolution, one axis"] = layer_case(
    nn.Conv1d(4, 6, 3, stride=2, padding=2, dilation=2, groups=2), {"x": x(3, 4, 9)}, lambda m, x: m(x))
(here / "layers.json").write_text(json.dumps(layers))

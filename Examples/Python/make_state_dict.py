"""Writes encoder.safetensors for the example PyTorchStateDict: the state dict of a small encoder, as it is saved
from a model wrapped in DataParallel, with an input and PyTorch's result. Needs torch; `safetensors.torch.save_file` would write the same.
"""
import json, pathlib, struct
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.project = nn.Linear(4, 16)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(16, 4, 32, batch_first=True) for _ in range(2))
        self.head = nn.Sequential(
            nn.LayerNorm(16), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, x):
        x = self.project(x)
        for layer in self.layers:
            x = layer(x)
        return self.head(x.mean(1))


torch.manual_seed(1)
model = Encoder().eval()
x = torch.randn(5, 7, 4)
tensors = {"module." + name: value for name, value in model.state_dict().items()}
with torch.no_grad():
    tensors |= {"example/x": x, "example/y": model(x)}
folder = pathlib.Path(__file__).parent.parent / "Sources" / "PyTorchStateDict"
header, data = {}, b""
for name, value in tensors.items():
    part = value.contiguous().numpy().tobytes()
    header[name] = {
        "dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(part)]}
    data += part
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
(folder / "encoder.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)

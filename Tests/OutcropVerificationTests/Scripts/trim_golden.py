#!/usr/bin/env python3
"""Writes the two small files of ../Golden from large golden files: trim_golden.py FOLDER.

FOLDER holds `gt_zinc.safetensors` and `gt_zinc_small_ebt.safetensors`, written by the published PyTorch
models. Every number that is kept keeps its bytes. What is left out: activations (except signatures),
parameters after Adam steps, gradients and running statistics of most layers, and all but the first row of a
gradient of a matrix. Needs Python alone.
"""
import json
import os
import struct
import sys


def read(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header, data = json.loads(file.read(length)), file.read()
    metadata = header.pop("__metadata__")
    return metadata, {
        name: (entry["dtype"], entry["shape"], data[entry["data_offsets"][0]:entry["data_offsets"][1]])
        for name, entry in header.items()
    }


def write(path, metadata, tensors):
    header, offset = {"__metadata__": metadata}, 0
    # Large elements first, so that every tensor is aligned.
    order = sorted(tensors, key=lambda name: (tensors[name][0] == "F32", name))
    for name in order:
        dtype, shape, data = tensors[name]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            file.write(tensors[name][2])
    print(path, os.path.getsize(path), "bytes")


def first_rows(tensor, count):
    dtype, shape, data = tensor
    kept = min(count, shape[0])
    return dtype, [kept] + shape[1:], data[:len(data) // shape[0] * kept]


def trimmed(tensors, layers):
    """Inputs and scores whole; gradients of parameters outside the layers and inside `layers`."""
    kept = {}
    for name, tensor in tensors.items():
        kind, _, rest = name.partition("/")
        wanted = not rest.startswith("layers.") or rest.startswith(layers)
        if not rest or kind in ("graph", "out", "steps5", "actsig") or kind == "gradsig" and wanted:
            kept[name] = tensor
        elif kind == "bn_after" and rest.startswith(layers) and "batch_norm1_h" in rest:
            kept[name] = tensor
        elif kind == "grad" and wanted and "FFN" not in rest and "batch_norm2" not in rest:
            if len(tensor[1]) == 1:
                kept[name] = tensor
            else:
                kept["gradrows/" + rest] = first_rows(tensor, 1)
    return kept


source = sys.argv[1]
target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Golden")
for name, layers in [("gt_zinc", ("layers.0.",)), ("gt_zinc_small_ebt", ("layers.0.",))]:
    metadata, tensors = read(os.path.join(source, name + ".safetensors"))
    write(os.path.join(target, name + ".safetensors"), metadata, trimmed(tensors, layers))

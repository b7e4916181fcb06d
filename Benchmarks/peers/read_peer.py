"""How long PyTorch Geometric's and OGB's own readers take: python read_peer.py [--runs N] FOLDER...

FOLDER is a data set in TUDataset text (split folders are read one by one) or in OGB's layout. Prints a
JSON line for each, like the program `read`. The time is that of `torch_geometric.io.read_tu_data` or of
`ogb.io.read_graph_raw.read_csv_graph_raw` alone, on one thread; reading OGB's labels, which that
function leaves to pandas, is not counted. Needs: pip install torch torch_geometric ogb
"""
import argparse
import contextlib
import io
import json
import os
import statistics
import time
import warnings

import torch

torch.set_num_threads(1)
warnings.filterwarnings("ignore")


def read_tu(folder):
    from torch_geometric.io import read_tu_data

    splits = [f"{folder}/{s}" for s in ("train", "val", "test") if os.path.isdir(f"{folder}/{s}")]
    found = []
    for part in splits or [folder]:
        names = [n for n in os.listdir(part) if n.endswith("_graph_indicator.txt")]
        found.append(read_tu_data(part, names[0].removesuffix("_graph_indicator.txt")))
    return found


def read_ogb(folder):
    from ogb.io.read_graph_raw import read_csv_graph_raw

    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return read_csv_graph_raw(f"{folder}/raw", add_inverse_edge=True)


parser = argparse.ArgumentParser()
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("folders", nargs="+")
arguments = parser.parse_args()
for folder in arguments.folders:
    read = read_ogb if os.path.isdir(f"{folder}/raw") else read_tu
    times = []
    for _ in range(arguments.runs):
        start = time.perf_counter()
        result = read(folder)
        times.append((time.perf_counter() - start) * 1e3)
        # What was read goes away after the clock has stopped.
        graphs = (
            len(result) if read is read_ogb
            else sum(len(next(iter(slices.values()))) - 1 for _, slices, _ in result)
        )
        del result
    print(json.dumps({
        "path": folder, "graphs": graphs, "reader": read.__name__,
        "medianMilliseconds": statistics.median(times), "minimumMilliseconds": min(times),
        "maximumMilliseconds": max(times),
    }), flush=True)

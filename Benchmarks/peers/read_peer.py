"""How long the readers of others take: python read_peer.py [--runs N] PATH...

PATH is a data set in TUDataset text (split folders are read one by one), in OGB's layout, or in tables. Tables
are read with pandas and then treated as the parser of DGL's `CSVDataset` does (`DefaultDataParser` and
`BaseData`: vectors by `ast.literal_eval`, names of nodes by `numpy.unique`); that package need not be
installed. Prints a JSON line for each, like the program `read`. The time is that of `torch_geometric.io.read_tu_data` or of
`ogb.io.read_graph_raw.read_csv_graph_raw` or of the tables alone, on one thread; reading OGB's labels, which that
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


def read_tables(path):
    import ast

    import numpy as np
    import pandas as pd

    def parse(file):
        data = {}
        for name, column in pd.read_csv(file).items():
            values = column.to_numpy().squeeze()
            if len(values) > 0 and isinstance(values[0], str):
                values = np.array([ast.literal_eval(row) for row in values])
            data[name] = values
        return data

    if os.path.isfile(path):
        edges = parse(path)
        names = np.unique(np.concatenate([edges["source"], edges["target"]]))
        return [(np.searchsorted(names, edges["source"]), np.searchsorted(names, edges["target"]), edges)]
    nodes, edges, graphs = (parse(f"{path}/{name}.csv") for name in ("nodes", "edges", "graphs"))
    found = []
    # As DGL's `DGLGraphConstructor` does it, graph by graph.
    node_rows = np.split(np.arange(len(nodes["graph_id"])), np.flatnonzero(np.diff(nodes["graph_id"])) + 1)
    edge_rows = np.split(np.arange(len(edges["graph_id"])), np.flatnonzero(np.diff(edges["graph_id"])) + 1)
    edges_of = {edges["graph_id"][rows[0]]: rows for rows in edge_rows if len(rows)}
    for rows in node_rows:
        names, first = np.unique(nodes["node_id"][rows], return_index=True)
        mapping = {name: index for index, name in enumerate(names)}
        of = edges_of.get(nodes["graph_id"][rows[0]], np.arange(0))
        found.append((
            [mapping[name] for name in edges["src_id"][of]], [mapping[name] for name in edges["dst_id"][of]],
            {name: values[rows][first] for name, values in nodes.items()},
        ))
    return found


def is_tables(path):
    return path.endswith(".csv") or os.path.isfile(f"{path}/edges.csv")


parser = argparse.ArgumentParser()
parser.add_argument("--runs", type=int, default=3)
parser.add_argument("folders", nargs="+")
arguments = parser.parse_args()
for folder in arguments.folders:
    read = read_ogb if os.path.isdir(f"{folder}/raw") else read_tables if is_tables(folder) else read_tu
    times = []
    for _ in range(arguments.runs):
        start = time.perf_counter()
        result = read(folder)
        times.append((time.perf_counter() - start) * 1e3)
        # What was read goes away after the clock has stopped.
        graphs = (
            len(result) if read is not read_tu
            else sum(len(next(iter(slices.values()))) - 1 for _, slices, _ in result)
        )
        del result
    print(json.dumps({
        "path": folder, "graphs": graphs, "reader": read.__name__,
        "medianMilliseconds": statistics.median(times), "minimumMilliseconds": min(times),
        "maximumMilliseconds": max(times),
    }), flush=True)

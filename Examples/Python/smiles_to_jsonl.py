#!/usr/bin/env python3
"""Turns a table of SMILES and targets into JSON lines with OGB's features, for `outcrop study --dataset`.

    pip install rdkit ogb
    python3 smiles_to_jsonl.py mol.csv.gz molecules.jsonl --smiles smiles --targets NR-AR,NR-AhR

The table is CSV with a line of names, plain or gzip. Without --targets every column of numbers is a target. An empty
target is missing. Rows whose SMILES RDKit cannot read are left out and named.
"""
import argparse
import csv
import gzip
import json
import sys

from ogb.utils import smiles2graph
from rdkit import RDLogger


def number(text):
    """The number in a field; None for an empty one. Raises ValueError for other text."""
    text = text.strip()
    return None if text == "" or text.lower() == "nan" else float(text)


def is_number_or_missing(text):
    try:
        number(text)
        return True
    except ValueError:
        return False


parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("table", help="CSV, plain or .gz")
parser.add_argument("output", help="the .jsonl file to write")
parser.add_argument("--smiles", default="smiles", help="the column with the SMILES (smiles)")
parser.add_argument("--targets", help="the columns with the targets, with commas between")
parser.add_argument("--limit", type=int, help="stop after so many rows")
arguments = parser.parse_args()

RDLogger.DisableLog("rdApp.*")
opener = gzip.open if arguments.table.endswith(".gz") else open
with opener(arguments.table, "rt", newline="") as file:
    rows = list(csv.DictReader(file))[: arguments.limit]
if not rows or arguments.smiles not in rows[0]:
    sys.exit(f"{arguments.table}: no column {arguments.smiles} among {', '.join(rows[0]) if rows else 'no rows'}")
if arguments.targets:
    targets = arguments.targets.split(",")
else:
    targets = [
        name for name in rows[0]
        if name != arguments.smiles and all(is_number_or_missing(row[name]) for row in rows)
        and any(number(row[name]) is not None for row in rows)
    ]
if not targets:
    sys.exit(f"{arguments.table}: no column of numbers; name the targets with --targets")

written = 0
with open(arguments.output, "w") as output:
    for index, row in enumerate(rows):
        try:
            graph = smiles2graph(row[arguments.smiles])
        except Exception:
            print(f"row {index + 1}: RDKit cannot read {row[arguments.smiles]}", file=sys.stderr)
            continue
        line = {
            "num_nodes": int(graph["num_nodes"]),
            "edge_index": graph["edge_index"].tolist(),
            "node_feat": graph["node_feat"].tolist(),
            "edge_attr": graph["edge_feat"].tolist(),
            "y": [number(row[name]) for name in targets],
        }
        output.write(json.dumps(line) + "\n")
        written += 1
print(f"{arguments.output}: {written} molecules, targets {', '.join(targets)}")

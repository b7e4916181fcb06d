#!/usr/bin/env bash
# Measures the reading of published data sets with Outcrop and with the readers of PyTorch Geometric and OGB,
# and of tables with pandas and the work of DGL's parser, in alternating runs.
#
#   PYTHON=venv/bin/python Benchmarks/read.sh [DATA [ROUNDS]]
#
# DATA contains ZINC, PROTEINS, MUTAG, ogbg_moltox21 and tox21_canonical (by default
# ../shared/data). Another data set, of synthetic molecules, is generated in a temporary folder.
# PYTHON is a Python with torch, torch_geometric and ogb. MOLECULES is the size of the synthetic set.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-${OUTCROP_SHARED:-$here/../../shared}/data}
rounds=${2:-5}
python=${PYTHON:-python3}

[ -d "$data" ] || { echo "read: no folder $data; give it as the first argument" >&2; exit 2; }
"$python" -c 'import torch_geometric, ogb' 2>/dev/null ||
  { echo "read: $python has no torch_geometric and ogb; set PYTHON to one that has" >&2; exit 2; }

swift build -c release --package-path "$here" --product read >&2
read=$(swift build -c release --package-path "$here" --show-bin-path)/read
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
"$read" --generate "${MOLECULES:-30000}" "$results"
sets=("$results/molecules" "$results/molecules-csv" "$results/vectors-csv" "$results/edges.csv")
for name in ZINC PROTEINS MUTAG ogbg_moltox21 tox21_canonical; do
  [ -d "$data/$name" ] && sets+=("$data/$name")
done
for round in $(seq "$rounds"); do
  OUTCROP_NUM_THREADS=1 "$read" "${sets[@]}" "$results/molecules-jsonl" >"$results/ours-$round.json"
  "$read" "${sets[@]}" "$results/molecules-jsonl" >"$results/threads-$round.json"
  "$python" "$here/peers/read_peer.py" --runs 1 "${sets[@]}" >"$results/peer-$round.json"
  echo "round $round of $rounds" >&2
done
"$python" "$here/peers/read_summary.py" "$results"

#!/usr/bin/env bash
# A training step and an evaluation pass of the ZINC GraphTransformer here and in PyTorch eager, taking
# turns in the same minutes, on the same batches.
#
#   PYTHON=venv/bin/python Benchmarks/compare.sh [DATA [ROUNDS]]
#
# DATA is ZINC in TUDataset text (../shared/data/ZINC beside the repository by default); PYTHON is a
# Python with torch and numpy: pip install torch numpy. THREADS defaults to 2.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
data=${1:-${OUTCROP_SHARED:-$here/../../shared}/data/ZINC}
rounds=${2:-5}
threads=${THREADS:-2}
python=${PYTHON:-python3}

[ -d "$data" ] || { echo "compare: no folder $data; give ZINC's as the first argument" >&2; exit 2; }
"$python" -c 'import torch, numpy' 2>/dev/null ||
  { echo "compare: $python has no torch and numpy; set PYTHON to one that has" >&2; exit 2; }

swift build -c release --package-path "$here" --product bench >&2
bench=$(swift build -c release --package-path "$here" --show-bin-path)/bench
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for round in $(seq "$rounds"); do
  "$bench" --only step,evaluation --data "$data" --threads "$threads" --json - >"$results/ours-$round.json"
  "$python" "$here/peers/gt_step.py" --data "$data" --threads "$threads" >"$results/peer-$round.json"
  echo "round $round of $rounds" >&2
done
"$python" "$here/peers/summary.py" "$results"

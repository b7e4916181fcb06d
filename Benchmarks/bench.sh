#!/usr/bin/env bash
# Runs all benchmarks, in alternation with PyTorch and NumPy if PYTHON has them, and writes
# Docs/benchmarks (a JSON file and a chart for each family) and the tables of Docs/Performance.md.
#
#   PYTHON=venv/bin/python Benchmarks/bench.sh [DATA [ROUNDS]]
#
# DATA is ZINC in TUDataset text (by default ../shared/data/ZINC, or synthetic molecules if that folder
# does not exist). Three rounds take less than ten minutes. torch.compile, which needs a minute to compile a
# model, is measured only in the last round. THREADS defaults to 2.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-${OUTCROP_SHARED:-../shared}/data/ZINC}
rounds=${2:-3}
threads=${THREADS:-2}
python=${PYTHON:-python3}
export OUTCROP_NUM_THREADS=$threads

swift build -c release --product outcrop >&2
outcrop=$(swift build -c release --show-bin-path)/outcrop
with=()
if [ -d "$data" ]; then with=(--data "$data"); else echo "bench: no $data; synthetic molecules" >&2; fi
peers=1
if ! "$python" -c 'import torch, numpy' 2>/dev/null || [ ! -d "$data" ]; then
  peers=0
  echo "bench: peers are left out: they need $data, and a PYTHON with torch and numpy" >&2
fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
for round in $(seq "$rounds"); do
  only=step,evaluation,batched,dense,attention,products
  # Families without a peer, and slow families, run once.
  if [ "$round" = 1 ]; then "$outcrop" bench --only scale,eigen,memory "${with[@]}" --json - >"$results/own-0.json"; fi
  "$outcrop" bench --only "$only" "${with[@]}" --runs 12 --json - >"$results/own-$round.json"
  if [ "$peers" = 1 ]; then
    families=step,evaluation,batched,dense
    modes=eager,fused
    if [ "$round" = 1 ]; then families=$families,eigen; fi
    if [ "$round" = "$rounds" ]; then modes=$modes,compile; fi
    "$python" Benchmarks/peers/torch_peer.py --data "$data" --threads "$threads" --only "$families" \
      --modes "$modes" --runs 12 >"$results/peer-$round.json"
  fi
  echo "round $round of $rounds" >&2
done
"$outcrop" bench --combine "$results"/own-[1-9]*.json "$results"/own-0.json \
  $(ls "$results"/peer-*.json 2>/dev/null) --output Docs/benchmarks
# The tables are between two markers of the document.
awk -v tables=Docs/benchmarks/tables.md '
  /^<!-- benchmarks -->/ { print; print ""; while ((getline line < tables) > 0) print line; skip = 1 }
  /^<!-- \/benchmarks -->/ { skip = 0; print "" }
  !skip { if ($0 !~ /^<!-- benchmarks -->/) print }' Docs/Performance.md >"$results/Performance.md"
mv "$results/Performance.md" Docs/Performance.md

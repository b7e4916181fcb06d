#!/usr/bin/env bash
# Runs all benchmarks, in alternation with PyTorch and NumPy if PYTHON has them, and writes
# Docs/benchmarks (a JSON file and a chart for each family) and the tables of Docs/Performance.md.
#
#   PYTHON=venv/bin/python Benchmarks/bench.sh [DATA [ROUNDS]]
#   OUTPUT=Docs/benchmarks/NAME ...        writes that folder alone, for a second machine
#
# DATA is ZINC in TUDataset text (by default ../shared/data/ZINC, or synthetic molecules if that folder
# does not exist). Three rounds take less than ten minutes on any machine: every part has a time, and what did not fit
# is named at the end of the tables. torch.compile, which needs a minute or more to compile a model, is measured only
# after the last round. THREADS defaults to 2. OUTCROP is a built program, instead of that of this package.
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:-${OUTCROP_SHARED:-../shared}/data/ZINC}
rounds=${2:-3}
threads=${THREADS:-2}
python=${PYTHON:-python3}
export OUTCROP_NUM_THREADS=$threads

outcrop=${OUTCROP:-}
if [ -z "$outcrop" ]; then
  swift build -c release --product outcrop >&2
  outcrop=$(swift build -c release --show-bin-path)/outcrop
fi
with=()
if [ -d "$data" ]; then with=(--data "$data"); else echo "bench: no $data; synthetic molecules" >&2; fi
peers=1
if ! "$python" -c 'import torch, numpy' 2>/dev/null || [ ! -d "$data" ]; then
  peers=0
  echo "bench: peers are left out: they need $data, and a PYTHON with torch and numpy" >&2
fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
own() { # name, families, seconds
  # Families without a data set refuse one.
  local of=()
  case $2 in *step* | *eigen*) of=("${with[@]}") ;; esac
  "$outcrop" bench --only "$2" "${of[@]}" --runs 12 --budget "$3" --json - >"$results/own-$1.json"
}
peer() { # name, families, seconds, modes
  if [ "$peers" = 0 ]; then return; fi
  # The measurements so far are not lost with a peer that fails.
  if ! "$python" Benchmarks/peers/torch_peer.py --data "$data" --threads "$threads" --only "$2" \
    --modes "$4" --runs 12 --budget "$3" >"$results/peer-$1.json"; then
    echo "bench: the peer of $2 ($4) failed and is left out" >&2
    rm -f "$results/peer-$1.json"
  fi
}
for round in $(seq "$rounds"); do
  own "$round" step,evaluation,batched,dense,attention,products 40
  peer "$round" step,evaluation,batched,dense 45 eager,fused
  echo "round $round of $rounds" >&2
done
# Families that are slow, without a peer, or of many short benchmarks, once.
own 0-scale scale,eigen,memory 40
own 0-lengths lengths 25
peer 0-lengths lengths 30 eager
own 0-operations operations,algebra,modules 50
peer 0-operations operations,algebra,modules,eigen 70 eager
peer 0-compile step,evaluation 110 compile
"$outcrop" bench --combine "$results"/own-[1-9]*.json "$results"/own-0-*.json \
  $(ls "$results"/peer-*.json 2>/dev/null) --output "${OUTPUT:-Docs/benchmarks}"
[ -z "${OUTPUT:-}" ] || exit 0
# The tables are between two markers of the document.
awk -v tables=Docs/benchmarks/tables.md '
  /^<!-- benchmarks -->/ { print; print ""; while ((getline line < tables) > 0) print line; skip = 1 }
  /^<!-- \/benchmarks -->/ { skip = 0; print "" }
  !skip { if ($0 !~ /^<!-- benchmarks -->/) print }' Docs/Performance.md >"$results/Performance.md"
mv "$results/Performance.md" Docs/Performance.md

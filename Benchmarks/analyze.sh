#!/usr/bin/env bash
# Compares `outcrop analyze` of a large file with NumPy and SciPy, in alternating runs.
#
#   PYTHON=venv/bin/python Benchmarks/analyze.sh [ROUNDS]
#
# PYTHON is a Python with numpy and scipy. ROWS (10,000,000) and WIDTH (64) are the file's size. The
# file is written to a temporary folder (TMPDIR) with enough space, or, to be used again, to DATA.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rounds=${1:-3}
python=${PYTHON:-python3}
rows=${ROWS:-10000000}
width=${WIDTH:-64}

"$python" -c 'import numpy, scipy' 2>/dev/null ||
  { echo "analyze: $python has no numpy and scipy; set PYTHON to one that has" >&2; exit 2; }

swift build -c release --package-path "$here/.." --product outcrop >&2
outcrop=$(swift build -c release --package-path "$here/.." --show-bin-path)/outcrop
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
data=${DATA:-$results}
mkdir -p "$data"
[ -f "$data/activations-$rows-$width.npy" ] ||
  "$python" "$here/peers/make_activations.py" "$rows" "$width" \
    "$data/activations-$rows-$width.npy" "$data/types-$rows.npy"
"$python" "$here/peers/analyze_summary.py" "$outcrop" \
  "$data/activations-$rows-$width.npy" "$data/types-$rows.npy" "$rounds" "$results"

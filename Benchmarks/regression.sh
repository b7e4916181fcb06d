#!/usr/bin/env bash
# Compares two commits: builds both, measures them in alternation, and prints which benchmarks became slower or
# faster.
#
#   Benchmarks/regression.sh BEFORE [AFTER] [OPTIONS OF outcrop bench, such as --only step]
#
# AFTER is by default the working tree. A benchmark has changed if the rounds of the two commits do not overlap
# and the medians differ by more than 3 %. The exit status is 1 if a benchmark became slower, and 2 for invalid
# arguments. ROUNDS defaults to 5. Both commits need `outcrop bench`.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n 2,8p "$0" >&2; exit 2; }
before=$1
shift
after=
if [ $# -ge 1 ] && [ "${1#-}" = "$1" ]; then after=$1; shift; fi
if [ "${1:-}" = -- ]; then shift; fi
options=("$@")
[ $# -ge 1 ] || options=(--only step,evaluation,products,batched,attention,dense --runs 10)

work=$(mktemp -d)
cleanup() {
  # With set -e, the status of a failing command here would become the script's status.
  for side in before after; do git worktree remove --force "$work/$side" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
build() { # folder -> the program
  swift build -c release --product outcrop --package-path "$1" >&2
  echo "$(swift build -c release --show-bin-path --package-path "$1")/outcrop"
}
git worktree add --quiet --detach "$work/before" "$before"
first=$(build "$work/before")
if [ -n "$after" ]; then
  git worktree add --quiet --detach "$work/after" "$after"
  second=$(build "$work/after")
else
  second=$(build .)
fi
for round in $(seq "${ROUNDS:-5}"); do
  "$first" bench "${options[@]}" --json - >"$work/before-$round.json"
  "$second" bench "${options[@]}" --json - >"$work/after-$round.json"
  echo "round $round of ${ROUNDS:-5}" >&2
done
python3 Benchmarks/regression.py "$work"

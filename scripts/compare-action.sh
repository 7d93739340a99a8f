#!/usr/bin/env bash
# The step of action.yml: builds Tokometer where it is not built yet, compares, and writes the table into the job summary.
set -euo pipefail

home="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
if [[ ! -f "$home/dist/bin.js" ]]; then
  (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund && npm run --silent build) >&2
fi

words=(compare "$INPUT_BASE" "$INPUT_CANDIDATE" --format markdown --outputs-dir "${INPUT_OUTPUTS_DIR:-outputs}")
while IFS= read -r gate; do
  if [[ -n "${gate//[[:space:]]/}" ]]; then words+=(--fail-if "$gate"); fi
done <<<"${INPUT_FAIL_IF:-}"
for field in ${INPUT_ALLOW_DIFFERENT:-}; do words+=(--allow-different "$field"); done

code=0
node "$home/dist/bin.js" "${words[@]}" | tee -a "${GITHUB_STEP_SUMMARY:-/dev/null}" || code="${PIPESTATUS[0]}"
exit "$code"

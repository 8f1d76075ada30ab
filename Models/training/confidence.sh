#!/usr/bin/env bash
# Calibrates a bundle's predicted DSC and makes the page about it: confidence.sh STAGE
# Environment: COHORT (a folder with the sets calibration and test, corrupted variants among them), RECIPE (receives
# the table; a copy in OUTPUT unless IN_PLACE=1), WEIGHTS (folder of its weight files), OUTPUT, SOURCE (parametric or
# atlas: cases of this source alone, for a bundle that is meant for one kind of image). Needs PyPI.
set -euo pipefail
stage=$1
here=$(cd "$(dirname "$0")" && pwd)
venv=.venv-train
: "${COHORT:?a cohort folder, as islet cohort makes it}" "${RECIPE:?a recipe of Models/recipes}" "${WEIGHTS:?its weight files}"
output=${OUTPUT:-output/confidence}
islet=$stage/bin/islet
mkdir -p "$output"

"$here/../../Integration/setup/venv.sh" "$venv" -r "$here/requirements.txt"
python() { "$venv/bin/python" "$@"; }
recipe=$RECIPE
if [[ ${IN_PLACE:-} != 1 ]]; then
  recipe=$output/recipe.json
  cp "$RECIPE" "$recipe"
fi

# Before: without temperatures and table. Its runs give the features, which depend on neither.
python - "$recipe" "$output/before.json" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    recipe = json.load(file)
recipe["manifest"].pop("confidence", None)
for network in recipe["manifest"]["networks"]:
    network.pop("temperature", None)
with open(sys.argv[2], "w", encoding="utf-8") as file:
    json.dump(recipe, file)
PYTHON
organ=$(python -c 'import json, sys; print(json.load(open(sys.argv[1]))["manifest"]["labels"][0]["name"])' "$recipe")

evaluate() { # SET BUNDLE
  local cases=()
  if [[ -n ${SOURCE:-} ]]; then
    cases=(--only "$(python - "$COHORT/cohort.json" "$1" "$SOURCE" <<'PYTHON'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    cases = json.load(file)["cases"]
print(",".join(case["id"] for case in cases if (case["set"], case["source"]) == (sys.argv[2], sys.argv[3])))
PYTHON
    )")
  fi
  "$islet" evaluate "$COHORT" --set "$1" "${cases[@]}" --bundle "$2" --output "$output/$1" --own-settings \
    --allow-unsigned --quiet
}

"$islet" bundle pack "$output/before.json" --weights "$WEIGHTS" --output "$output/before.islet"
evaluate calibration "$output/before.islet"
python "$here/calibrate.py" "$output/calibration" --output "$output/table.json" --recipe "$recipe"

# After: what the plugin itself predicts on cases that nothing was fitted to.
"$islet" bundle pack "$recipe" --weights "$WEIGHTS" --output "$output/after.islet"
evaluate test "$output/after.islet"
python "$here/reliability.py" --islet "$islet" --cohort "$COHORT" --clean --organ "$organ" \
  ${SOURCE:+--source "$SOURCE"} --bundle "$output/before.islet" --bundle "$output/after.islet" \
  --output "$output/reliability.json"
python "$here/report_confidence.py" "$output/test" --reliability "$output/reliability.json" --output "$output/confidence.html"
echo "$output/confidence.html: how far the predicted DSC can be believed (research use only, not for diagnosis)"

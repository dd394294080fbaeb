#!/usr/bin/env bash
# Build the small recognizer model that ships with the project anew, from synthesised speech. It wants torch: either that
# of MODEL_PYTHON (a Python that has torch, numpy and pypinyin), or one of its own, pinned by hash (several GB, once).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
source "$ROOT/bootstrap/progress.sh"

install() {
  rm -rf "$1"
  "$VENV/bin/python" -m venv "$1"
  "$1/bin/python" -m pip install --no-input --disable-pip-version-check --require-hashes -r "$ROOT/requirements/model.txt"
  touch "$1/ready"
}

python=${MODEL_PYTHON:-}
if [[ -z $python ]]; then
  environment=$ZHITONG_CACHE/model-venv-$(key_of requirements/model.txt)
  [[ -e $environment/ready ]] || step model-venv "安装 torch（数 GB，只此一次）" install "$environment"
  python=$environment/bin/python
fi
"$python" -c 'import numpy, pypinyin, torch' || fail "$python 里缺少 torch、numpy 或 pypinyin"
cd "$ROOT"
if (($# == 0)); then set -- --out build/model; fi
PYTHONPATH=$ROOT exec "$python" -m recognizer.model_builder "$@"

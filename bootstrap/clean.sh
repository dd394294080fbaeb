#!/usr/bin/env bash
# Remove what setup built and what the benchmark loaded. Recognizer models, prompts and recordings of the hotline stay.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/cache.sh"
cd "$ZHITONG_CACHE" 2>/dev/null || exit 0
exec 9>lock
flock 9
rm -rf venv-* web-* model-venv-* lock-tools wheels build-pjsua2 asterisk* postgresql-* sid-apt checked-* logs bench understanding

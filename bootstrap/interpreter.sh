# Which Python the pinned environment is made from. Sourced.

# The first Python ≥ 3.11 that can make a virtual environment and has its C headers; prints its path, fails if there is none.
find_python() {
  local name
  for name in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    if "$name" - 2>/dev/null <<'PY'; then
import os, sys, sysconfig
import ensurepip, venv
sys.exit(sys.version_info < (3, 11) or not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))
PY
      "$name" -c 'import sys; print(sys.executable)'
      return
    fi
  done
  return 1
}

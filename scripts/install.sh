#!/usr/bin/env bash
# Makes .venv at the root and installs popcon into it with an extra: `scripts/install.sh local`.
set -euo pipefail
cd "$(dirname "$0")/.."
extra=$1
python=${PYTHON:-python3}

if ! command -v "$python" >/dev/null; then
  echo "popcon needs Python 3.11 or newer: apt-get install python3 python3-venv" >&2
  exit 1
fi
"$python" - <<'END' || { echo "popcon needs Python 3.11 or newer; name one with PYTHON=…" >&2; exit 1; }
import sys
sys.exit(sys.version_info < (3, 11))
END

if [ ! -x .venv/bin/pip ]; then
  echo "Making .venv …"
  rm -rf .venv
  "$python" -m venv .venv || { rm -rf .venv; echo "No virtual environment could be made: apt-get install python3-venv" >&2; exit 1; }
fi
echo "Installing popcon[$extra] into .venv …"
.venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[$extra]"
# What was installed for development serves for use, too.
[ "$extra" = dev ] && touch .venv/local .venv/docs
touch ".venv/$extra"

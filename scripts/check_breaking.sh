#!/usr/bin/env bash
# Fails when proto/ breaks the contracts of the last release (tag v*), or before the first release, of nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
last=$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true)
if [ -z "$last" ]; then
  echo "no release yet: nothing to break"
  exit 0
fi
.venv/bin/buf breaking proto --against ".git#tag=$last,subdir=proto"

#!/usr/bin/env bash
# Generates popcon/v1 from proto/. With --check, fails when the committed code differs from what would be generated.
set -euo pipefail
cd "$(dirname "$0")/.."
out=.
[ "${1:-}" = --check ] && out=$(mktemp -d)
PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m grpc_tools.protoc -Iproto \
  --python_out="$out" --pyi_out="$out" --grpc_python_out="$out" --mypy_grpc_out="quiet:$out" proto/popcon/v1/*.proto
if [ "$out" != . ]; then
  diff -r --exclude=__init__.py --exclude=__pycache__ popcon/v1 "$out/popcon/v1" || {
    echo "popcon/v1 is not what proto/ generates: run scripts/generate_proto.sh and commit the result" >&2
    exit 1
  }
fi

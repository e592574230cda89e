#!/usr/bin/env bash
# What the tests need besides the packages of .venv, installed where it is missing: real servers to test against.
set -euo pipefail
cd "$(dirname "$0")/.."
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

# Installs Debian packages that are missing: `need REASON PACKAGE…`.
need() {
  local reason=$1 missing=()
  shift
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  echo "$reason: installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need "The tests of the S3 store run against a real S3 server (OpenStack Swift)" \
  swift-proxy swift-account swift-container swift-object
need "The tests of the state store run against a real PostgreSQL" postgresql-15
need "The chaos tests set the clocks of single processes" faketime
need "The benchmarks of mattes and of the puppet, and its tests, play with Debian's emoji" fonts-noto-color-emoji
need "The tests of the studio use it in a real browser" chromium
need "Triton's Python backend is linked with Debian's Python" libpython3.11

# Where npm came another way, Debian's would be in its way.
command -v npm >/dev/null || need "A client in TypeScript is made of the API's description and compiled" nodejs npm

if [ ! tests/typescript/node_modules/.package-lock.json -nt tests/typescript/package-lock.json ]; then
  echo "A client in TypeScript is made by openapi-typescript: installing it into tests/typescript/node_modules"
  (cd tests/typescript && npm ci --silent --no-audit --no-fund)
fi

if [ ! -d .venv/tritonserver/pytriton ]; then
  echo "The tests of Triton run against a real one (from nvidia-pytriton): installing it into .venv/tritonserver"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps --target .venv/tritonserver nvidia-pytriton==0.7.0
fi

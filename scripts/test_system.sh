#!/usr/bin/env bash
# System packages that the tests need besides .venv, installed when they are missing.
set -euo pipefail
# A real S3 server: OpenStack Swift's own S3 API.
wanted=(swift-proxy swift-account swift-container swift-object)
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
echo "The tests of the S3 store run against a real S3 server (OpenStack Swift): installing ${missing[*]}"
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null

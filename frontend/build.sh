#!/bin/sh
# Build the front end with the machine's Node (20 or newer), else with Node from a Python wheel.
set -eu
bin=$(cd "$1" && pwd)
cd "$(dirname "$0")"
major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
if [ -z "$major" ] || [ "$major" -lt 20 ] || ! command -v npm >/dev/null; then
  echo "bifocal: no Node 20 on this machine; taking it from a wheel"
  "$bin/pip" install -q --disable-pip-version-check --require-hashes -r ../requirements/node.lock >&2
  PATH="$bin:$PATH"; export PATH
fi
npm ci --no-audit --no-fund --loglevel=error
npm run --silent build

#!/bin/sh
# tsc strict and biome.
set -eu
cd "$(dirname "$0")"
PATH="$(pwd)/../.venv/bin:$PATH"; export PATH
npm run --silent check

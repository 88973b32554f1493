#!/usr/bin/env bash
# `make bench`: the bench with Frappe, ERPNext, this app and built assets; services running.
set -euo pipefail
cd "$(dirname "$0")"
source ./lib.sh
source ./services.sh
source ./bench.sh

locate_bench
if ! site_possible; then
	die "$MISSING: $WAYS_OUT."
fi
ensure_bench
if [[ -f $ROOT/pyproject.toml ]]; then
	ensure_app
fi
ensure_assets
say "The bench at $BENCH_DIR is ready (user $BENCH_USER)"

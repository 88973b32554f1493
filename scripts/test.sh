#!/usr/bin/env bash
# `make test`: lint, unit tests, then all site tests on a fresh site that is dropped at the end.
# `test.sh lint` and `test.sh unit` run only that part.
set -euo pipefail
cd "$(dirname "$0")"
source ./lib.sh
source ./services.sh
source ./bench.sh
source ./sites.sh
source ./venv.sh

SITE=""
INSTALL_SITE=""
BROWSER_TESTS=""
RESULTS=$(mktemp -d)
failed=()
exec 3>&1

# shellcheck disable=SC2317 # called by the trap
finish() {
	local code=$?
	exec >&3 # the trap may run while a command's output goes to the log
	trap '' INT TERM
	trap - EXIT
	drop_test_site
	rm -rf "$RESULTS"
	exit "$code"
}
drop_test_site() {
	local site
	for site in $SITE $INSTALL_SITE; do
		say "Dropping $site"
		drop_site "$site" || say "It could not be dropped; see $BENCH_DIR/sites/$site"
	done
	SITE="" INSTALL_SITE=""
}

trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

site_tests() {
	ensure_bench
	ensure_app
	find_browser_tests
	drop_stale_test_sites
	SITE=itil-test-$(head -c 5 /dev/urandom | od -An -tx1 | tr -d ' \n').localhost
	make_site "$SITE"
	quiet in_bench bench --site "$SITE" set-config allow_tests 1
	say "Site tests on $SITE"
	local folder code=0
	local -a parts=(itil_strategy)
	for folder in tests/site $BROWSER_TESTS; do
		! has_tests "$ROOT/$folder" || parts+=("$folder")
	done
	export ITIL_SITE=$SITE ITIL_SITES_PATH=$BENCH_DIR/sites
	find_focus_sample
	AS_BENCH_IN=$BENCH_DIR/apps/$APP as_bench "$BENCH_DIR/env/bin/python" -m pytest -q "${parts[@]}" \
		--junitxml="$BENCH_DIR/sites/$SITE/junit.xml" || code=$?
	as_bench cat "$BENCH_DIR/sites/$SITE/junit.xml" >"$RESULTS/site.xml" 2>/dev/null || code=1
	if [[ $code -eq 5 ]] && ! has_tests "$ROOT/tests/site"; then
		code=0 # nothing was collected, and no site test is written yet
	elif "$VENV/bin/python" totals.py "$RESULTS/site.xml" | grep -qx '0 passed, 0 failed'; then
		code=1 # all were skipped or none was found
	fi
	[[ $code -eq 0 ]] || failed+=("site tests")
	install_tests
	drop_test_site
}

# A real cloud bill to test with, where there is one: FOCUS sample data, by the variable or beside this checkout.
# It is copied to the site, because the bench user may not be able to read it where it lies.
find_focus_sample() {
	local sample=${ITIL_FOCUS_SAMPLE:-$ROOT/../shared/data/focus_sample.csv}
	[[ -f $sample ]] || return 0
	export ITIL_FOCUS_SAMPLE=$BENCH_DIR/sites/$SITE/focus_sample.csv
	as_root install -o "$BENCH_USER" -m 644 "$sample" "$ITIL_FOCUS_SAMPLE"
}

# Install and uninstall on a second site, which starts without the app.
install_tests() {
	has_tests "$ROOT/tests/install" || return 0
	local code=0
	INSTALL_SITE=${SITE/itil-test/itil-test-install}
	make_site_without_app "$INSTALL_SITE"
	say "Install tests on $INSTALL_SITE"
	export ITIL_INSTALL_SITE=$INSTALL_SITE ITIL_DB_ROOT_USER=$DB_ROOT_USER ITIL_DB_ROOT_PASSWORD=$DB_ROOT_PASSWORD
	find_first_version
	unset ITIL_SITE
	AS_BENCH_IN=$BENCH_DIR/apps/$APP as_bench "$BENCH_DIR/env/bin/python" -m pytest -q tests/install \
		--junitxml="$BENCH_DIR/sites/$INSTALL_SITE/junit.xml" || code=$?
	as_bench cat "$BENCH_DIR/sites/$INSTALL_SITE/junit.xml" >"$RESULTS/install.xml" 2>/dev/null || code=1
	[[ $code -eq 0 ]] || failed+=("install tests")
}

# The code of the first version that charged, from the history, where the bench user can read it. A clone without
# history (shallow, or no clone at all) has none, and its test says so.
find_first_version() {
	local folder=$BENCH_DIR/sites/$INSTALL_SITE/first_version
	export ITIL_FIRST_VERSION=none
	[[ $(git -C "$ROOT" rev-parse --is-shallow-repository 2>/dev/null) == false ]] || return 0
	as_bench mkdir -p "$folder"
	git -C "$ROOT" archive "$(cat "$ROOT/tests/install/first_version")" itil_strategy fixtures |
		as_bench tar -x -C "$folder" || die "the first version is not in the history of $ROOT"
	ITIL_FIRST_VERSION=$folder
}

# Browser tests run where Chromium is installed or can be.
find_browser_tests() {
	has_tests "$ROOT/tests/browser" || return 0
	if ! command -v chromium >/dev/null && can_be_root && command -v apt-get >/dev/null; then
		say "Chromium for the browser tests"
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium >>"$LOG" 2>&1 || true
	fi
	if command -v chromium >/dev/null; then
		in_bench env/bin/python -c 'import playwright' 2>/dev/null ||
			in_bench env/bin/python -m pip install "apps/${APP}[browser]" >>"$LOG" 2>&1 || true
		ensure_assets
		BROWSER_TESTS=tests/browser
	else
		say "Without Chromium the browser tests are not run"
	fi
}

count_site_tests() {
	local -a where=("$ROOT/itil_strategy")
	[[ ! -d $ROOT/tests/site ]] || where+=("$ROOT/tests/site")
	grep -rhE --include='test_*.py' '^\s*(async )?def test_' "${where[@]}" | wc -l
}

part=${1:-all}
ensure_venv editable
[[ $part == unit ]] || lint || failed+=(lint)
[[ $part == lint ]] || unit_tests "$RESULTS/unit.xml" || failed+=("unit tests")
not_run=""
if [[ $part == all ]]; then
	locate_bench
	if site_possible; then
		site_tests
	else
		not_run="$(count_site_tests) site tests were NOT run, because $MISSING: $WAYS_OUT."
		! site_required || failed+=("site tests not run")
	fi
fi
if [[ $part != lint ]]; then
	"$VENV/bin/python" totals.py "$RESULTS"/*.xml
fi
if ((${#failed[@]})); then
	printf 'Failed: %s\n' "$(IFS=, && echo "${failed[*]}")"
fi
[[ -z $not_run ]] || echo "$not_run"
exit $((${#failed[@]} > 0))

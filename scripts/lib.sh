# shellcheck shell=bash disable=SC2034
# Shared by the scripts in this folder; sourced, never run.
#
# What a caller may set:
#   BENCH_DIR       an existing bench, or where to make one   (default ~frappe/frappe-bench)
#   BENCH_USER      who runs bench                            (default: the owner of BENCH_DIR, else frappe)
#   SERIES          branch of both                            (default: version-15)
#   FRAPPE_SOURCE   git URL or local checkout of Frappe       (default: upstream)
#   ERPNEXT_SOURCE  git URL or local checkout of ERPNext      (default: upstream)
#   DB_ROOT_USER, DB_ROOT_PASSWORD   a MariaDB account that may create databases (default: made here)
#   REQUIRE_SITE=1 or CI=true        a run without a site is a failure

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
APP=itil_strategy
SERIES=${SERIES:-version-15}
FRAPPE_SOURCE=${FRAPPE_SOURCE:-https://github.com/frappe/frappe}
ERPNEXT_SOURCE=${ERPNEXT_SOURCE:-https://github.com/frappe/erpnext}
LOG=$ROOT/.cache/setup.log
if ! { mkdir -p "${LOG%/*}" && : >>"$LOG"; } 2>/dev/null; then
	LOG=$(mktemp --tmpdir itil-setup.XXXXXX.log)
fi
export SETUP_STARTED=${SETUP_STARTED:-$(date +%s)} # shared with the scripts that this one calls

# ------------------------------------------------------------------ messages

say() { printf '[%4d s] %s\n' $(($(date +%s) - SETUP_STARTED)) "$*"; }

die() {
	printf 'Error: %s\n' "$*" >&2
	exit 1
}

# Run a noisy command: output goes to the log, whose tail is shown when the command fails.
quiet() {
	local from
	printf '\n$ %s\n' "$(without_secrets "$*")" >>"$LOG"
	from=$(wc -l <"$LOG")
	if ! "$@" >>"$LOG" 2>&1 </dev/null; then
		tail -n "+$((from + 1))" "$LOG" | tail -n 40 >&2
		die "the last command failed; all of its output is in $LOG"
	fi
}

without_secrets() {
	local text=$1
	[[ -z ${DB_ROOT_PASSWORD:-} ]] || text=${text//"$DB_ROOT_PASSWORD"/********}
	printf '%s' "$text"
}

# ---------------------------------------------------------------- identities

can_be_root() { [[ $EUID -eq 0 ]] || command -v sudo >/dev/null; }

as_root() {
	if [[ $EUID -eq 0 ]]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "this step needs root rights: run as root or install sudo"
	fi
}

# Run a command as the bench's owner with a clean environment, from a folder that this user can read.
as_bench() {
	local -a keep=()
	local name
	while read -r name; do
		keep+=("$name=${!name}")
	done < <(compgen -e | grep -E '^((https?|no|all)_proxy|(HTTPS?|NO|ALL)_PROXY|PIP_.+|UV_.+|NPM_CONFIG_.+|NODE_EXTRA_CA_CERTS|SSL_CERT_.+|REQUESTS_CA_BUNDLE|GIT_SSL_CAINFO|CI|ITIL_.+|PYTEST_ADDOPTS|TERM|TZ)$')
	local -a command=(env -i -C "${AS_BENCH_IN:-$BENCH_HOME}" "${keep[@]}"
		HOME="$BENCH_HOME" USER="$BENCH_USER" LOGNAME="$BENCH_USER" SHELL=/bin/bash LANG=C.UTF-8
		PATH="$BENCH_PATH" "$@")
	if [[ $(id -un) == "$BENCH_USER" ]]; then
		"${command[@]}"
	elif [[ $EUID -eq 0 ]]; then
		runuser -u "$BENCH_USER" -- "${command[@]}"
	else
		as_root -u "$BENCH_USER" -- "${command[@]}"
	fi
}

in_bench() { AS_BENCH_IN=$BENCH_DIR as_bench "$@"; }

# ------------------------------------------------------------------- finding

# `test` on a path that may lie in another user's home
path_test() { test "$@" || { can_be_root && as_root test "$@"; }; }

# Sets BENCH_DIR, BENCH_USER, BENCH_HOME and BENCH_PATH.
locate_bench() {
	if [[ -n ${BENCH_DIR:-} ]]; then
		BENCH_DIR=$(realpath -m "$BENCH_DIR")
		if path_test -d "$BENCH_DIR/apps"; then
			BENCH_USER=$(stat -c %U "$BENCH_DIR" 2>/dev/null || as_root stat -c %U "$BENCH_DIR")
			[[ $BENCH_USER != root ]] || die "$BENCH_DIR belongs to root, but bench refuses to run as root: give it to another user (chown -R)"
		elif [[ -z ${BENCH_USER:-} && $EUID -ne 0 ]]; then
			BENCH_USER=$(id -un)
		fi
	fi
	BENCH_USER=${BENCH_USER:-frappe}
	BENCH_HOME=$(getent passwd "$BENCH_USER" | cut -d: -f6 || true)
	BENCH_HOME=${BENCH_HOME:-/home/$BENCH_USER}
	BENCH_DIR=${BENCH_DIR:-$BENCH_HOME/frappe-bench}
	BENCH_PATH=$BENCH_HOME/.bench-env/bin:$BENCH_HOME/.local/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin
	if [[ $(id -un) == "$BENCH_USER" ]]; then
		BENCH_PATH+=:$PATH
	fi
}

bench_exists() {
	getent passwd "$BENCH_USER" >/dev/null &&
		! path_test -e "$BENCH_DIR.incomplete" &&
		path_test -d "$BENCH_DIR/apps/frappe/frappe" &&
		path_test -x "$BENCH_DIR/env/bin/python" &&
		path_test -f "$BENCH_DIR/sites/apps.txt"
}

# A source is reachable when it is a folder, or a git URL that answers within ten seconds.
source_reachable() {
	[[ -d $1 ]] && return
	command -v git >/dev/null || { can_be_root && install_packages git; }
	GIT_TERMINAL_PROMPT=0 timeout 10 git ls-remote --exit-code --heads "$1" "$SERIES" >/dev/null 2>&1
}

# Can the site part of this run be done at all? If not, MISSING says why.
site_possible() {
	MISSING=""
	if bench_exists && path_test -d "$BENCH_DIR/apps/erpnext/erpnext"; then
		return
	elif ! can_be_root; then
		MISSING="there is no bench at $BENCH_DIR, and making one needs root or sudo"
	elif ! bench_exists && ! source_reachable "$FRAPPE_SOURCE"; then
		MISSING="there is no bench at $BENCH_DIR, and $FRAPPE_SOURCE does not answer"
	elif ! source_reachable "$ERPNEXT_SOURCE"; then
		MISSING="the bench at $BENCH_DIR has no ERPNext, and $ERPNEXT_SOURCE does not answer"
	fi
	[[ -z $MISSING ]]
}

WAYS_OUT="set BENCH_DIR to an existing bench with Frappe and ERPNext 15, or FRAPPE_SOURCE and ERPNEXT_SOURCE to git URLs or checkouts that can be reached"

site_required() { [[ ${CI:-} =~ ^(true|1)$ || ${REQUIRE_SITE:-} =~ ^(true|1)$ ]]; }

# ------------------------------------------------------------------ packages

install_packages() {
	local -a missing=()
	local package
	command -v dpkg-query >/dev/null || die "only Debian and its relatives are set up by this script; install by hand: $*"
	for package in "$@"; do
		[[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
	done
	((${#missing[@]})) || return 0
	say "Debian packages: ${missing[*]}"
	quiet as_root apt-get update
	quiet as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

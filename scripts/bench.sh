# shellcheck shell=bash disable=SC2016
# The bench: Debian packages, bench itself, Frappe, ERPNext and this app; sourced after lib.sh and services.sh.

ensure_bench() {
	ensure_packages
	ensure_bench_user
	ensure_bench_command
	ensure_mariadb
	if ! bench_exists; then
		make_bench
	fi
	ensure_redis
	ensure_erpnext
}

ensure_packages() {
	if bench_exists && have_commands mariadb redis-server redis-cli git rsync node yarn; then
		return
	fi
	install_packages mariadb-server mariadb-client redis-server redis-tools python3 python3-venv python3-dev \
		build-essential libmariadb-dev pkg-config git rsync curl ca-certificates
	local path=/usr/local/bin:/usr/bin:/bin major
	major=$(PATH=$path node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
	if ((${major:-0} < 18)); then
		install_packages nodejs npm
	elif ! PATH=$path command -v npm >/dev/null; then
		install_packages npm
	fi
	if [[ $(PATH=$path yarn --version 2>/dev/null) != 1.* ]]; then
		say "Yarn 1.22"
		quiet as_root env -C / PATH=$path npm install --global yarn@1.22
	fi
}

have_commands() {
	local name
	for name in "$@"; do
		as_bench bash -c 'command -v "$1"' _ "$name" >/dev/null || return 1
	done
}

ensure_bench_user() {
	getent passwd "$BENCH_USER" >/dev/null && return
	say "User $BENCH_USER"
	quiet as_root useradd --create-home --shell /bin/bash "$BENCH_USER"
}

ensure_bench_command() {
	if have_commands bench; then
		return
	fi
	say "bench"
	quiet as_bench /usr/bin/python3 -m venv .bench-env
	quiet as_bench .bench-env/bin/pip install frappe-bench 'setuptools<80' # bench imports pkg_resources
}

make_bench() {
	if path_test -e "$BENCH_DIR.incomplete"; then
		as_root rm -rf "$BENCH_DIR" # an earlier run was interrupted while it made this bench
	elif path_test -e "$BENCH_DIR" && ! as_root rmdir "$BENCH_DIR" 2>/dev/null; then
		die "$BENCH_DIR exists but is not a bench: empty it or set BENCH_DIR to another folder"
	fi
	as_bench mkdir -p "$(dirname "$BENCH_DIR")" 2>/dev/null ||
		as_root install -d -o "$BENCH_USER" "$(dirname "$BENCH_DIR")"
	as_root install -o "$BENCH_USER" -m 644 /dev/null "$BENCH_DIR.incomplete"
	say "Frappe from $FRAPPE_SOURCE"
	fetchable_source "$FRAPPE_SOURCE" frappe
	quiet as_bench bench init --frappe-path "$SOURCE" --frappe-branch "$BRANCH" --python /usr/bin/python3 \
		--skip-assets --no-backups "$BENCH_DIR"
	quiet in_bench env/bin/python -m pip install 'setuptools<80'
	choose_ports
	drop_source
	as_root rm -f "$BENCH_DIR.incomplete"
}

ensure_erpnext() {
	if path_test -d "$BENCH_DIR/apps/erpnext/erpnext" && in_bench env/bin/python -c 'import erpnext' 2>/dev/null; then
		return
	fi
	say "ERPNext from $ERPNEXT_SOURCE"
	as_root rm -rf "$BENCH_DIR/apps/erpnext"
	fetchable_source "$ERPNEXT_SOURCE" erpnext
	quiet in_bench bench get-app --branch "$BRANCH" --skip-assets "$SOURCE"
	drop_source
}

# Sets SOURCE and BRANCH to what bench can clone. A local folder is copied first, because the bench user may
# not be able to read it, and because git refuses checkouts of other users.
fetchable_source() {
	SOURCE=$1
	BRANCH=$SERIES
	[[ -d $1 ]] || return 0
	SOURCE=$BENCH_HOME/.sources/$2
	as_bench mkdir -p "$SOURCE"
	quiet as_root rsync -a --delete --exclude node_modules --chown="$BENCH_USER:$(id -gn "$BENCH_USER")" "$(realpath "$1")/" "$SOURCE/"
	if ! path_test -d "$SOURCE/.git"; then
		commit_all "$SOURCE" "$SERIES"
	fi
	BRANCH=$(as_bench git -C "$SOURCE" branch --show-current)
	[[ -n $BRANCH ]] || die "the checkout $1 is on no branch: git switch to one"
}

drop_source() { as_root rm -rf "$BENCH_HOME/.sources"; }

# bench expects each app to be a git checkout on a branch.
commit_all() {
	quiet as_bench git -C "$1" init --quiet --initial-branch="$2"
	quiet as_bench git -C "$1" add --all
	quiet as_bench git -C "$1" -c user.name=bench -c user.email=bench@localhost commit --quiet --message "Copy"
}

# ------------------------------------------------------------------ this app

# The app in the bench is a copy of this checkout, refreshed by each run. A link to this checkout is kept.
ensure_app() {
	local target=$BENCH_DIR/apps/$APP
	if path_test -L "$target"; then
		if [[ $(as_bench readlink -f "$target") == "$ROOT" ]]; then
			install_app_package
			return
		fi
		as_root rm "$target"
	fi
	as_bench mkdir -p "$target"
	quiet as_root rsync -a --delete --filter=':- .gitignore' --exclude .git --exclude node_modules \
		--chown="$BENCH_USER:$(id -gn "$BENCH_USER")" "$ROOT/" "$target/"
	if ! path_test -d "$target/.git"; then
		commit_all "$target" main
	fi
	install_app_package
}

install_app_package() {
	local stamp=$BENCH_DIR/env/.$APP.sha256 sum
	sum=$(sha256sum "$ROOT/pyproject.toml" | cut -d' ' -f1)
	if [[ $(as_bench cat "$stamp" 2>/dev/null) != "$sum" ]] ||
		! imported_from "$BENCH_DIR/apps/$APP"; then
		say "The app's Python packages"
		quiet in_bench env/bin/python -m pip install --editable "apps/${APP}[test]" 'setuptools<80'
		as_bench tee "$stamp" <<<"$sum" >/dev/null
	fi
	if ! in_bench grep -qx "$APP" sites/apps.txt; then
		# a last line without line end must not swallow the name
		in_bench sed -i -e "\$a$APP" sites/apps.txt
	fi
}

# Does the bench's Python take the app from this folder? It would not after a link was replaced by a copy.
imported_from() {
	in_bench env/bin/python -c "import os, sys, $APP as app
found = os.path.dirname(os.path.dirname(os.path.realpath(app.__file__)))
sys.exit(found != os.path.realpath(sys.argv[1]))" "$1" 2>/dev/null
}

# Built assets of Frappe, ERPNext and this app; only a browser needs them.
ensure_assets() {
	if ! in_bench grep -q 'erpnext.bundle' sites/assets/assets.json 2>/dev/null; then
		say "Packages for the assets"
		quiet in_bench bench setup requirements --node
		say "Assets of all apps"
		quiet in_bench bench build
	elif path_test -d "$BENCH_DIR/apps/$APP/$APP/public" && ! app_assets_current; then
		say "Assets of the app"
		quiet in_bench bench build --app "$APP"
	elif ! translations_current; then
		say "Translations of the app"
		quiet in_bench bench compile-po-to-mo --app "$APP"
	fi
}

translations_current() {
	local po mo
	while read -r po; do
		mo=$BENCH_DIR/sites/assets/locale/$(basename "$po" .po)/LC_MESSAGES/$APP.mo
		path_test -e "$mo" && [[ -z $(as_bench find "$po" -newer "$mo") ]] || return 1
	done < <(as_bench find "$BENCH_DIR/apps/$APP/$APP/locale" -name '*.po')
}

app_assets_current() {
	path_test -e "$BENCH_DIR/sites/assets/$APP" &&
		[[ -z $(as_bench find "$BENCH_DIR/apps/$APP/$APP/public" -name '*.bundle.*' -newer "$BENCH_DIR/sites/assets/assets.json" | head -1) ]]
}

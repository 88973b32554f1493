# shellcheck shell=bash disable=SC2016
# Sites: make, drop, describe; sourced after lib.sh, services.sh and bench.sh.

# A site with ERPNext and this app. Its database has the name of the site, so that both can be dropped even
# when making it was interrupted.
make_site() {
	local site=$1
	make_site_without_app "$site"
	say "The app on the site"
	quiet in_bench bench --site "$site" install-app "$APP"
	as_bench touch "$BENCH_DIR/sites/$site/.complete"
}

make_site_without_app() {
	local site=$1
	say "Site $site with ERPNext (about a minute)"
	quiet in_bench bench new-site "$site" --db-name "$(db_name "$site")" --admin-password admin \
		--db-root-username "$DB_ROOT_USER" --db-root-password "$DB_ROOT_PASSWORD" --install-app erpnext
}

db_name() { tr -c 'a-z0-9\n' _ <<<"${1%.localhost}"; }

site_complete() { path_test -e "$BENCH_DIR/sites/$1/.complete"; }

drop_site() {
	local site=$1 name host
	name=$(db_name "$site")
	{
		printf 'drop database if exists `%s`;\n' "$name"
		for host in localhost 127.0.0.1 %; do
			printf "drop user if exists '%s'@'%s';\n" "$name" "$host"
		done
	} | db_run
	as_bench rm -rf "$BENCH_DIR/sites/$site"
}

# Test sites whose run was killed before it could drop them
drop_stale_test_sites() {
	local path
	while read -r path; do
		say "Dropping ${path##*/}, left behind more than a day ago"
		drop_site "${path##*/}"
	done < <(as_bench find "$BENCH_DIR/sites" -maxdepth 1 -name 'itil-test-*.localhost' -mmin +1440)
}

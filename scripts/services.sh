# shellcheck shell=bash disable=SC2016
# MariaDB and Redis; sourced after lib.sh.

DB_GIVEN=${DB_ROOT_USER:-}

db_file() { printf '%s/.bench-db-admin.cnf' "$BENCH_HOME"; }

mariadb_answers() { as_root mariadb-admin --no-defaults ping >/dev/null 2>&1 || as_root mariadb-admin ping >/dev/null 2>&1; }

ensure_mariadb() {
	if { [[ -n $DB_GIVEN ]] || read_db_admin; } && db_login_works; then
		return
	fi
	if ! mariadb_answers; then
		say "MariaDB: starting"
		start_mariadb
	fi
	set_character_set
	set_buffer_pool
	ensure_db_admin
}

start_mariadb() {
	if [[ -d /run/systemd/system ]]; then
		quiet as_root systemctl start mariadb
	elif [[ -x /etc/init.d/mariadb ]]; then
		quiet as_root service mariadb start
	else
		as_root install -d -o mysql -g mysql /run/mysqld
		as_root setsid mariadbd-safe --user=mysql >>"$LOG" 2>&1 </dev/null &
	fi
	local _
	for _ in {1..60}; do
		mariadb_answers && return
		sleep 0.5
	done
	die "MariaDB was started but does not answer; see its log in /var/log/mysql or the journal"
}

# Frappe wants utf8mb4 with utf8mb4_unicode_ci: kept in a file for the next start, set at once for this one.
set_character_set() {
	local now
	now=$(as_root mariadb -Ne 'select concat(@@character_set_server, " ", @@collation_server)')
	[[ $now != "utf8mb4 utf8mb4_unicode_ci" ]] || return 0
	say "MariaDB: utf8mb4"
	printf '%s\n' '[mysqld]' 'character-set-server = utf8mb4' 'collation-server = utf8mb4_unicode_ci' |
		as_root tee /etc/mysql/mariadb.conf.d/90-frappe.cnf >/dev/null
	as_root mariadb -e 'set global character_set_server = utf8mb4; set global collation_server = utf8mb4_unicode_ci'
}

# MariaDB's own default of 128 MB reads a grown ledger from the disk again and again: a quarter of the memory instead,
# unless somebody has chosen otherwise.
set_buffer_pool() {
	local now megabytes
	now=$(as_root mariadb -Ne 'select @@innodb_buffer_pool_size')
	megabytes=$(awk '/^MemTotal/ { print int($2 / 4096) }' /proc/meminfo)
	[[ $now == 134217728 && $megabytes -gt 128 ]] || return 0
	say "MariaDB: $megabytes MB for the data"
	printf '%s\n' '[mysqld]' "innodb-buffer-pool-size = ${megabytes}M" |
		as_root tee /etc/mysql/mariadb.conf.d/91-buffer-pool.cnf >/dev/null
	as_root mariadb -e "set global innodb_buffer_pool_size = $((megabytes * 1024 * 1024))"
}

# An account for bench that may create databases. Its password is random and lies in the bench user's home.
ensure_db_admin() {
	if [[ -n $DB_GIVEN ]]; then
		db_login_works || die "MariaDB refuses DB_ROOT_USER=$DB_ROOT_USER with the given DB_ROOT_PASSWORD"
	elif ! db_login_works; then
		say "MariaDB: account for bench, password in $(db_file)"
		DB_ROOT_USER=bench_admin_$BENCH_USER
		DB_ROOT_PASSWORD=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
		local host
		{
			# anonymous accounts would shadow the sites' own accounts
			printf "drop user if exists ''@'localhost', ''@'%s';\n" "$(uname -n)"
			for host in localhost 127.0.0.1; do
				printf "create or replace user '%s'@'%s' identified by '%s';\n" "$DB_ROOT_USER" "$host" "$DB_ROOT_PASSWORD"
				printf "grant all privileges on *.* to '%s'@'%s' with grant option;\n" "$DB_ROOT_USER" "$host"
			done
		} | as_root mariadb
		printf '[client]\nuser = %s\npassword = %s\n' "$DB_ROOT_USER" "$DB_ROOT_PASSWORD" |
			as_bench bash -c 'umask 077 && cat >"$1"' _ "$(db_file)"
	fi
}

read_db_admin() {
	local text
	text=$(as_bench cat "$(db_file)" 2>/dev/null) || return 1
	DB_ROOT_USER=$(sed -n 's/^user = //p' <<<"$text")
	DB_ROOT_PASSWORD=$(sed -n 's/^password = //p' <<<"$text")
}

db_login_works() { db_run -e 'select 1' >/dev/null 2>&1; }

# The MariaDB client with the account for bench, on the host that the bench uses
db_run() {
	local host="" port=""
	if bench_exists; then
		host=$(bench_setting db_host)
		port=$(bench_setting db_port)
	fi
	MYSQL_PWD=${DB_ROOT_PASSWORD:-} mariadb --no-defaults --protocol=tcp -h "${host:-127.0.0.1}" -P "${port:-3306}" \
		-u "${DB_ROOT_USER:-}" "$@"
}

# The bench's own Redis servers (cache and queue), on the ports its configuration names.
ensure_redis() {
	local kind url
	for kind in cache queue; do
		url=$(bench_setting "redis_$kind")
		if [[ $(redis-cli -u "$url" ping 2>/dev/null) == PONG ]]; then
			continue
		fi
		say "Redis for the $kind: starting"
		path_test -f "$BENCH_DIR/config/redis_$kind.conf" || quiet in_bench bench setup redis
		quiet in_bench redis-server "$BENCH_DIR/config/redis_$kind.conf" --daemonize yes
		local _
		for _ in {1..40}; do
			[[ $(redis-cli -u "$url" ping 2>/dev/null) == PONG ]] && break
			sleep 0.25
		done
		[[ $(redis-cli -u "$url" ping 2>/dev/null) == PONG ]] || die "Redis at $url does not answer"
	done
}

# A new bench beside others on this machine gets ports that are free. bench itself only looks at its sibling folders.
choose_ports() {
	local shift=0 name
	local -A base=([webserver_port]=8000 [socketio_port]=9000 [redis_queue]=11000 [redis_cache]=13000)
	while port_in_use $((8000 + shift)) $((9000 + shift)) $((11000 + shift)) $((13000 + shift)); do
		shift=$((shift + 1))
	done
	for name in "${!base[@]}"; do
		local value=$((base[$name] + shift))
		[[ $name != redis_* ]] || value="'redis://127.0.0.1:$value'"
		quiet in_bench bench config set-common-config --config "$name" "$value"
	done
	quiet in_bench bench config set-common-config --config redis_socketio "'redis://127.0.0.1:$((13000 + shift))'"
	quiet in_bench bench setup redis
}

# Does anything listen on one of these ports?
port_in_use() {
	local port
	for port in "$@"; do
		if (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			return 0
		fi
	done
	return 1
}

# A value from the bench's common site configuration
bench_setting() {
	in_bench env/bin/python -c 'import json, sys; print(json.load(open("sites/common_site_config.json")).get(sys.argv[1], ""))' "$1"
}

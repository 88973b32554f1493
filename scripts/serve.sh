#!/usr/bin/env bash
# `make serve` and `make stop`: web server, one worker and socketio of the demo site in the background.
set -euo pipefail
cd "$(dirname "$0")"
source ./lib.sh
source ./services.sh
source ./bench.sh
source ./sites.sh

SITE=${SITE:-itil-demo.localhost}

pid_file() { printf '%s/config/pids/itil-%s.pid' "$BENCH_DIR" "$1"; }

running() {
	local pid
	pid=$(as_bench cat "$(pid_file "$1")" 2>/dev/null) &&
		[[ $(as_bench readlink "/proc/$pid/cwd") == "$BENCH_DIR"* ]] # else the number is another process's by now
}

# background NAME COMMAND…: starts it once; output goes to the bench's logs folder
background() {
	local name=$1
	shift
	running "$name" && return
	# shellcheck disable=SC2016
	in_bench bash -c 'mkdir -p config/pids
		file=$1 log=$2; shift 2
		setsid "$@" >>"$log" 2>&1 </dev/null &
		echo $! >"$file"' _ "$(pid_file "$name")" "logs/itil-$name.log" "$@"
}

free_port() {
	local port=$1
	while port_in_use "$port"; do
		port=$((port + 1))
	done
	echo "$port"
}

start() {
	site_complete "$SITE" || die "there is no site $SITE yet: make demo makes it"
	ensure_mariadb
	ensure_redis
	local port
	if running web; then
		port=$(as_bench cat "$(pid_file port)")
	else
		port=$(free_port "${PORT:-$(bench_setting webserver_port)}")
		as_bench mkdir -p "$BENCH_DIR/config/pids"
		as_bench tee "$(pid_file port)" <<<"$port" >/dev/null
	fi
	background web bench --site "$SITE" serve --port "$port" --noreload
	background worker bench worker --queue short,default,long
	background socketio node apps/frappe/socketio.js
	local address=http://$SITE:$port
	for _ in {1..60}; do
		curl -fsS --noproxy '*' -o /dev/null "http://127.0.0.1:$port/api/method/ping" 2>/dev/null && break
		running web || die "the web server stopped; see $BENCH_DIR/logs/itil-web.log"
		sleep 0.5
	done
	say "Open $address (or http://localhost:$port) and log in as Administrator with the password admin. make stop ends the servers."
}

stop() {
	local name
	for name in web worker socketio; do
		if running "$name"; then
			as_bench kill -- "-$(as_bench cat "$(pid_file "$name")")" || true
			say "Stopped: $name"
		fi
		as_bench rm -f "$(pid_file "$name")"
	done
}

locate_bench
bench_exists || die "there is no bench at $BENCH_DIR yet: make demo makes it"
"${1:-start}"

# make demo    a site with ERPNext, the app and the sample organisation; prints the address to open
# make test    lint, unit tests, then the site tests on a fresh site
# make lint, make unit, make bench    one part of it
# make serve, make stop               the demo's web server, worker and socketio
#
# Variables (scripts/lib.sh): BENCH_DIR, BENCH_USER, FRAPPE_SOURCE, ERPNEXT_SOURCE, DB_ROOT_USER, DB_ROOT_PASSWORD,
# REQUIRE_SITE=1, FRESH=1 (demo), PORT (demo, serve)

.PHONY: demo test lint unit bench serve stop

demo:
	@scripts/demo.sh

test:
	@scripts/test.sh

lint unit:
	@scripts/test.sh $@

bench:
	@scripts/setup.sh

serve:
	@scripts/serve.sh start

stop:
	@scripts/serve.sh stop

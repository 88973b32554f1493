#!/usr/bin/env bash
# `make demo`: a site with ERPNext, this app and the sample organisation; runs the main job and serves the site.
# FRESH=1 makes the site anew. Where no site can be had, the preview shows the same job on the same sample.
set -euo pipefail
cd "$(dirname "$0")"
source ./lib.sh
source ./services.sh
source ./bench.sh
source ./sites.sh
source ./venv.sh

SITE=itil-demo.localhost

demo_on_site() {
	ensure_bench
	./serve.sh stop # it would go on with the old code
	ensure_app
	if path_test -d "$BENCH_DIR/sites/$SITE" && { [[ ${FRESH:-} == 1 ]] || ! site_complete "$SITE"; }; then
		say "Dropping the old $SITE"
		drop_site "$SITE"
	fi
	if site_complete "$SITE"; then
		say "Migrating $SITE"
		quiet in_bench bench --site "$SITE" migrate
	else
		make_site "$SITE"
	fi
	ensure_assets
	say "The main job on the sample organisation"
	in_bench bench --site "$SITE" execute "$APP.setup.demo.load"
	./serve.sh start
}

demo_without_site() {
	ensure_venv plain
	say "The main job on the sample organisation, without ERPNext"
	(cd / && "$VENV/bin/python" -m "$APP" preview)
	echo "No site was made, because $MISSING: $WAYS_OUT."
	! site_required || exit 1
}

locate_bench
if site_possible; then
	demo_on_site
else
	demo_without_site
fi

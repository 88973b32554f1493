"""The sample organisation that ships with the package: plain files, described in their own README."""

import json
from pathlib import Path

from itil_strategy.domain.periods import month_period
from itil_strategy.domain.usage_layout import UsageLayout, ValueSource, focus_layout, own_layout
from itil_strategy.preview import organisation as tables
from itil_strategy.preview.allocation import read_sample_costs
from itil_strategy.preview.job import Run
from itil_strategy.preview.organisation import Organisation
from itil_strategy.preview.policies import read_policies
from itil_strategy.preview.portfolio import read_portfolio
from itil_strategy.preview.tables import PreviewError, Problems, parse_month
from itil_strategy.preview.usage import Delivery

PACKAGE = Path(__file__).resolve().parent.parent


def sample_folder() -> Path:
	"""Where the sample lies: in the installed package, or beside it in a checkout."""
	for folder in (PACKAGE / "sample", PACKAGE.parent / "fixtures"):
		if (folder / "company.json").is_file():
			return folder
	raise PreviewError(
		[
			"The sample organisation is not installed. Install the package again, or give --usage and --policies."
		]
	)


def load_sample(folder: Path | None = None) -> tuple[Organisation, list[Run]]:
	"""The sample organisation and its charging runs in order."""
	folder = folder or sample_folder()
	company = json.loads((folder / "company.json").read_text(encoding="utf-8"))
	problems = Problems()
	currency = company["currency"]
	customers, payers = tables.read_customers(folder / "customers.csv", problems)
	organisation = Organisation(
		company=company["company"],
		currency=currency,
		precision=company["currency_precision"],
		services=tables.read_services(folder / "services.csv", problems),
		offerings=tables.read_offerings(folder / "offerings.csv", problems),
		payers=payers,
		customers=customers,
		policies=read_policies(folder / "policies.csv", folder / "tiers.csv", currency, problems),
		rates=tables.read_rates(folder / "rates.csv", currency, problems),
		costs=tables.read_costs(folder / "direct_costs.csv", problems),
		portfolio=read_portfolio(folder, problems),
		sample_costs=read_sample_costs(folder, problems),
	)
	problems.raise_if_any()
	mappings = {mapping["name"]: mapping for mapping in company["mappings"]}
	return organisation, [_run(folder, run, mappings) for run in company["runs"]]


def _run(folder: Path, run: dict, mappings: dict[str, dict]) -> Run:
	deliveries = []
	for usage in run["usage"]:
		mapping = mappings.get(usage.get("mapping", ""), {})
		deliveries.append(
			Delivery(
				folder / usage["file"],
				_layout(mapping),
				mapping.get("customer_values", {}),
				mapping.get("offering_values", {}),
			)
		)
	return Run(month_period(parse_month(run["month"])), tuple(deliveries), run.get("mode", "Chargeback"))


def _layout(mapping: dict) -> UsageLayout:
	"""The layout of a mapping; the own layout without one."""
	if not mapping:
		return own_layout()
	arguments = {
		"name": mapping["name"],
		"offering": ValueSource(mapping["offering_source"], mapping["offering"]),
		"customer": ValueSource(mapping["customer_source"], mapping["customer"]),
		"number_repeated_keys": mapping.get("number_repeated_keys", False),
		"accept_negative": mapping.get("accept_negative", False),
	}
	if mapping["file_layout"] == "Own":
		return own_layout(**arguments)
	return focus_layout(quantity=mapping["quantity"], **arguments)

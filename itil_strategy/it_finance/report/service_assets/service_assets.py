"""Service Assets: what each service has in assets, what that wears off, and which assets carry no service (FM-17)."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.domain.stewardship import ENDED, ENDS_SOON, AssetFigures
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.assets import load_assets
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import UNRESTRICTED, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, visible_labels
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, require_ledger, total_row

ALL, WITH_SERVICE, WITHOUT_SERVICE = "All", "With Service", "Without Service"
SHOWN = (ALL, WITH_SERVICE, WITHOUT_SERVICE)
LINKS = {"it_service": "IT Service"}
MEASURES = ("cost", "book_value", "booked", "coming")
CHART_ROWS = 15


def execute(filters: dict | None = None):
	return ServiceAssets(plain_filters(filters)).run()


class ServiceAssets:
	"""A row per asset; a service owner gets the assets of the own services only."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.shown = filters.shown or ALL
		if not filters.company:
			self.refuse(_("Choose a company: amounts of several currencies cannot be added."))
		if self.shown not in SHOWN:
			self.refuse(
				_("{0} is not known here. Choose one of {1}.").format(
					frappe.bold(frappe.utils.escape_html(self.shown)), ", ".join(map(_, SHOWN))
				)
			)
		require_ledger(filters.company, "IT Service")
		self.currency = company_currency(filters.company)
		self.own_services = restricted_to_services(frappe.session.user, UNRESTRICTED)

	def run(self):
		self.names = dict(
			frappe.get_all("IT Service", fields=["name", "service_name"], limit=0, as_list=True)
		)
		rows = [
			self.row(asset, figures)
			for asset, figures in load_assets([self.filters.company], self.services())
			if self.is_shown(asset)
		]
		rows.sort(key=lambda row: (bool(row["it_service"]), row["service_name"], row["asset_name"] or ""))
		data = fold_hidden_rows(rows, LINKS, MEASURES, "asset_name", "IT Service")
		if rows:
			data.append({**total_row(rows, MEASURES, "asset_name"), "currency": self.currency})
		return (
			readable_columns(self.columns()),
			data,
			self.message(),
			self.chart(rows),
			self.summary(rows),
			True,
		)

	def services(self) -> list[str] | None:
		chosen = self.filters.it_service
		if self.own_services is not None:
			return [name for name in self.own_services if not chosen or name == chosen]
		return [chosen] if chosen else None

	def is_shown(self, asset: frappe._dict) -> bool:
		return self.shown == ALL or bool(asset.it_service) == (self.shown == WITH_SERVICE)

	def row(self, asset: frappe._dict, figures: AssetFigures) -> dict:
		return {
			"asset_name": asset.asset_name,
			"asset": asset.name,
			"it_service": asset.it_service or "",
			"service_name": self.names.get(asset.it_service, ""),
			"asset_category": asset.asset_category,
			"location": asset.location,
			"available_for_use_date": asset.available_for_use_date,
			"cost": float(asset.gross_purchase_amount or 0),
			"book_value": float(figures.book_value),
			"worn_percent": None if figures.worn_percent is None else float(round(figures.worn_percent, 2)),
			"booked": float(figures.booked),
			"coming": float(figures.coming),
			"end_of_life": figures.end_of_life,
			"state": figures.state,
			"currency": self.currency,
		}

	def columns(self) -> list[dict]:
		return [
			column("asset_name", _("Asset Name"), width=200),
			column("asset", _("Asset"), "Link", 150, "Asset"),
			column("service_name", _("Service"), width=170, align="left"),
			column("it_service", _("IT Service"), "Link", 110, "IT Service", align="left"),
			column("asset_category", _("Category"), "Link", 130, "Asset Category"),
			column("location", _("Location"), "Link", 120, "Location"),
			column("available_for_use_date", _("In Use From"), "Date", 110),
			column("cost", _("Purchase Amount"), "Currency", 140, "currency"),
			column("book_value", _("Book Value"), "Currency", 130, "currency"),
			column("worn_percent", _("Depreciated"), "Percent", 110),
			column("booked", _("Depreciation, Last Year"), "Currency", 170, "currency"),
			column("coming", _("Depreciation, Next Year"), "Currency", 170, "currency"),
			column("end_of_life", _("End of Life"), "Date", 110),
			column("state", _("State"), width=140),
			column("currency", _("Currency"), "Link", 80, "Currency", hidden=1),
		]

	def message(self) -> str:
		parts = [
			_(
				"Submitted assets that are neither sold nor scrapped, on {0}. The end of life is the last day of the depreciation schedule; depreciation that is booked is in the direct cost of the service already."
			).format(frappe.format(getdate(), "Date"))
		]
		if self.own_services is not None:
			parts.append(_("You see the services that you own."))
		return " ".join(parts)

	def chart(self, rows: list[dict]) -> dict | None:
		"""Book value and depreciation of the services that have most."""
		sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
		for row in rows:
			sums[row["it_service"]][0] += row["book_value"]
			sums[row["it_service"]][1] += row["coming"]
		top = sorted(sums, key=lambda name: (-sums[name][0], name))[:CHART_ROWS]
		labels = visible_labels(
			{name: self.names.get(name, name) for name in top if name}, "IT Service", "IT Service"
		)
		return bar_chart(
			[labels.get(name, _("Without a service")) for name in top],
			{
				_("Book value"): [round(sums[name][0], 2) for name in top],
				_("Depreciation, next year"): [round(sums[name][1], 2) for name in top],
			},
			("#2490EF", "#F8814F"),
			self.currency,
		)

	def summary(self, rows: list[dict]) -> list[dict]:
		without = sum(not row["it_service"] for row in rows)
		ended = sum(row["state"] == ENDED for row in rows)
		soon = sum(row["state"] == ENDS_SOON for row in rows)
		return [
			card(_("Assets"), len(rows), "Blue"),
			card(_("Without a Service"), without, "Orange" if without else "Green"),
			card(_("Book Value"), sum(row["book_value"] for row in rows), "Blue", self.currency),
			card(_("Depreciation, Next Year"), sum(row["coming"] for row in rows), "Purple", self.currency),
			card(_("End Within a Year"), soon, "Orange" if soon else "Green"),
			card(_("Past Their End"), ended, "Red" if ended else "Green"),
		]

	def refuse(self, message: str) -> None:
		frappe.throw(message, ServiceStrategyError, title=_("Service Assets"))

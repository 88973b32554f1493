"""Dependency Impact: who is hit when a service fails or retires, and what it needs itself (SP-5)."""

from collections import Counter
from datetime import timedelta

import frappe
from frappe import _
from frappe.utils import formatdate, getdate

from itil_strategy.domain.dependencies import Dependency, Reached, find_hit, find_needed
from itil_strategy.domain.impact import Reach, count_dependents, count_providers, order_as_tree
from itil_strategy.domain.periods import last_complete_months
from itil_strategy.service_portfolio.dependencies import load_network
from itil_strategy.service_portfolio.records import is_live, load_services
from itil_strategy.utils.charges import charged_by_month
from itil_strategy.utils.money import company_currency
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_parts import bar_chart, card, column, link_columns, visible_labels
from itil_strategy.utils.report_scope import (
	allowed_values,
	fold_hidden_rows,
	readable_columns,
	require_company,
	total_row,
)
from itil_strategy.utils.text import bold
from itil_strategy.utils.usage import customers_with_usage

HIT, NEEDED = "Who is hit", "What it needs"
MONTHS = 12
CHART_SERVICES = 15
HIDDEN = "…"


def execute(filters: dict | None = None):
	return DependencyImpact(plain_filters(filters)).run()


class DependencyImpact:
	"""The network and what hangs on it are read once; `domain` walks it."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.chosen = filters.it_service
		self.direction = filters.direction or HIT
		if self.chosen:
			if not frappe.db.exists("IT Service", self.chosen):
				frappe.throw(
					_("There is no IT service {0}. Choose another one.").format(bold(self.chosen)),
					frappe.DoesNotExistError,
				)
			frappe.has_permission("IT Service", "read", doc=self.chosen, throw=True)
		if filters.company:
			require_company(filters.company, "IT Service")
		self.currency = company_currency(filters.company) if filters.company else None
		self.since = last_complete_months(getdate(), MONTHS).start
		self.scope = restricted_to_services(frappe.session.user, READ_CHARGES)

	def run(self):
		self.fetch()
		columns = self.columns()
		rows = self.tree_rows() if self.chosen else self.overview_rows()
		return (
			readable_columns(columns),
			self.make_data(rows, link_columns(columns)),
			self.message(),
			self.depth_chart(rows) if self.chosen else self.overview_chart(rows),
			self.summary(rows),
			True,
		)

	def fetch(self) -> None:
		"""Retired and rejected services neither fail nor are hit; the chosen one may be either."""
		self.services = {
			service.name: service
			for service in load_services()
			if is_live(service) or service.name == self.chosen
		}
		self.network: list[Dependency] = [
			edge
			for edge in load_network()
			if edge.service in self.services and edge.provider in self.services
		]
		self.customers = customers_with_usage(self.since, self.filters.company)
		self.charged: Counter = Counter()
		if self.currency:
			until = getdate() + timedelta(days=1)
			charges = charged_by_month(self.filters.company, self.since, until, self.scope)
			for (service, _month), amount in charges.items():
				self.charged[service] += amount
		permitted = allowed_values({"IT Service", "Customer"}, "IT Service")
		self.shown_services = permitted.get("IT Service")
		self.shown_customers = permitted.get("Customer")

	def tree_rows(self) -> list[dict]:
		"""The chosen service, and below it what it reaches."""
		walk = find_hit if self.direction == HIT else find_needed
		reached = walk(self.network, self.chosen)
		start = Reached(self.chosen, 0, (self.chosen,), is_critical=True)
		return [
			{
				**self.describe(item.service),
				"depth": item.depth,
				"path": " → ".join(self.shown_name(name) for name in item.path),
				"is_critical": int(item.is_critical),
				"indent": level,
			}
			for item, level in [(start, 0), *order_as_tree(reached)]
		]

	def overview_rows(self) -> list[dict]:
		"""Every live service, the one that hits most first."""
		dependents, providers = count_dependents(self.network), count_providers(self.network)
		rows = [
			{
				**self.describe(name),
				"direct_dependents": dependents.get(name, Reach()).direct,
				"all_dependents": dependents.get(name, Reach()).total,
				"direct_providers": providers.get(name, Reach()).direct,
				"all_providers": providers.get(name, Reach()).total,
			}
			for name in self.services
		]
		return sorted(rows, key=lambda row: (-row["all_dependents"], row["it_service"]))

	def describe(self, name: str) -> dict:
		service, customers = self.services[name], self.customers.get(name, set())
		is_mine = self.scope is None or name in self.scope
		return {
			"description": service.service_name,
			"it_service": name,
			"stage": service.stage,
			"service_owner": service.service_owner,
			"customers": len(customers),
			"customer_names": self.name_customers(customers) if is_mine else "",
			"charged": float(self.charged[name]) if self.currency and is_mine else None,
			"currency": self.currency,
		}

	def name_customers(self, customers: set[str]) -> str:
		shown = sorted(
			name for name in customers if self.shown_customers is None or name in self.shown_customers
		)
		hidden = len(customers) - len(shown)
		if hidden:
			shown.append(_("{0} not shown").format(hidden))
		return ", ".join(shown)

	def shown_name(self, service: str) -> str:
		return service if self.shown_services is None or service in self.shown_services else HIDDEN

	def make_data(self, rows: list[dict], links: dict[str, str]) -> list[dict]:
		extra = {"currency": self.currency, "indent": 0} if self.chosen else {"currency": self.currency}
		data = [
			{**extra, **row}
			for row in fold_hidden_rows(rows, links, ["charged"], "description", "IT Service")
		]
		if rows:
			total = total_row(rows, ["charged"], "description")
			if not self.currency:
				del total["charged"]
			data.append({**total, **extra, "customers": len(self.all_customers(rows))})
		return data

	def all_customers(self, rows: list[dict]) -> set[str]:
		"""Each customer once, however many of the services it uses."""
		return {name for row in rows for name in self.customers.get(row["it_service"], ())}

	def columns(self) -> list[dict]:
		columns = [
			column("description", _("Service"), width=260),
			column("it_service", _("IT Service"), "Link", 120, "IT Service"),
		]
		if self.chosen:
			columns += [
				column("depth", _("Depth"), "Int", 70),
				column("is_critical", _("Critical"), "Check", 80),
			]
		else:
			columns += [
				column("direct_dependents", _("Direct Dependents"), "Int", 110),
				column("all_dependents", _("All Dependents"), "Int", 110),
				column("direct_providers", _("Needs Directly"), "Int", 110),
				column("all_providers", _("Needs in All"), "Int", 110),
			]
		columns += [
			column("stage", _("Stage"), "Link", 120, "Service Pipeline Stage"),
			column("service_owner", _("Service Owner"), "Link", 170, "User"),
			column("customers", _("Customers"), "Int", 90),
			column("customer_names", _("Used By"), width=220),
		]
		if self.currency:
			columns.append(column("charged", _("Charged"), "Currency", 130, "currency"))
		if self.chosen:
			columns.append(column("path", _("Path"), width=320))
		return columns

	def message(self) -> str:
		text = _("Customers with usage and charges since {0}.").format(formatdate(self.since))
		own = _("Names of customers and charges are shown for the services that you own.")
		return text if self.scope is None else f"{text} {own}"

	def depth_chart(self, rows: list[dict]) -> dict | None:
		"""How many services are reached in how many steps."""
		critical = Counter(row["depth"] for row in rows if row["is_critical"])
		other = Counter(row["depth"] for row in rows if not row["is_critical"])
		depths = [depth for depth in sorted({*critical, *other}) if depth]
		return bar_chart(
			[_("Depth {0}").format(depth) for depth in depths],
			{
				_("Critical"): [critical[depth] for depth in depths],
				_("Not Critical"): [other[depth] for depth in depths],
			},
			["#E24C4C", "#B4CDE4"],
			barOptions={"stacked": 1},
		)

	def overview_chart(self, rows: list[dict]) -> dict | None:
		top = [row for row in rows if row["all_dependents"]][:CHART_SERVICES]
		labels = visible_labels(
			{row["it_service"]: row["description"] for row in top}, "IT Service", "IT Service"
		)
		return bar_chart(
			[labels[row["it_service"]] for row in top],
			{_("All Dependents"): [row["all_dependents"] for row in top]},
			["#E24C4C"],
		)

	def summary(self, rows: list[dict]) -> list[dict]:
		if self.chosen:
			reached = [row for row in rows if row["depth"]]
			label = _("Services Hit") if self.direction == HIT else _("Services Needed")
			critical = sum(row["is_critical"] for row in reached)
			cards = [
				card(label, len(reached), "Blue"),
				card(_("Of Them Critically"), critical, "Red" if critical else "Green"),
			]
		else:
			cards = [
				card(_("Services"), len(rows), "Blue"),
				card(_("Dependencies"), len(self.network), "Blue"),
			]
		cards.append(card(_("Customers"), len(self.all_customers(rows)), "Orange"))
		if self.currency:
			charged = sum(row["charged"] or 0 for row in rows)
			cards.append(card(_("Charged"), charged, "Purple", self.currency))
		return cards

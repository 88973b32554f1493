"""Need Prioritisation: needs by their score, or services by what is asked of them (BR-1, BR-11)."""

from collections import Counter
from datetime import date, datetime

import frappe
from frappe import _
from frappe.utils import getdate

from itil_strategy.business_relationship.prioritisation import Prioritisation, load_prioritisation
from itil_strategy.domain.needs import ASSESSED, OPEN_STATES, SHOWN_AS_NEED, SUBMITTED
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_scope import fold_hidden_rows, readable_columns, total_row

NEEDS, SERVICES = "Needs", "Services"
OPEN, ALL = "Open", "All"
STATES = (SUBMITTED, *SHOWN_AS_NEED, "Declined")
LINKS = {"it_service": "IT Service", "customer": "Customer"}
MEASURES = {NEEDS: ("size",), SERVICES: ("wsjf", "needs", "unmet_musts")}
LABEL = {NEEDS: "need_title", SERVICES: "service_name"}
CHART_ROWS = 15
DECIMALS = 2


def execute(filters: dict | None = None):
	return NeedPrioritisation(plain_filters(filters)).run()


class NeedPrioritisation:
	"""Ranks are those among all open needs, whatever is filtered and whoever looks."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.mode = filters.rank_by or NEEDS
		self.status = filters.status or OPEN
		self.validate_filters()
		self.own_services = restricted_to_services(frappe.session.user, READ_CHARGES)

	def validate_filters(self) -> None:
		for value, known in ((self.mode, (NEEDS, SERVICES)), (self.status, (OPEN, ALL, *STATES))):
			if value not in known:
				frappe.throw(
					_("{0} is not known here. Choose one of {1}.").format(
						frappe.bold(frappe.utils.escape_html(value)), ", ".join(map(_, known))
					),
					ServiceStrategyError,
				)

	def run(self):
		self.loaded = load_prioritisation(STATES if self.status == ALL else {*OPEN_STATES, *self.states()})
		needs = self.wanted()
		rows = self.need_rows(needs) if self.mode == NEEDS else self.service_rows(needs)
		data = fold_hidden_rows(rows, LINKS, MEASURES[self.mode], LABEL[self.mode], "Customer Need")
		if rows:
			data.append(total_row(rows, MEASURES[self.mode], LABEL[self.mode]))
		return (
			readable_columns(self.columns()),
			data,
			self.message(),
			self.chart(rows),
			self.summary(needs),
			True,
		)

	def states(self) -> tuple[str, ...]:
		return OPEN_STATES if self.status == OPEN else STATES if self.status == ALL else (self.status,)

	def wanted(self) -> list[frappe._dict]:
		"""Needs within the filters; a service owner's own ones."""
		states = self.states() if self.mode == NEEDS else OPEN_STATES
		needs = [need for need in self.loaded.needs if need["status"] in states]
		for field in ("customer", "it_service"):
			if value := self.filters.get(field):
				needs = [need for need in needs if need[field] == value]
		if self.filters.in_mediation:
			needs = [need for need in needs if need["name"] in self.loaded.mediations]
		if self.own_services is not None:
			needs = [need for need in needs if need["it_service"] in self.own_services]
		return needs

	def need_rows(self, needs: list[frappe._dict]) -> list[dict]:
		loaded: Prioritisation = self.loaded
		unranked, today = len(loaded.ranks) + 1, getdate()
		weights = {customer: float(round(weight, DECIMALS)) for customer, weight in loaded.weights.items()}
		needs = sorted(
			needs, key=lambda need: (loaded.ranks.get(need.name, unranked), need.raised_at, need.name)
		)
		return [
			{
				"rank": loaded.ranks.get(need["name"]),
				"customer_need": need["name"],
				"need_title": need["need_title"],
				"customer": need["customer"],
				"it_service": need["it_service"],
				"status": need["status"],
				"wsjf": round(need["score"].points / need["score"].size, DECIMALS) if need["score"] else None,
				"value": need["value"] or None,
				"time_criticality": need["time_criticality"] or None,
				"risk_reduction": need["risk_reduction"] or None,
				"size": need["size"] or None,
				"moscow": loaded.describe_wishes(need["name"]),
				"kano": loaded.describe_kano(need["name"]),
				"disagreement": ", ".join(loaded.disagreements(need["name"])),
				"customer_weight": weights.get(need["customer"], 0.0),
				"mediation": ", ".join(loaded.mediations.get(need["name"], ())),
				"age": (
					_day(need["confirmed_on"] or need["declined_on"], today) - need["raised_at"].date()
				).days,
				"days_to_confirmation": need["days_to_confirmation"] if need["confirmed_on"] else None,
				"rejected_count": need["rejected_count"],
			}
			for need in needs
		]

	def service_rows(self, needs: list[frappe._dict]) -> list[dict]:
		in_mediation = Counter(
			need.it_service for need in needs if need.it_service and need.name in self.loaded.mediations
		)
		return [
			{
				"rank": row.rank,
				"service_name": self.loaded.services[row.service].service_name,
				"it_service": row.service,
				"stage": self.loaded.services[row.service].stage,
				"wsjf": round(float(row.wsjf), DECIMALS),
				"needs": row.needs,
				"customers": row.customers,
				"unmet_musts": row.unmet_musts,
				"in_mediation": in_mediation[row.service],
			}
			for row in self.loaded.rank_services(needs)
		]

	def columns(self) -> list[dict]:
		if self.mode == SERVICES:
			return [
				_column("rank", _("Rank"), "Int", 70),
				_column("service_name", _("Service"), "Data", 220),
				_column("it_service", _("IT Service"), "Link", 140, "IT Service"),
				_column("stage", _("Stage"), "Link", 130, "Service Pipeline Stage"),
				_column("wsjf", _("Sum of WSJF"), "Float", 120),
				_column("needs", _("Open Needs"), "Int", 100),
				_column("customers", _("Customers"), "Int", 100),
				_column("unmet_musts", _("Unmet Musts"), "Int", 110),
				_column("in_mediation", _("Needs in Mediation"), "Int", 130),
			]
		return [
			_column("rank", _("Rank"), "Int", 70),
			_column("need_title", _("Need"), "Data", 220),
			_column("customer_need", _("Customer Need"), "Link", 140, "Customer Need"),
			_column("customer", _("Customer"), "Link", 140, "Customer"),
			_column("it_service", _("IT Service"), "Link", 130, "IT Service"),
			_column("status", _("Status"), "Data", 120),
			_column("wsjf", _("WSJF"), "Float", 80),
			_column("value", _("Business Value"), "Int", 90),
			_column("time_criticality", _("Time Criticality"), "Int", 90),
			_column("risk_reduction", _("Risk Reduction or Opportunity"), "Int", 90),
			_column("size", _("Size"), "Int", 70),
			_column("moscow", _("Priorities by Stakeholder"), "Data", 260),
			_column("disagreement", _("Stakeholders Disagree On"), "Data", 170),
			_column("kano", _("Customers in Surveys (Kano)"), "Data", 240),
			_column("customer_weight", _("Share of Strategy"), "Percent", 110),
			_column("mediation", _("Open Mediation"), "Data", 140),
			_column("age", _("Age (Days)"), "Int", 90),
			_column("days_to_confirmation", _("Days to Confirmation"), "Float", 120),
			_column("rejected_count", _("Times Rejected"), "Int", 100),
		]

	def message(self) -> str:
		sentences = [
			_(
				"WSJF = (business value + time criticality + risk reduction or opportunity) ÷ size; ties by age."
			)
		]
		if self.mode == NEEDS:
			sentences.append(
				_(
					"The rank is the one among all open needs. Share of Strategy is the weight of the objectives served by the services that a customer asks for; it stands beside the score and is not part of it."
				)
			)
		else:
			sentences.append(_("Services by the sum of the scores of their open needs in the filters."))
		if self.own_services is not None:
			sentences.append(_("You see the services that you own."))
		return " ".join(sentences)

	def chart(self, rows: list[dict]) -> dict | None:
		"""The scores of those that come first."""
		key = "customer_need" if self.mode == NEEDS else "it_service"
		shown = [row for row in rows if row["wsjf"]][:CHART_ROWS]
		if not shown:
			return None
		return {
			"data": {
				"labels": [row[key] for row in shown],
				"datasets": [{"name": _("WSJF"), "values": [row["wsjf"] for row in shown]}],
			},
			"type": "bar",
			"fieldtype": "Float",
			"colors": ["#743EE2"],
		}

	def summary(self, needs: list[frappe._dict]) -> list[dict]:
		opened = [need for need in needs if need.status in OPEN_STATES]
		cards = [
			(_("Open Needs"), len(opened), "Blue", "Int"),
			(_("Not Assessed Yet"), sum(need.status == SUBMITTED for need in opened), "Orange", "Int"),
			(_("Assessed, Not Accepted"), sum(need.status == ASSESSED for need in opened), "Blue", "Int"),
			(_("In Mediation"), sum(need.name in self.loaded.mediations for need in opened), "Red", "Int"),
		]
		days = self.loaded.mean_days(self.filters.customer, self.filters.it_service, self.own_services)
		if days is not None:
			cards.append((_("Days from Need to Confirmation"), round(days, 1), "Green", "Float"))
		return [
			{"label": label, "value": value, "indicator": color, "datatype": datatype}
			for label, value, color, datatype in cards
		]


def _day(moment: datetime | None, today: date) -> date:
	return moment.date() if moment else today


def _column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
	column = {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
	}
	if fieldtype == "Float":
		column["precision"] = DECIMALS
	return column

"""Satisfaction: NPS, score and response rate of surveys by period, service and customer (BR-7)."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from operator import itemgetter

import frappe
from frappe import _
from frappe.utils import add_days, add_months, fmt_money, get_last_day, getdate

from itil_strategy.domain.satisfaction import (
	PERIODS,
	Tally,
	add_up,
	period_label,
	period_start,
	rounded_figures,
	segments,
)
from itil_strategy.exceptions import DateOrderError, ServiceStrategyError
from itil_strategy.utils.permissions import restricted_to_services
from itil_strategy.utils.relationship_permissions import READ_SURVEYS
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_scope import MIN_RECORDS_SHOWN_AS_SUM, allowed_values, readable_columns
from itil_strategy.utils.satisfaction import DIMENSIONS, Key, fetch_tallies

REF_DOCTYPE = "Survey Response"
LINKS = {"it_service": "IT Service", "customer": "Customer"}
WHOLE = "Whole Range"
GROUPS = {
	"Service": ("it_service",),
	"Customer": ("customer",),
	"Service and Customer": DIMENSIONS,
	"Period Only": (),
}
FIGURES = ("nps", "csat", "response_rate")
DEFAULT_MONTHS = 12
DECIMALS = 1


def execute(filters: dict | None = None):
	return SatisfactionReport(plain_filters(filters)).run()


class SatisfactionReport:
	"""Fetches counts set-wise; every figure of a row, the chart and the total is of the same counts."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.period = filters.period or "Quarter"
		self.group_by = filters.group_by or "Service"
		self.end = getdate(filters.to_date)
		self.start = getdate(filters.from_date or add_months(self.end, 1 - DEFAULT_MONTHS)).replace(day=1)
		self.validate_filters()
		self.allowed = allowed_values(set(LINKS.values()), REF_DOCTYPE)
		self.own_services = restricted_to_services(frappe.session.user, READ_SURVEYS)

	def validate_filters(self) -> None:
		for label, value, choices in (
			(_("Period"), self.period, (*PERIODS, WHOLE)),
			(_("Group By"), self.group_by, tuple(GROUPS)),
		):
			if value not in choices:
				frappe.throw(
					_("{0} is no value for {1}. Choose one of {2}.").format(
						frappe.bold(value), label, ", ".join(map(_, choices))
					),
					ServiceStrategyError,
				)
		if self.end < self.start:
			frappe.throw(
				_("To Month is before From Month. Correct one of them."),
				DateOrderError,
				title=_("Dates the Wrong Way Round"),
			)

	def run(self):
		tallies = self.fetch()
		over_time = segments(tallies.items(), lambda key: key[0])
		visible = (
			{key: tally for key, tally in tallies.items() if self.may_see(key)} if self.allowed else tallies
		)
		data = self.make_rows(visible)
		if len(visible) < len(tallies):
			hidden = [tally for key, tally in tallies.items() if key not in visible]
			data.append(self.folded_row(add_up(hidden)))
		whole = add_up(over_time.values())
		if tallies:
			data.append({"period": _("Total"), "is_total": 1, "bold": 1, **measures(whole)})
		return (
			readable_columns(self.columns()),
			data,
			self.message(),
			self.chart(over_time),
			self.summary(whole),
			True,
		)

	def fetch(self) -> dict[Key, Tally]:
		"""As fine as the rows need it, and as what the viewer may not see needs it."""
		limited = tuple(name for name in DIMENSIONS if LINKS[name] in self.allowed)
		return fetch_tallies(
			self.start,
			self.end,
			(*GROUPS[self.group_by], *limited),
			self.filters,
			self.own_services,
			self.period_of,
		)

	def may_see(self, key: Key) -> bool:
		_period, service, customer = key
		return all(
			not value or value in self.allowed[doctype]
			for doctype, value in (("IT Service", service), ("Customer", customer))
			if doctype in self.allowed
		)

	def make_rows(self, tallies: Mapping[Key, Tally]) -> list[dict]:
		by = GROUPS[self.group_by]

		def segment(key: Key) -> tuple:
			start, service, customer = key
			return (
				start,
				(service or "") if "it_service" in by else "",
				(customer or "") if "customer" in by else "",
			)

		# Told apart by what is shown, unless the viewer is limited: then by more.
		shown = (
			segments(tallies.items(), segment)
			if self.allowed
			else {segment(key): tally for key, tally in tallies.items()}
		)
		names = self.service_names(tallies)
		periods = {
			start: {"period": self.label(start), "period_start": start, "period_end": self.end_of(start)}
			for start in {key[0] for key in tallies}
		}
		without = _("Without service") if "it_service" in by else None
		return [
			{
				**periods[start],
				"it_service": service or None,
				"service_name": names.get(service) or without,
				"customer": customer or None,
				**measures(tally),
			}
			for (start, service, customer), tally in sorted(shown.items(), key=itemgetter(0))
		]

	def service_names(self, tallies: Mapping[Key, Tally]) -> dict[str, str]:
		services = sorted({service for _period, service, _customer in tallies if service})
		return dict(
			frappe.get_all(
				"IT Service",
				{"name": ("in", services or [""])},
				["name", "service_name"],
				limit=0,
				as_list=True,
			)
		)

	def folded_row(self, hidden: Tally) -> dict:
		"""Figures of one or two answers would tell who gave them."""
		row = {"period": _("Not shown ({0} answers)").format(hidden.answered), "is_folded": 1}
		return row | (measures(hidden) if hidden.answered >= MIN_RECORDS_SHOWN_AS_SUM else {})

	def period_of(self, month: date) -> date:
		return self.start if self.period == WHOLE else period_start(month, self.period)

	def label(self, start: date) -> str:
		if self.period == WHOLE:
			return f"{self.start:%Y-%m} – {self.end:%Y-%m}"
		return period_label(start, self.period)

	def end_of(self, start: date) -> date:
		"""Last day of the period, within the filter."""
		if self.period == WHOLE:
			return getdate(get_last_day(self.end))
		following = add_months(start, PERIODS[self.period])
		return min(getdate(add_days(following, -1)), getdate(get_last_day(self.end)))

	def columns(self) -> list[dict]:
		by = GROUPS[self.group_by]
		columns = [_column("period", _("Asked In"), "Data", 190)]
		if "it_service" in by:
			columns += [
				_column("service_name", _("Service"), "Data", 180),
				_column("it_service", _("IT Service"), "Link", 130, "IT Service"),
			]
		if "customer" in by:
			columns.append(_column("customer", _("Customer"), "Link", 180, "Customer"))
		return [
			*columns,
			_column("nps", _("NPS"), "Float", 100),
			_column("csat", _("Score (of 100)"), "Float", 120),
			_column("response_rate", _("Response Rate"), "Percent", 140),
			_column("answered", _("Answers"), "Int", 90),
			_column("delivered", _("Delivered"), "Int", 90),
			_column("promoters", _("Promoters"), "Int", 100),
			_column("passives", _("Passives"), "Int", 90),
			_column("detractors", _("Detractors"), "Int", 100),
		]

	def chart(self, over_time: Mapping[date, Tally]) -> dict | None:
		"""Over time, for all whoever looks; periods without answers are left out."""
		points = [(start, tally) for start, tally in sorted(over_time.items()) if tally.answered]
		if not points:
			return None
		lines = zip((_("NPS"), _("Score"), _("Response Rate")), FIGURES, strict=True)
		return {
			"data": {
				"labels": [self.label(start) for start, _tally in points],
				"datasets": [
					{"name": name, "values": [_number(getattr(tally, figure)) for _start, tally in points]}
					for name, figure in lines
				],
			},
			"type": "line" if len(points) > 1 else "bar",
			"fieldtype": "Float",
			"colors": ["#2490EF", "#2F9D58", "#B4CDE4"],
			"lineOptions": {"regionFill": 0},
		}

	def summary(self, whole: Tally) -> list[dict]:
		return [
			_card(_("NPS"), whole.nps, "Blue"),
			_card(_("Score (of 100)"), whole.csat, "Green"),
			_card(_("Response Rate (%)"), whole.response_rate, "Grey"),
			{"label": _("Answers"), "value": whole.answered, "datatype": "Int", "indicator": "Grey"},
		]

	def message(self) -> str | None:
		if self.own_services is not None:
			return _("You see the services that you own.")
		return None


def measures(tally: Tally) -> dict:
	"""A row's figures; None where nobody was asked or answered."""
	return {
		**rounded_figures(tally),
		"answered": tally.answered,
		"delivered": tally.delivered,
		"promoters": tally.promoters,
		"passives": tally.passives,
		"detractors": tally.detractors,
	}


def _card(label: str, value: Fraction | None, color: str) -> dict:
	"""As text: a card would show three decimals."""
	shown = "–" if value is None else fmt_money(float(value), DECIMALS)
	return {"label": label, "value": shown, "datatype": "Data", "indicator": color}


def _number(value: Fraction | None) -> float | None:
	return None if value is None else float(value)


def _column(fieldname: str, label: str, fieldtype: str, width: int, options: str = "") -> dict:
	column = {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
	}
	return column | ({"precision": DECIMALS} if fieldtype in ("Float", "Percent") else {})

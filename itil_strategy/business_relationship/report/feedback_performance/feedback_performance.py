"""Feedback Performance: what came in, how fast it was answered, and what came back; compliments beside complaints.

Answered in time, breached and the hours count working time. The hours are those to the first response. Beside it
ERPNext's issues that were opened in the time: trouble that nobody called a complaint.
"""

from collections.abc import Callable, Iterator
from datetime import date
from operator import itemgetter

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, DateFormat, Sum
from frappe.utils import add_days, add_months, get_first_day, getdate

from itil_strategy.business_relationship.feedback.order import check_order
from itil_strategy.domain.feedback import CLOSED, COMPLAINT, COMPLIMENT, NATURES, SUGGESTION
from itil_strategy.exceptions import ServiceStrategyError
from itil_strategy.utils.issues import MONTH, IssueCounts, count_opened_issues
from itil_strategy.utils.money import exact_sum, to_decimal
from itil_strategy.utils.permissions import READ_CHARGES, restricted_to_services
from itil_strategy.utils.report_filters import plain_filters
from itil_strategy.utils.report_scope import allowed_values, fold_hidden_rows, readable_columns, total_row
from itil_strategy.utils.text import bold

FEEDBACK = "Service Feedback"
PERIOD, SERVICE, CUSTOMER, NATURE = "Period", "Service", "Customer", "Nature"
GROUPS = (PERIOD, SERVICE, CUSTOMER, NATURE)
# What the rows of a group link to.
LINKS = {SERVICE: {"it_service": "IT Service"}, CUSTOMER: {"customer": "Customer"}}
LINK_FILTERS = {"it_service": "IT Service", "customer": "Customer"}
COUNTS = (
	"received",
	"complaints",
	"compliments",
	"suggestions",
	"answered",
	"in_time",
	"breached",
	"reopened",
	"closed",
)
ISSUE_COUNTS = {"issues": "opened", "issues_open": "open", "issues_breached": "breached"}
MEASURES = (*COUNTS, *ISSUE_COUNTS, "hours")
ISSUES_BY = {PERIOD: MONTH, SERVICE: "it_service", CUSTOMER: "customer"}
FULL_SHARE = 100
MAX_BARS = 24


def execute(filters: dict | None = None):
	return FeedbackPerformance(plain_filters(filters, dates=("from_date", "to_date"))).run()


class FeedbackPerformance:
	"""One row per period, service, customer or nature; a query for feedback and one for issues, however many rows."""

	def __init__(self, filters: frappe._dict):
		self.filters = filters
		self.group = filters.group_by or PERIOD
		self.validate_filters()
		self.first, self.last = getdate(filters.from_date), getdate(filters.to_date)
		self.own_services = restricted_to_services(frappe.session.user, READ_CHARGES)

	def validate_filters(self) -> None:
		for fieldname, label in (("from_date", _("From Date")), ("to_date", _("To Date"))):
			if not self.filters.get(fieldname):
				frappe.throw(_("Choose a value for {0}.").format(bold(label)), ServiceStrategyError)
		check_order(
			_("From Date"), self.filters.from_date, _("To Date"), self.filters.to_date, days_only=True
		)
		for value, known in ((self.group, GROUPS), (self.filters.nature or COMPLAINT, NATURES)):
			if value not in known:
				frappe.throw(
					_("{0} is not known. Choose one of {1}.").format(bold(value), ", ".join(map(_, known))),
					ServiceStrategyError,
				)
		allowed = allowed_values(set(LINK_FILTERS.values()), FEEDBACK)
		for fieldname, doctype in LINK_FILTERS.items():
			value = self.filters.get(fieldname)
			if value and doctype in allowed and value not in allowed[doctype]:
				frappe.throw(
					_("You are not permitted to see {0}. Choose another.").format(bold(value)),
					frappe.PermissionError,
				)

	def run(self):
		rows = list(self.make_rows())
		data = fold_hidden_rows(rows, LINKS.get(self.group, {}), MEASURES, "label", FEEDBACK)
		chart = self.chart(data)
		total = total_row(rows, MEASURES, "label")
		if rows:
			data.append(total)
		for row in data:
			add_ratios(row)
		return readable_columns(self.columns()), data, None, chart, summary(total), True

	def make_rows(self) -> Iterator[dict]:
		found = {row.group_key or None: row for row in self.fetch()}
		issues = self.fetch_issues()
		keys = found.keys() | issues.keys()
		if self.group == PERIOD and keys:
			keys = [f"{month:%Y-%m}" for month in self.months()]
		else:
			keys = sorted(keys, key=lambda key: (key or "").casefold())
		names = self.service_names(keys) if self.group == SERVICE else {}
		for key in keys:
			row = found.get(key) or frappe._dict()
			values = {name: int(row.get(name) or 0) for name in COUNTS}
			yield {
				"label": names.get(key) or self.label_of(key),
				"it_service": key if self.group == SERVICE else self.filters.it_service,
				"customer": key if self.group == CUSTOMER else self.filters.customer,
				"nature": key if self.group == NATURE else self.filters.nature,
				"period": key if self.group == PERIOD else None,
				**values,
				**self.issue_values(issues.get(key, IssueCounts())),
				"hours": to_decimal(row.get("hours")),
			}

	def label_of(self, key: str | None) -> str:
		if not key:
			return _("Not named")
		return _(key) if self.group == NATURE else key

	def fetch(self) -> list[frappe._dict]:
		table = frappe.qb.DocType(FEEDBACK)
		key = {
			PERIOD: DateFormat(table.received_on, "%Y-%m"),
			SERVICE: table.it_service,
			CUSTOMER: table.customer,
			NATURE: table.nature,
		}[self.group]
		query = (
			frappe.qb.from_(table)
			.select(
				key.as_("group_key"),
				Count("*").as_("received"),
				_count(table.nature == COMPLAINT, "complaints"),
				_count(table.nature == COMPLIMENT, "compliments"),
				_count(table.nature == SUGGESTION, "suggestions"),
				_count(table.responded_on.isnotnull(), "answered"),
				_count(table.in_time == 1, "in_time"),
				_count(table.breach_count > 0, "breached"),
				_count(table.reopen_count > 0, "reopened"),
				_count(table.status == CLOSED, "closed"),
				exact_sum(table.hours_to_response).as_("hours"),
			)
			.where((table.received_on >= self.first) & (table.received_on < add_days(self.last, 1)))
			.groupby(key)
		)
		for fieldname in ("it_service", "customer", "nature"):
			if self.filters.get(fieldname):
				query = query.where(table[fieldname] == self.filters[fieldname])
		if self.own_services is not None:
			query = query.where(table.it_service.isin(self.own_services or [""]) & (table.it_service != ""))
		return query.run(as_dict=True)

	def fetch_issues(self) -> dict[str | None, IssueCounts]:
		return (
			count_opened_issues(ISSUES_BY[self.group], self.first, self.last, self.filters, self.own_services)
			if self.has_issues
			else {}
		)

	@property
	def has_issues(self) -> bool:
		"""An issue has no nature."""
		return self.group in ISSUES_BY and not self.filters.nature

	def issue_values(self, counts: IssueCounts) -> dict[str, int | None]:
		return {
			name: getattr(counts, attribute) if self.has_issues else None
			for name, attribute in ISSUE_COUNTS.items()
		}

	def months(self) -> Iterator[date]:
		month = get_first_day(self.first)
		while month <= self.last:
			yield month
			month = getdate(add_months(month, 1))

	def service_names(self, keys: list[str | None]) -> dict[str, str]:
		return dict(
			frappe.get_all(
				"IT Service",
				{"name": ("in", [key for key in keys if key] or [""])},
				["name", "service_name"],
				as_list=True,
				limit=0,
			)
		)

	def columns(self) -> list[dict]:
		return [
			_column("label", _(self.group), "Data", 200),
			*(
				_column(name, _(doctype), "Link", 130, doctype)
				for name, doctype in LINKS.get(self.group, {}).items()
			),
			_column("received", _("Received"), "Int"),
			_column("complaints", _("Complaints"), "Int"),
			_column("compliments", _("Compliments"), "Int"),
			_column("suggestions", _("Suggestions"), "Int"),
			_column("answered", _("Answered"), "Int"),
			_column("in_time", _("Answered in Time"), "Int", 130),
			_column("in_time_share", _("In Time (% of Answered)"), "Percent", 150),
			_column("breached", _("Breached"), "Int"),
			_column("average_hours", _("Average Working Hours to Response"), "Float", 180),
			_column("reopened", _("Reopened"), "Int"),
			_column("closed", _("Closed"), "Int"),
			*(
				(
					_column("issues", _("Issues Opened"), "Int", 120),
					_column("issues_open", _("Of Them Open"), "Int", 120),
					_column("issues_breached", _("Past Service Level"), "Int", 140),
				)
				if self.has_issues
				else ()
			),
		]

	def chart(self, rows: list[dict]) -> dict | None:
		"""Of what the viewer sees: a bar would tell the name of a hidden customer."""
		shown = [row for row in rows if row.get("received") is not None]
		if self.group != PERIOD:
			shown = sorted(shown, key=lambda row: -row["received"])
		shown = shown[:MAX_BARS]
		if not shown:
			return None
		return {
			"data": {
				"labels": [row["label"] for row in shown],
				"datasets": [
					{"name": label, "values": [measure(row) for row in shown]}
					for label, measure in self.measures()
				],
			},
			"type": "bar",
			"colors": ["green", "red", "gray"] if self.filters.nature else ["red", "green", "blue"],
			"barOptions": {"stacked": 1},
		}

	def measures(self) -> list[tuple[str, Callable[[dict], int]]]:
		"""What was received by nature; of one nature, what became of it."""
		if not self.filters.nature:
			return [
				(_("Complaints"), itemgetter("complaints")),
				(_("Compliments"), itemgetter("compliments")),
				(_("Suggestions"), itemgetter("suggestions")),
			]
		return [
			(_("In Time"), itemgetter("in_time")),
			(_("Late"), lambda row: row["answered"] - row["in_time"]),
			(_("Open"), lambda row: row["received"] - row["answered"]),
		]


def add_ratios(row: dict) -> None:
	"""Shares and averages come from the sums; a mean of means would weigh small groups too much."""
	answered = row.get("answered")
	if answered:
		row["in_time_share"] = FULL_SHARE * float(row["in_time"]) / float(answered)
		row["average_hours"] = float(to_decimal(row["hours"]) / to_decimal(answered))


def summary(total: dict) -> list[dict]:
	add_ratios(total)
	late = total["breached"]
	return [
		{"label": _("Complaints"), "value": total["complaints"], "datatype": "Int"},
		{"label": _("Compliments"), "value": total["compliments"], "datatype": "Int", "indicator": "Green"},
		{"label": _("In Time"), "value": total.get("in_time_share"), "datatype": "Percent"},
		{"label": _("Breached"), "value": late, "datatype": "Int", "indicator": "Red" if late else "Green"},
		{"label": _("Average Working Hours"), "value": total.get("average_hours"), "datatype": "Float"},
	]


def _count(condition, name: str):
	return Sum(Case().when(condition, 1).else_(0)).as_(name)


def _column(fieldname: str, label: str, fieldtype: str, width: int = 110, options: str = "") -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
	}

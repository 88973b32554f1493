import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, getdate

from itil_strategy.domain.errors import FormulaError
from itil_strategy.domain.policies import find_overlaps
from itil_strategy.domain.pricing import parse_price_formula, validate_tiers
from itil_strategy.exceptions import (
	ChargingTierError,
	OverlappingPolicyError,
	PriceFormulaError,
	ServiceStrategyError,
)
from itil_strategy.it_finance.charging.policies import (
	TIERED_METHODS,
	load_policies,
	policy_from_document,
	tiers_from_rows,
)
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.text import as_html
from itil_strategy.utils.translation import translate

PRICE_FIELDS = (
	"it_service",
	"service_offering",
	"customer",
	"charging_company",
	"valid_from",
	"method",
	"currency",
	"rounding_precision",
	"unit_price",
	"package_size",
	"fixed_fee",
	"markup_percent",
	"minimum",
	"formula",
)


class ChargingPolicy(Document):
	"""What usage of an offering costs a customer, from day to day (FM-9)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		charging_company: DF.Link | None
		currency: DF.Link
		customer: DF.Link | None
		fixed_fee: DF.Currency
		formula: DF.SmallText | None
		it_service: DF.Link
		markup_percent: DF.Percent
		method: DF.Literal[
			"Per Unit", "Graduated", "Volume", "Package", "Fixed Fee", "Formula", "Cost", "Cost Plus", "None"
		]
		minimum: DF.Currency
		notes: DF.SmallText | None
		package_size: DF.Float
		policy_name: DF.Data
		rounding_precision: DF.Literal[
			"Currency's smallest unit", "0 decimals", "1 decimal", "2 decimals", "3 decimals", "4 decimals"
		]
		service_offering: DF.Link | None
		unit_price: DF.Currency
		valid_from: DF.Date
		valid_to: DF.Date | None
	# end: auto-generated types

	def before_validate(self):
		self.set_service_from_offering()

	def validate(self):
		self.validate_dates()
		self.validate_method()
		self.validate_company_of_fee()
		self.validate_no_overlap()
		self.validate_unchanged_once_charged()

	def on_trash(self):
		self.delete_tiers()

	def set_service_from_offering(self):
		if self.service_offering:
			self.it_service = frappe.db.get_value("Service Offering", self.service_offering, "it_service")

	def validate_dates(self):
		if self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			frappe.throw(
				_("Valid To is before Valid From. Correct one of them."),
				ServiceStrategyError,
				title=_("Dates the Wrong Way Round"),
			)

	def validate_method(self):
		"""Each method has what it needs, so that no run can meet a policy it cannot price with."""
		if self.method == "Package" and not self.package_size:
			self.refuse(_("Package Size must be above 0 for the method Package."))
		if self.method == "Fixed Fee" and not self.service_offering:
			self.refuse(_("A fixed fee is charged for an offering. Choose the Service Offering."))
		if self.method == "Cost Plus" and not self.markup_percent:
			self.refuse(_("Cost Plus needs a Markup. Without one, choose the method Cost."))
		if self.method == "Formula":
			self.validate_formula()

	def validate_formula(self):
		self.formula = cstr(self.formula).strip()
		try:
			parse_price_formula(self.formula)
		except FormulaError as error:
			frappe.throw(
				_("Formula: {0}").format(as_html(translate(error.text))),
				PriceFormulaError,
				title=_("Charging Policy"),
			)

	def validate_company_of_fee(self):
		"""A fee that is due without usage is charged by one company, or it would be charged twice."""
		if self.charging_company or not (
			self.customer and self.service_offering and (self.fixed_fee or self.minimum)
		):
			return
		companies = frappe.get_all(
			"Service Company",
			{"parent": self.it_service, "parenttype": "IT Service", "active": 1},
			pluck="company",
			order_by="idx",
		)
		if len(companies) > 1:
			self.refuse(
				_("{0} deliver {1}. Choose the Charging Company for this fee.").format(
					", ".join(frappe.bold(company) for company in companies), frappe.bold(self.it_service)
				)
			)

	def validate_no_overlap(self):
		"""Two policies of equal exactness on one day would be two prices; of two people at once the second waits here."""
		lock_row("IT Service", self.it_service)
		overlaps = find_overlaps(
			[policy_from_document(self), *load_policies(self.it_service, exclude=self.name, latest=True)]
		)
		for first, second in overlaps:
			if self.name in (first, second):
				other = second if first == self.name else first
				frappe.throw(
					_(
						"{0} and {1} are for the same service, offering and customer and overlap in time. End one before the other starts, or make one more exact."
					).format(frappe.bold(self.name), frappe.bold(other)),
					OverlappingPolicyError,
					title=_("Overlapping Policies"),
				)

	def validate_unchanged_once_charged(self):
		"""A price that was charged stays as it was; the next one is a new policy."""
		before = self.get_doc_before_save()
		if not before or not any(_differs(self, before, fieldname) for fieldname in PRICE_FIELDS):
			return
		refuse_if_charged(self.name)

	def delete_tiers(self):
		frappe.db.delete("Charging Tier", {"charging_policy": self.name})

	def refuse(self, message: str):
		frappe.throw(message, ServiceStrategyError, title=_("Charging Policy"))

	@frappe.whitelist()
	def get_tiers(self) -> list[dict]:
		"""The tiers in order, for the form."""
		self.check_permission("read")
		return _stored_tiers(self.name)

	@frappe.whitelist(methods=["POST"])
	def replace_tiers(self, tiers: list[dict]) -> list[dict]:
		"""Replace all tiers as one validated set; nothing is stored if one is wrong."""
		self.check_permission("write")
		if self.method not in TIERED_METHODS:
			self.refuse(_("Only the methods Graduated and Volume have tiers."))
		refuse_if_charged(self.name)
		check_tiers(tiers)
		self.delete_tiers()
		for tier in tiers:
			doc = frappe.get_doc(
				{
					"doctype": "Charging Tier",
					"charging_policy": self.name,
					"from_quantity": tier.get("from_quantity"),
					"to_quantity": tier.get("to_quantity"),
					"unit_price": tier.get("unit_price"),
				}
			)
			doc.flags.part_of_validated_set = True
			doc.insert()
		return _stored_tiers(self.name)


def check_tiers(rows: list[dict]) -> None:
	"""Raise ChargingTierError unless the rows are contiguous from zero with prices of 0 or more."""
	try:
		validate_tiers(tiers_from_rows(rows))
	except ValueError as error:
		frappe.throw(str(error), ChargingTierError, title=_("Tiers"))


def refuse_if_charged(policy: str) -> None:
	"""Raise if a published charge was priced by the policy; a calculated one is calculated again."""
	charge = frappe.db.get_value(
		"Service Charge",
		{"charging_policy": policy, "status": ("not in", ("Calculated", "Cancelled"))},
		["name", "charging_run"],
	)
	if charge:
		frappe.throw(
			_(
				"Charging run {0} was priced by {1}. Set Valid To and create a new policy for the time after it."
			).format(frappe.bold(charge[1]), frappe.bold(policy)),
			ServiceStrategyError,
			title=_("Policy In Use"),
		)


def _stored_tiers(policy: str) -> list[dict]:
	return frappe.get_all(
		"Charging Tier",
		{"charging_policy": policy},
		["name", "from_quantity", "to_quantity", "unit_price"],
		order_by="from_quantity asc",
		limit=0,
	)


def _differs(doc: Document, before: Document, fieldname: str) -> bool:
	df = doc.meta.get_field(fieldname)
	if df.fieldtype == "Date":
		return getdate(doc.get(fieldname)) != getdate(before.get(fieldname))
	if df.fieldtype in ("Currency", "Float", "Percent"):
		return (doc.get(fieldname) or 0) != (before.get(fieldname) or 0)
	return (doc.get(fieldname) or "") != (before.get(fieldname) or "")

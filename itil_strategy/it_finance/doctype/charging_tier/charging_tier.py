import frappe

from itil_strategy.it_finance.doctype.charging_policy.charging_policy import check_tiers, refuse_if_charged
from itil_strategy.utils.one_of_each import OneOfEach


class ChargingTier(OneOfEach):
	"""One step of a graduated or volume price, [from, to). Records of their own, so that importing
	three changed tiers leaves the others alone (FM-9)."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		charging_policy: DF.Link
		from_quantity: DF.Float
		to_quantity: DF.Float
		unit_price: DF.Float
	# end: auto-generated types

	def validate(self):
		self.validate_set()

	def on_trash(self):
		refuse_if_charged(self.charging_policy)

	def validate_set(self):
		"""The tiers of the policy must stay a valid set with this one among them."""
		if self.flags.part_of_validated_set:
			return
		refuse_if_charged(self.charging_policy)
		others = frappe.get_all(
			"Charging Tier",
			{"charging_policy": self.charging_policy, "name": ("!=", self.name or "")},
			["from_quantity", "to_quantity", "unit_price"],
			limit=0,
		)
		check_tiers([*others, self.as_dict()])


def on_doctype_update():
	frappe.db.add_unique("Charging Tier", ["charging_policy", "from_quantity"], "policy_tier")

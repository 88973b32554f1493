"""Steps of our onboarding. They belong to no module, so Frappe leaves them behind when it removes one."""

import frappe

from itil_strategy.setup.defaults import OUR_MODULES


def delete_onboarding_steps() -> None:
	"""Delete our module onboardings with the steps that no other one shows; three queries and one per step."""
	ours = frappe.get_all("Module Onboarding", {"module": ("in", OUR_MODULES)}, pluck="name")
	steps = set(frappe.get_all("Onboarding Step Map", {"parent": ("in", [*ours, ""])}, pluck="step"))
	kept = set(frappe.get_all("Onboarding Step Map", {"parent": ("not in", [*ours, ""])}, pluck="step"))
	for name in ours:
		frappe.delete_doc("Module Onboarding", name, ignore_permissions=True, force=True)
	for name in sorted(steps - kept):
		frappe.delete_doc("Onboarding Step", name, ignore_permissions=True, force=True)

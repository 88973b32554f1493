"""Find needs in conflict and bring them together in a mediation, each conflict once (BR-2)."""

import hashlib
from collections import defaultdict

import frappe
from frappe import _
from frappe.utils import formatdate, getdate

from itil_strategy.business_relationship.conflict_facts import (
	MEDIATION,
	NEED,
	load_capacities,
	load_commitments,
	load_mediated,
	load_mediations,
	load_needs,
)
from itil_strategy.domain.need_conflicts import RESOURCE, Conflict, NeedInConflict, Subject, find_conflicts
from itil_strategy.domain.needs import OPEN_STATES
from itil_strategy.utils.customers import relationship_managers
from itil_strategy.utils.locks import lock_row
from itil_strategy.utils.notify import notify
from itil_strategy.utils.permissions import has_any_role
from itil_strategy.utils.relationship_permissions import MANAGE_RELATIONSHIPS
from itil_strategy.utils.text import bold


def mediate_service(service: str | None) -> list[str]:
	"""Open or widen a mediation for each conflict of the service; answers their names.

	One at a time per service: who comes second waits, and then reads what the first one committed.
	"""
	if not service:
		return []
	lock_row("IT Service", service)
	needs = load_needs([service], latest=True)
	conflicts = find_conflicts(
		needs,
		load_capacities(needs),
		load_commitments(needs),
		getdate(),
		load_mediated([service], latest=True),
	)
	by_name = {need.name: need for need in needs}
	return [_mediate(conflict, by_name) for conflict in conflicts]


def mediate_all() -> list[str]:
	"""Daily: conflicts that came without anybody saving a need, as when a capacity was lowered."""
	needs = load_needs()
	conflicts = find_conflicts(
		needs,
		load_capacities(needs),
		load_commitments(needs),
		getdate(),
		load_mediated({need.service for need in needs}),
	)
	opened = []
	for service in sorted({conflict.subject.service for conflict in conflicts}):
		opened += mediate_service(service)
		if not frappe.flags.in_test:
			frappe.db.commit()  # nosemgrep: one service at a time, its lock is not held for the others
	return opened


@frappe.whitelist(methods=["POST"])
def find_now(it_service: str | None = None) -> list[str]:
	"""The button: find conflicts of one service or of all, and answer the mediations opened for them."""
	if not has_any_role(MANAGE_RELATIONSHIPS, frappe.session.user):
		frappe.throw(_("Only a Business Relationship Manager may do this."), frappe.PermissionError)
	if it_service:
		frappe.has_permission("IT Service", "read", doc=it_service, throw=True)
	return mediate_service(it_service) if it_service else mediate_all()


def withdraw_settled(need: str) -> None:
	"""End open mediations of which fewer than two needs are left to settle."""
	party, mediation, other = (
		frappe.qb.DocType("Mediation Party"),
		frappe.qb.DocType(MEDIATION),
		frappe.qb.DocType(NEED),
	)
	rows = (
		frappe.qb.from_(party)
		.inner_join(mediation)
		.on((mediation.name == party.parent) & (party.parenttype == MEDIATION))
		.inner_join(other)
		.on(other.name == party.customer_need)
		.select(mediation.name, party.customer_need, other.status)
		.where(
			(mediation.status == "Open")
			& mediation.name.isin(
				frappe.qb.from_(party).select(party.parent).where(party.customer_need == need)
			)
		)
	).run()
	left: dict[str, int] = defaultdict(int)
	for name, _need, status in rows:
		left[name] += status in OPEN_STATES
	for name, count in sorted(left.items()):
		if count < 2:
			frappe.get_doc(MEDIATION, name).end_as_settled(need)


def _mediate(conflict: Conflict, needs: dict[str, NeedInConflict]) -> str:
	"""Widen an open mediation of the same subject that shares a need, else open one."""
	subject = conflict.subject
	for known, name, status, members in load_mediations([subject.service], latest=True):
		if known == subject and status == "Open" and members & set(conflict.needs):
			missing = [need for need in conflict.needs if need not in members]
			mediation = frappe.get_doc(MEDIATION, name)
			mediation.widen([_party(subject, needs[need]) for need in missing], _describe(conflict))
			return name
	mediation = frappe.get_doc(
		{
			"doctype": MEDIATION,
			"mediation_title": _title(subject),
			"kind": subject.kind,
			"it_service": subject.service,
			"service_offering": subject.about[0] if subject.kind == RESOURCE else None,
			"topic": subject.about[0] if subject.kind != RESOURCE else None,
			"excluded_topic": subject.about[1] if len(subject.about) > 1 else None,
			"conflict": _describe(conflict),
			"parties": [_party(subject, needs[need]) for need in conflict.needs],
		}
	)
	mediation.flags.found_by_rule = True
	mediation.conflict_key = _key(conflict)
	# Whoever raises a need need not be allowed to write mediations.
	mediation.insert(ignore_permissions=True)
	notify(
		MEDIATION,
		mediation.name,
		_("{0} needs are in conflict: {1}").format(len(conflict.needs), bold(mediation.mediation_title)),
		relationship_managers(),
	)
	return mediation.name


def _key(conflict: Conflict) -> str:
	"""The same for the same needs in conflict over the same thing, so that the database refuses a second one."""
	subject = conflict.subject
	parts = (subject.kind, subject.service, *subject.about, *conflict.needs)
	return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _title(subject: Subject) -> str:
	if subject.kind == RESOURCE:
		return _("{0} over capacity").format(subject.about[0])[:140]
	if len(subject.about) > 1:
		return _("{0} or {1}").format(*subject.about)[:140]
	return _("{0}: wanted and not wanted").format(subject.about[0])[:140]


def _describe(conflict: Conflict) -> str:
	overload, about = conflict.overload, conflict.subject.about
	if overload:
		return _(
			"{0}: needs ask for {1} a month and {2} are committed, {3} can be delivered (month of {4})."
		).format(
			about[0],
			f"{overload.asked.normalize():f}",
			f"{overload.committed.normalize():f}",
			f"{overload.capacity.normalize():f}",
			formatdate(overload.worst_month),
		)
	if len(about) > 1:
		return _("{0} and {1} cannot be had together, and different needs want them.").format(*about)
	return _("{0} is a Must of one need and a Won't of another.").format(about[0])


def _party(subject: Subject, need: NeedInConflict) -> dict:
	if subject.kind == RESOURCE:
		position = _("{0} a month from {1} to {2}").format(
			f"{need.units.normalize():f}",
			formatdate(need.needed_from) if need.needed_from else _("now"),
			formatdate(need.needed_to) if need.needed_to else _("further notice"),
		)
	else:
		position = ", ".join(
			f"{wish.topic}: {_(wish.moscow)}" for wish in need.wishes if wish.topic in subject.about
		)
	return {"customer_need": need.name, "customer": need.customer, "position": position}

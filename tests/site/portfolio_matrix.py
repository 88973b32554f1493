"""Who may do what with the records of the service portfolio, as the table of roles says.

R is to read, list, print, export, report and share what one reads; W to write and create; S to submit and cancel;
o limits W (for decisions and retirements R as well) to the own services and what one created. Only who has the
whole of a record deletes it. A service is own once somebody made the user its owner, so nobody creates one as
service owner; objectives, categories and stages belong to no service.
"""

PORTFOLIO, RELATIONSHIP, FINANCE = "portfolio manager", "relationship manager", "financial manager"
OWNER, STRANGER, CREATOR = "owner of the service", "owner of another service", "creator of the record"
SYSTEM, DESK, GUEST = "system manager", "desk user", "guest"

VIEWERS = {
	PORTFOLIO: "Service Portfolio Manager",
	RELATIONSHIP: "Business Relationship Manager",
	FINANCE: "IT Financial Manager",
	OWNER: "Service Owner",
	STRANGER: "Service Owner",
	CREATOR: "Service Owner",
	SYSTEM: "System Manager",
	DESK: "Accounts User",
	GUEST: None,
}

NONE: frozenset[str] = frozenset()
R = frozenset({"read", "report", "export", "print", "share"})
W = R | {"write", "create"}
FULL = W | {"delete"}
FULL_S = FULL | {"submit", "cancel"}
RIGHTS = tuple(sorted(FULL_S))

_OPEN = {PORTFOLIO: FULL, SYSTEM: FULL, RELATIONSHIP: R, FINANCE: R, DESK: NONE, GUEST: NONE}
_CLOSED = {PORTFOLIO: FULL_S, SYSTEM: FULL_S, RELATIONSHIP: R, FINANCE: R, DESK: NONE, GUEST: NONE}
_GENERAL = {**_OPEN, OWNER: R}
_OWN_OR_CREATED = {**_CLOSED, OWNER: W, STRANGER: NONE, CREATOR: W - {"create"}}

MATRIX = {
	"IT Service": {**_OPEN, OWNER: R | {"write"}, STRANGER: R},
	"Service Offering": {**_OPEN, OWNER: W, STRANGER: R},
	"IT Service Category": _GENERAL,
	"Service Pipeline Stage": _GENERAL,
	"Strategic Objective": _GENERAL,
	"Portfolio Decision": _OWN_OR_CREATED,
	"Service Retirement": _OWN_OR_CREATED,
}
CASES = [(doctype, viewer) for doctype, row in MATRIX.items() for viewer in row]

# A field that anybody with the right to write may change.
WRITABLE = {
	"IT Service": "value_proposition",
	"Service Offering": "conditions",
	"IT Service Category": "description",
	"Service Pipeline Stage": "description",
	"Strategic Objective": "description",
	"Portfolio Decision": "rationale",
	"Service Retirement": "loss_reason",
}
SUBMITTABLE = ("Portfolio Decision", "Service Retirement")

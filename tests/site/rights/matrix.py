"""Who may do what with every record of the app: the table of roles (docs/roles.md) as data, from which tests are made.

Letters: V to read, report and print; E to export; H to share; R is V, E and H. W to write, C to create, D to delete,
S to submit and cancel, A to submit what is never cancelled. What is about a service is about one of OWNER's, what is
about a customer about CONTACT's; STRANGER owns another service, OTHER_CONTACT belongs to another customer, CREATOR wrote
the record about others' services. Only who has the whole of a record deletes it. A service is own once somebody made
the user its owner, so nobody creates one as service owner.
"""

PORTFOLIO, RELATIONSHIP, FINANCE = "portfolio manager", "relationship manager", "financial manager"
OWNER, STRANGER, CREATOR = "owner of the service", "owner of another service", "creator of the record"
CONTACT, OTHER_CONTACT = "contact of the customer", "contact of another customer"
SYSTEM, DESK, GUEST = "system manager", "desk user", "guest"

VIEWERS = {
	PORTFOLIO: "Service Portfolio Manager",
	RELATIONSHIP: "Business Relationship Manager",
	FINANCE: "IT Financial Manager",
	OWNER: "Service Owner",
	STRANGER: "Service Owner",
	CREATOR: "Service Owner",
	SYSTEM: "System Manager",
	CONTACT: "Customer",
	OTHER_CONTACT: "Customer",
	DESK: "Accounts User",
	GUEST: None,
}
LETTERS = {
	"V": {"read", "report", "print"},
	"E": {"export"},
	"H": {"share"},
	"R": {"read", "report", "print", "export", "share"},
	"L": {"read"},
	"W": {"write"},
	"C": {"create"},
	"D": {"delete"},
	"S": {"submit", "cancel"},
	"A": {"submit"},
}
RIGHTS = ("read", "report", "print", "export", "share", "write", "create", "delete", "submit", "cancel")

_COLUMNS = (PORTFOLIO, RELATIONSHIP, FINANCE, OWNER, STRANGER, SYSTEM)
# doctype: managers of portfolio, relationship and finance, owner, owner of another service, system manager
_TABLE = {
	"IT Service": "RWCD R R RW R RWCD",
	"Service Offering": "RWCD R R RWC R RWCD",
	"IT Service Category": "RWCD R R R R RWCD",
	"Service Pipeline Stage": "RWCD R R R R RWCD",
	"Strategic Objective": "RWCD R R R R RWCD",
	"Portfolio Decision": "RWCDS R R RWC - RWCDS",
	"Service Retirement": "RWCDS R R RWC - RWCDS",
	"Customer Need": "R RWC R R - RWCD",
	"Requirement Topic": "R RWCD R R R RWCD",
	"Requirement Mediation": "R RWC R R - RWCD",
	"Environment Change": "R RWCD R R - RWCD",
	"Relationship Review": "R RWCD R - - RWCD",
	"Service Commitment": "R RWCD R R - RWCD",
	"Service Feedback": "R RWC R RWC - RWCD",
	"Satisfaction Survey": "R RWCD - RWC - RWCD",
	"Survey Invitation": "R R - V - RD",
	"Survey Response": "R RW - VW - RWD",
	"Business Case": "RWCDA R RWCDA RWC - RWCDA",
	"Benefit Measurement": "RWCD R RWCD RWC - RWCD",
	"Investment Round": "RWCD - RWCD - - RWCD",
	"Strategy Scenario": "R - RWCD - - RWCD",
	"Cost Element": "R - RWCD - - RWCD",
	"Cost Pool": "R - RWCD - - RWCD",
	"Cost Driver": "R - RWCD - - RWCD",
	"Cost Driver Value": "R - RWCD V - RWCD",
	"Cost Allocation Run": "R - RWCDS - - RWCDS",
	"Cost Allocation Input": "- - - - - V",
	"Service Cost": "V - V V - V",
	"Charging Policy": "R - RWCD R - RWCD",
	"Charging Tier": "R - RWCD R - RWCD",
	"Usage Mapping": "- - RWCD - - RWCD",
	"Usage Import": "- - RWCD - - RWCD",
	"Service Usage": "V - V V - V",
	"Usage Claim": "- - V - - V",
	"Charging Run": "R - RWCDS - - RWCDS",
	"Service Charge": "V V VE V - VE",
	"Charge Posting": "V - V - - V",
	"Charge Dispute": "R R RWC R - RWC",
	"Charge Correction": "R R RWC R - RWC",
	"Service Budget": "R - RWCDS R - RWCDS",
	"Budget Ceiling": "R - RWCD R - RWCD",
	"Budget Transfer": "R - RWCDS R - RWCDS",
	"Forecast Snapshot": "R - RWCD R - RWCD",
	"Fund Reservation": "R - R R - R",
}
# Beside the columns: customers reach two kinds of records, creators what they wrote about others' services.
_ALSO = {
	"Customer Need": {CONTACT: "LWC"},
	"Service Feedback": {CONTACT: "LWC"},
	"Portfolio Decision": {CREATOR: "RW"},
	"Service Retirement": {CREATOR: "RW"},
}
_NOBODY = (CONTACT, OTHER_CONTACT, DESK, GUEST)


def _rights(letters: str) -> frozenset[str]:
	return frozenset().union(*(LETTERS[letter] for letter in letters if letter != "-"))


def _row(doctype: str) -> dict[str, frozenset[str]]:
	row = dict(zip(_COLUMNS, _TABLE[doctype].split(), strict=True)) | dict.fromkeys(_NOBODY, "-")
	return {viewer: _rights(letters) for viewer, letters in (row | _ALSO.get(doctype, {})).items()}


MATRIX = {doctype: _row(doctype) for doctype in _TABLE}
CASES = [(doctype, viewer) for doctype, row in MATRIX.items() for viewer in row]
SUBMITTABLE = (
	"Portfolio Decision",
	"Service Retirement",
	"Business Case",
	"Cost Allocation Run",
	"Charging Run",
	"Service Budget",
	"Budget Transfer",
)

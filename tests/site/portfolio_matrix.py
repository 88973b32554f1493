"""The records of the service portfolio within the table of all rights (`rights.matrix`)."""

from tests.site.rights import matrix
from tests.site.rights.matrix import (
	CREATOR,
	DESK,
	FINANCE,
	GUEST,
	OWNER,
	PORTFOLIO,
	RELATIONSHIP,
	STRANGER,
	SYSTEM,
)

__all__ = (
	"CREATOR",
	"DESK",
	"FINANCE",
	"GUEST",
	"MATRIX",
	"OWNER",
	"PORTFOLIO",
	"RELATIONSHIP",
	"STRANGER",
	"SUBMITTABLE",
	"SYSTEM",
	"VIEWERS",
	"WRITABLE",
)

CUSTOMERS = (matrix.CONTACT, matrix.OTHER_CONTACT)
VIEWERS = {viewer: role for viewer, role in matrix.VIEWERS.items() if viewer not in CUSTOMERS}

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
MATRIX = {doctype: matrix.MATRIX[doctype] for doctype in WRITABLE}
SUBMITTABLE = ("Portfolio Decision", "Service Retirement")

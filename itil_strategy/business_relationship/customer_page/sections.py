"""The customer on one page, section by section (BR-10, BR-12).

A section is a function that takes the view and answers its rows in a number of queries that does not grow with
them, or None where the viewer may not see it. To add one, write the function and name it in SECTIONS. Rows name
their service, so that the report can leave out what a viewer may not see; a service owner's view is limited to the
own services by the section itself.
"""

from collections.abc import Callable

from itil_strategy.business_relationship.customer_page.feedback import feedback
from itil_strategy.business_relationship.customer_page.levels import service_levels
from itil_strategy.business_relationship.customer_page.money import charges
from itil_strategy.business_relationship.customer_page.promises import services
from itil_strategy.business_relationship.customer_page.relationship import (
	changes,
	mediations,
	needs,
	reviews,
)
from itil_strategy.business_relationship.customer_page.satisfaction import satisfaction
from itil_strategy.business_relationship.customer_page.view import Section, View

SECTIONS: tuple[Callable[[View], Section | None], ...] = (
	services,
	service_levels,
	needs,
	mediations,
	changes,
	feedback,
	satisfaction,
	reviews,
	charges,
)

"""What a service level agreement of ERPNext can say of our working time (BR-5)."""

from collections.abc import Mapping, Sequence

from itil_strategy.domain.errors import DomainError
from itil_strategy.domain.text import Text, _
from itil_strategy.domain.working_calendar import WEEKDAYS, Window


class ServiceLevelError(DomainError):
	"""ERPNext cannot keep this working time; `text` says it for translation."""

	def __init__(self, text: Text):
		super().__init__(str(text))
		self.text = text


def one_window_a_day(windows: Mapping[int, Sequence[Window]]) -> dict[str, Window]:
	"""The window of each weekday by its English name, in the order of the week.

	ERPNext knows one window a weekday, within the day. Raises ServiceLevelError naming the weekday that has more, or
	one that runs over midnight, and where nobody works at all.
	"""
	found: dict[str, Window] = {}
	for weekday in sorted(windows):
		if not windows[weekday]:
			continue
		name = WEEKDAYS[weekday]
		if len(windows[weekday]) > 1:
			raise ServiceLevelError(
				Text(
					_(
						"{0} has {1} working windows, and ERPNext knows one a day. Join them, or do without the agreement."
					),
					(name, len(windows[weekday])),
				)
			)
		(start, end), *_others = windows[weekday]
		if end <= start:
			raise ServiceLevelError(
				Text(
					_(
						"The working window of {0} runs over midnight, which ERPNext does not know. End it within the day, or do without the agreement."
					),
					(name,),
				)
			)
		found[name] = (start, end)
	if not found:
		raise ServiceLevelError(Text(_("Nobody works at all. Enter working time first.")))
	return found

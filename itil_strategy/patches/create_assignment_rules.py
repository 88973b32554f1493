from itil_strategy.setup.assignment_rules import create_assignment_rules


def execute():
	"""Sites from before the rules existed get them once."""
	create_assignment_rules()

from itil_strategy.setup.workflows import create_workflows


def execute():
	"""The approval of business cases comes to sites that were there before."""
	create_workflows()

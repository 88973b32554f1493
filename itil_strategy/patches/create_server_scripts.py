from itil_strategy.setup.server_scripts import MONTHLY_ANALYSIS, create_server_scripts


def execute():
	"""Sites from before the scripts existed get them once."""
	create_server_scripts([MONTHLY_ANALYSIS])

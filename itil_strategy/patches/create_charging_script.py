from itil_strategy.setup.server_scripts import MONTH_END_DRAFT, create_server_scripts


def execute():
	"""Sites from before the script existed get it once."""
	create_server_scripts([MONTH_END_DRAFT])

from itil_strategy.setup.server_scripts import create_server_scripts


def execute():
	"""Sites from before the scripts existed get them once."""
	create_server_scripts()

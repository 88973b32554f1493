"""`python -m itil_strategy`: the main job on plain files, without ERPNext."""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from itil_strategy import __version__
from itil_strategy.domain.errors import DomainError
from itil_strategy.preview import command


def main(arguments: Sequence[str] | None = None) -> int:
	"""Run a command; 0 when all went well, 1 when something has to be mended, 2 for wrong options."""
	options = _parser().parse_args(arguments)
	for stream in (sys.stdout, sys.stderr):
		if hasattr(stream, "reconfigure"):
			stream.reconfigure(errors="replace")  # names of any script on any terminal
	try:
		code = command.run(options)
		sys.stdout.flush()
		return code
	except BrokenPipeError:
		# The reader, such as `head`, has seen enough.
		os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
		return 0
	except OSError as error:
		return _fail([f"{error.filename or 'A file'}: {error.strerror or error}. Check the path."])
	except DomainError as error:
		return _fail(getattr(error, "messages", [error.message]))


def _fail(messages: Sequence[str]) -> int:
	for message in messages:
		print(f"Error: {message}", file=sys.stderr)
	return 1


def _parser() -> ArgumentParser:
	parser = ArgumentParser(
		prog="itil-strategy", description="ITIL Service Strategy for ERPNext, on plain files."
	)
	parser.add_argument("--version", action="version", version=__version__)
	commands = parser.add_subparsers(dest="command", required=True, metavar="preview")
	preview = commands.add_parser(
		"preview",
		help="charge usage and print the statement",
		description="Charge usage files by policies and print the statement: the sample organisation, or your own billing export.",
	)
	command.add_options(preview)
	return parser


if __name__ == "__main__":
	sys.exit(main())

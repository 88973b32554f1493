"""Die at the n-th thing that is said to the database: seeded, in the middle of real work.

A process forked from the driver is armed with a point; when it comes to it, it kills by SIGKILL what the point
names: itself, its worker too, the database server or a Redis server. What was sent may have been done or not.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Value

from pymysql.connections import Connection

# A web process; the process of a job, which its worker outlives; both of them.
WEB, JOB, WORKER = "web process", "job", "job and worker"


@dataclass(frozen=True, slots=True)
class Point:
	"""The statement, counted from 1, at which `target` dies: before it is sent or after."""

	statement: int
	is_after: bool
	target: str
	target_pid: int = 0


class Trigger:
	"""Counts what is said to the database, in whatever process forked from here does the work."""

	def __init__(self, point: Point | None = None):
		self.point = point
		self._count = Value("i", 0)
		self._fired = Value("b", 0)

	@property
	def count(self) -> int:
		return self._count.value

	@property
	def has_fired(self) -> bool:
		return bool(self._fired.value)

	def arm(self) -> None:
		"""From here on the process counts; it never returns from its own death."""
		send = Connection._execute_command

		def armed(connection, command, sql):
			with self._count.get_lock():
				self._count.value += 1
				here = self.point and self._count.value == self.point.statement
			if here and not self.point.is_after:
				self._kill()
			answer = send(connection, command, sql)
			if here and self.point.is_after:
				self._kill()
			return answer

		Connection._execute_command = armed

	def _kill(self) -> None:
		self._fired.value = 1
		if self.point.target == WORKER:
			os.kill(os.getppid(), signal.SIGKILL)
		if self.point.target in (WEB, JOB, WORKER):
			os.kill(os.getpid(), signal.SIGKILL)
		with suppress(ProcessLookupError):
			os.kill(self.point.target_pid, signal.SIGKILL)
		time.sleep(0.05)


def fork(work: Callable[[], None], log: str = os.devnull) -> int:
	"""Run `work` in a process of its own, with what it says in `log`; answers its id."""
	pid = os.fork()
	if pid:
		return pid
	code = 1
	try:
		output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
		os.dup2(output, 1)
		os.dup2(output, 2)
		work()
		code = 0
	except SystemExit as error:
		code = int(error.code or 0)
	except BaseException:
		import traceback

		traceback.print_exc()
	finally:
		# No clean-up: what belongs to the parent, connections above all, stays as it is.
		os._exit(code)


def wait(pid: int, seconds: float = 120) -> int | None:
	"""The exit code, negative for a signal; one that does not end is killed, which answers None."""
	deadline = time.monotonic() + seconds
	while time.monotonic() < deadline:
		ended, status = os.waitpid(pid, os.WNOHANG)
		if ended:
			return os.waitstatus_to_exitcode(status)
		time.sleep(0.01)
	os.kill(pid, signal.SIGKILL)
	os.waitpid(pid, 0)
	return None

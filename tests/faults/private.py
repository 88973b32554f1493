"""A database server, two Redis servers and a site of our own, to be killed: no other process knows of them.

The site is a copy of the one under test, without its records: MariaDB and Redis listen on free ports of this
machine and keep their data in a temporary folder that is deleted at the end.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

SITE = "faults.localhost"
DATABASE = "faults"
START_SECONDS = 60
# What Frappe's own bench would serve; a copy must not send mail or run jobs by itself.
SITE_CONFIG = {"allow_tests": 1, "mute_emails": 1, "pause_scheduler": 1, "server_script_enabled": 0}


def free_port() -> int:
	"""A port that nobody listens on."""
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]


def find_program(*names: str) -> str:
	"""The first of the programs that is installed; system folders count as well."""
	path = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))
	for name in names:
		if found := shutil.which(name, path=path):
			return found
	raise FileNotFoundError(f"None of {', '.join(names)} is installed.")


class Server:
	"""A process that listens on a port; it is started again with the same data after a kill."""

	def __init__(self, name: str, port: int, command: list[str], log: Path):
		self.name, self.port, self.command, self.log = name, port, command, log
		self.process: subprocess.Popen | None = None

	@property
	def pid(self) -> int:
		return self.process.pid

	def start(self) -> None:
		"""Start and wait until it answers."""
		with self.log.open("ab") as log:
			self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
		deadline = time.monotonic() + START_SECONDS
		while not self.answers():
			if self.process.poll() is not None or time.monotonic() > deadline:
				raise RuntimeError(f"{self.name} did not start; see {self.log}")
			time.sleep(0.05)

	def answers(self) -> bool:
		with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as connection:
			connection.settimeout(2)
			if "redis" in self.name:
				connection.sendall(b"PING\r\n")
			return bool(connection.recv(1))
		return False

	def ensure(self) -> bool:
		"""Start it when it is dead; True when it was."""
		if self.process and self.process.poll() is None:
			return False
		self.start()
		return True

	def stop(self) -> None:
		if self.process and self.process.poll() is None:
			self.process.send_signal(signal.SIGKILL)
			self.process.wait()


class Bench:
	"""The servers, the folder of sites and the site."""

	def __init__(self):
		self.folder = Path(tempfile.mkdtemp(prefix="itil-faults-"))
		self.sites, self.logs = self.folder / "sites", self.folder / "logs"
		for folder in (
			self.logs,
			*(self.sites / SITE / part for part in ("private/files", "public/files", "locks", "logs")),
		):
			folder.mkdir(parents=True)
		self.database = self._make_database()
		self.cache, self.queue = self._make_redis("redis-cache"), self._make_redis("redis-queue")
		self.servers = {server.name: server for server in (self.database, self.cache, self.queue)}

	def __enter__(self) -> "Bench":
		try:
			for server in self.servers.values():
				server.start()
			self._copy_site()
		except BaseException:
			self.close()
			raise
		os.chdir(self.sites)
		return self

	def __exit__(self, *_error) -> None:
		self.close()

	def close(self) -> None:
		"""Stop the servers and delete everything."""
		for server in self.servers.values():
			server.stop()
		os.chdir("/")
		shutil.rmtree(self.folder, ignore_errors=True)

	def repair(self) -> list[str]:
		"""Start again what was killed; answers the names."""
		return [name for name, server in self.servers.items() if server.ensure()]

	def _make_database(self) -> Server:
		data, port = self.folder / "mariadb", free_port()
		# Of its own: a server that starts deletes the temporary tables that it finds, of other servers too.
		temporary = self.folder / "tmp"
		temporary.mkdir()
		subprocess.run(
			[
				find_program("mariadb-install-db", "mysql_install_db"),
				"--no-defaults",
				f"--datadir={data}",
				"--auth-root-authentication-method=normal",
				"--skip-test-db",
			],
			check=True,
			capture_output=True,
			env={**os.environ, "TMPDIR": str(temporary)},
		)
		self.socket = self.folder / "mariadb.sock"
		command = [
			find_program("mariadbd", "mysqld"),
			"--no-defaults",
			f"--datadir={data}",
			f"--tmpdir={temporary}",
			f"--port={port}",
			"--bind-address=127.0.0.1",
			f"--socket={self.socket}",
			f"--pid-file={self.folder / 'mariadb.pid'}",
			"--character-set-server=utf8mb4",
			"--collation-server=utf8mb4_unicode_ci",
			"--innodb-buffer-pool-size=256M",
		]
		if os.geteuid() == 0:
			command.append("--user=root")
		return Server("mariadb", port, command, self.logs / "mariadb.log")

	def _make_redis(self, name: str) -> Server:
		port = free_port()
		# Nothing is written to disk: with the process its content is gone, queued jobs included.
		command = [find_program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
		command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder)]
		return Server(name, port, command, self.logs / f"{name}.log")

	def _copy_site(self) -> None:
		original = Path(os.environ["ITIL_SITES_PATH"])
		config = json.loads((original / os.environ["ITIL_SITE"] / "site_config.json").read_text())
		self._query(
			f"DELETE FROM mysql.global_priv WHERE User = ''; FLUSH PRIVILEGES; CREATE DATABASE {DATABASE};"
			f" GRANT ALL ON {DATABASE}.* TO {DATABASE}@'%' IDENTIFIED BY '{DATABASE}';"
			f" GRANT ALL ON {DATABASE}.* TO {DATABASE}@localhost IDENTIFIED BY '{DATABASE}';"
		)
		shared = json.loads((original / "common_site_config.json").read_text())
		host = config.get("db_host") or shared.get("db_host") or "127.0.0.1"
		port = config.get("db_port") or shared.get("db_port") or 3306
		dump = subprocess.Popen(
			[
				find_program("mariadb-dump", "mysqldump"),
				"--single-transaction",
				"--skip-lock-tables",
				f"--host={host}",
				f"--port={port}",
				f"--user={config.get('db_user') or config['db_name']}",
				config["db_name"],
			],
			env={**os.environ, "MYSQL_PWD": config["db_password"]},
			stdout=subprocess.PIPE,
		)
		subprocess.run([*self._client(), DATABASE], stdin=dump.stdout, check=True)
		if dump.wait():
			raise RuntimeError("The site under test could not be copied.")
		(self.sites / SITE / "site_config.json").write_text(
			json.dumps(
				{
					**SITE_CONFIG,
					"db_type": "mariadb",
					"db_host": "127.0.0.1",
					"db_port": self.database.port,
					"db_name": DATABASE,
					"db_password": DATABASE,
				}
			)
		)
		cache, queue = (f"redis://127.0.0.1:{server.port}" for server in (self.cache, self.queue))
		(self.sites / "common_site_config.json").write_text(
			json.dumps({"redis_cache": cache, "redis_queue": queue, "redis_socketio": cache})
		)
		shutil.copy(original / "apps.txt", self.sites / "apps.txt")
		(self.sites / "assets").symlink_to((original / "assets").resolve())

	def _client(self) -> list[str]:
		return [find_program("mariadb", "mysql"), "--no-defaults", f"--socket={self.socket}", "--user=root"]

	def _query(self, statements: str) -> None:
		subprocess.run([*self._client(), "-e", statements], check=True)

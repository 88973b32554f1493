"""Coverage-guided fuzzing: atheris makes bytes that reach code no bytes reached before. Where it is installed.

A process per target, because the fuzzer ends its process: `python -m tests.fuzz.guided TARGET CASES SEED FOLDER`.
"""

import importlib.util
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEEDS = {
	"own CSV": b'offering,customer,date,unit,quantity,reference\nMail,Acme,2026-01-05,GB,1.5,"R ""1"""\n',
	"FOCUS CSV": b"ServiceName,Tags,ChargePeriodStart,ChargePeriodEnd,BilledCost,BillingCurrency,ChargeClass\n"
	b'Mail,"{""team"": ""red""}",2026-01-05 10:00:00,2026-01-05 11:00:00,1.5,USD,\n',
	"formulas": b"min(fee + max(quantity - 1000, 0) * price ** 2, round(500.5, 1)) / abs(-3)",
	"mail replies": b"a<p>ACCEPT</p><br>\n> quoted &amp; so on",
}
DONE = re.compile(r"Done (\d+) (?:runs )?in|#(\d+)\s+DONE")


def is_installed() -> bool:
	return importlib.util.find_spec("atheris") is not None


def run_guided(cases: int, seed: int) -> tuple[dict[str, int], list[str]]:
	"""Cases by target and what broke; nothing where atheris is not installed."""
	from tests.fuzz.targets import TARGETS

	counts: dict[str, int] = {}
	broken: list[str] = []
	if not is_installed():
		return counts, broken
	for name in (name for name, target in TARGETS.items() if target.guided):
		with tempfile.TemporaryDirectory(prefix="guided-") as folder:
			corpus = Path(folder, "corpus")
			corpus.mkdir()
			Path(corpus, "seed").write_bytes(_first_input(name))
			answer = subprocess.run(
				[sys.executable, "-m", "tests.fuzz.guided", name, str(cases), str(seed), folder],
				cwd=ROOT,
				capture_output=True,
				text=True,
				errors="replace",
			)
			found = DONE.findall(answer.stderr)
			counts[name] = int(next(filter(None, found[-1]), 0)) if found else 0
			if answer.returncode or not counts[name]:
				artifacts = [path.read_bytes()[:300] for path in Path(folder).glob("crash-*")]
				broken.append(f"{name} by coverage: {artifacts} {(answer.stdout + answer.stderr)[-600:]}")
	return counts, broken


def _first_input(name: str) -> bytes:
	if name != "Parquet":
		return SEEDS[name]
	import random

	from tests.fuzz import generate, parquet

	return parquet.usage_parquet(random.Random(1), generate.OWN)


def main() -> None:
	name, cases, seed, folder = sys.argv[1:]
	import atheris

	with atheris.instrument_imports(include=["itil_strategy"]):
		from tests.fuzz.targets import TARGETS, stay_in_this_process

	stay_in_this_process()
	check, place = TARGETS[name].guided, Path(folder)
	atheris.Setup(
		[
			"fuzz",
			f"-runs={cases}",
			f"-seed={seed}",
			"-max_len=1500",
			"-timeout=60",
			"-rss_limit_mb=2048",
			f"-artifact_prefix={folder}/",
			f"{folder}/corpus",
		],
		lambda data: check(data, place) and None,
	)
	atheris.Fuzz()


if __name__ == "__main__":
	main()

"""The sample organisation on a site: its masters, three months of usage, and its charges in the ledger.

`run` is safe to repeat: what exists is left alone. The same files feed `python -m itil_strategy preview`,
and both give the same statement.
"""

from itil_strategy.setup.demo.job import run

__all__ = ["run"]

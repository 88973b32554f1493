"""The sample organisation on a site: its masters, three months of usage, and its charges in the ledger.

`run` loads the quarter that `python -m itil_strategy preview` charges too, with the same statement; `load` also the
two years before it. Both are safe to repeat: what exists is left alone.
"""

from itil_strategy.setup.demo.job import load, run

__all__ = ["load", "run"]

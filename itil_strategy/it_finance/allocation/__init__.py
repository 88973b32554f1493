"""Cost allocation on a site: gather what the ledger and the records say, calculate, keep."""

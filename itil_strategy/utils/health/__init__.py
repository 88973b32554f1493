"""Ledger health: every invariant of money, usage and decisions, verified on live data, set by set.

A check answers findings and changes nothing. A new one is a function and a line in `registry.CHECKS`.
"""

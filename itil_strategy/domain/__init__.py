"""Pure Python: the arithmetic and the rules. Never imports frappe."""

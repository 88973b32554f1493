"""Charging: from usage to priced charges, to the ledger and back."""

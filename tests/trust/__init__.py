"""What this app promises about money and records, as figures: `python -m tests.trust`."""

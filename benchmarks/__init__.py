"""Speed of import, calculation and posting, each beside its floor."""

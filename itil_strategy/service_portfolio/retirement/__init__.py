"""The retirement analysis on a site: settings, facts from ledger and records, and the judgement (SP-7)."""

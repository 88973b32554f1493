"""Commands of bench that this app adds."""

from itil_strategy.commands.ledger_health import ledger_health

commands = [ledger_health]

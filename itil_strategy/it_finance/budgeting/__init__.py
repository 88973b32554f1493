"""Budgets of services: plans, transfers, ceilings and forecasts (FM-5)."""

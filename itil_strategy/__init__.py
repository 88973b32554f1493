"""ITIL Service Strategy for ERPNext."""

__version__ = "0.1.0"

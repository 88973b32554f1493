"""Usage: from a file to rows that a charging run can take."""

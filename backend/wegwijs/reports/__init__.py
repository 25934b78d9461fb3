"""Counts of what was logged: whole organisations, help requests as the unit, no persons."""

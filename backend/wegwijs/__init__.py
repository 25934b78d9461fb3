"""Wegwijs: an offline-capable web app for the people who show newcomers the way in a city."""

__version__ = "0.1.0"

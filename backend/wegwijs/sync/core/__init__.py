"""The pure part: no database, no network, no clock. Shares JSON vectors with the app's core."""

"""How records travel between devices and the server. Knows no domain: domains register a `SyncedEntity`."""

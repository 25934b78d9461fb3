"""Keeping the server: backups that were opened and checked, restoring them, and what happens at night."""

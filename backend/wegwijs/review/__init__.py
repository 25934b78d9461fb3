"""What supervisors see of what came in."""

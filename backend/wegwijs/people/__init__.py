"""Who works here: organisations, teams, memberships, devices, sessions, invitations and keys."""

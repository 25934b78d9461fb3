"""What every answer has in common: headers, limits, the built app, problem documents."""

"""The ground floor: database, migrations, settings, problems, clock, ids, logs. Knows no other part."""

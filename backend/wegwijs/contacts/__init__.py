"""Contact, help request, note: what outreach workers log."""

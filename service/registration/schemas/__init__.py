"""How registrations look on the wire."""

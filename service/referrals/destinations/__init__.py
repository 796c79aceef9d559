"""The destinations the service knows. Registering one is one line here; the rest is its own file."""

"""What callers send about checks, and what they are shown."""

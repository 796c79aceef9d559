"""What callers send about people's records, and what they are shown."""

"""What callers send about changes and reviews, and what they are shown."""

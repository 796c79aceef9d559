"""What callers send about referrals, and what they are shown."""

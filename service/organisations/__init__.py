"""Who takes part: organisations, what they answer for, who holds which role, their clients and keys."""

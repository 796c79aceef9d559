"""Checks: what must be known about somebody's safety, which agency must say so, and what they said."""

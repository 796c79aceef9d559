"""Somebody's life changed: what must be asked again, reviewed and shared. It never judges."""

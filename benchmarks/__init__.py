"""Compares the service with lower bounds, on one machine in one run; only ratios count."""

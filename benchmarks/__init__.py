"""Measures the service beside what it cannot be faster than, on one machine in one run; only ratios count."""

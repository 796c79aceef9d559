"""Checks: questions about a person's safety, the request to each agency, and their results."""

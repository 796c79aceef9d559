"""Writes every row of this package: clocks, their firings, notices, acknowledgements, published versions."""

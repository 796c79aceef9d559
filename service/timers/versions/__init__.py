"""Versions of policies in the hands of regions and of the operator: read, drafted, published, applied.

A published version never changes, and no clock that runs goes by another one unless it is moved onto it.
"""

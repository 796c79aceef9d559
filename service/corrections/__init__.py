"""What somebody said and says again: a new entry that names the old one, and what stands because of it.

Nothing here knows what was said. The package of each kind of entry works out what follows.
"""

"""What can be done with agreements. Actions never commit, and change rows only through `writes`."""

"""The demonstration: one case, Darren and Toby, played by all its callers over real HTTP."""

"""Whose case it is, over everything that hangs on it: opening, handing over, transfer between regions."""

"""Registration: which organisations take part, what they answer for, and which systems call for them.

The same functions serve operators at the command line and systems of an administration. Nothing here reads or
writes anything about a person.
"""

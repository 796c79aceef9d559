"""The staff register of each organisation: who works there, in which roles and when, who is away.

It owns the API of the register and what follows when somebody is entered; the rows belong to `organisations`.
"""

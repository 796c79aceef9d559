"""The whole of a case in one call, of what the addresses of its parts show to the same reader.

It has no rules of its own: each part is found by the query, and shown by the view, of its own address.
"""

"""Webhooks: an organisation's feed, pushed to an address of its own choosing, signed, until it is taken.

Derives everything from the feed by a cursor for each endpoint; owns no event and decides no audience.
"""

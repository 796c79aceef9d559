"""The way into a view: token, limits, permission, idempotency, transaction; and the cache of 304 answers."""

from service.guard.permitted import permitted

__all__ = ["permitted"]

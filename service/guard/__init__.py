"""What a request passes before its view: token, limits, permission, idempotency, transaction, cached 304s."""

from service.guard.permitted import permitted

__all__ = ["permitted"]

"""The caller of a request, the permission table, rate limits, and which rows a caller may see."""

from service.access.actor import Actor, Practitioner

__all__ = ["Actor", "Practitioner"]

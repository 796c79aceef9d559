"""Who is calling, for whom, what they may do, and which rows that lets them see."""

from service.access.actor import Actor, Practitioner

__all__ = ["Actor", "Practitioner"]

"""Callers who have not shown who they are: counted by the address they call from."""

from dataclasses import replace

from flask import current_app, g

from service.access import limits
from service.access.actor import Actor
from service.access.limits import Limit
from service.config import Config
from service.oauth import caller


def count_failure() -> None:
    """Count that somebody at this address has not shown who it is.

    Whoever has a good token or key is never refused for what happens at its address: many share one.

    Raises:
        Problem: 429 when it happens too often. It is then put on no record, or anybody could fill the trail.
    """
    settings: Config = current_app.config["REFERRALS"]
    limit = Limit("failures", settings.failures_per_minute)
    standing = limits.take(limit, caller.neighbourhood(caller.address()))
    if standing.exceeded:
        g.standing = standing
        standing.require_within()


def unknown_caller() -> Actor:
    """Return the service itself, as the one that turned somebody away who has not shown who it is."""
    return replace(Actor.for_service("guard"), request_id=g.request_id, address=caller.address())

"""Failed authentication, counted by the caller's address."""

from dataclasses import replace

from flask import current_app, g

from service.access import limits
from service.access.actor import Actor
from service.access.limits import Limit
from service.config import Config
from service.oauth import caller


def count_failure() -> None:
    """Count a failed authentication from this address.

    A caller with a valid token or key is never refused because of its address, which many callers may share.

    Raises:
        Problem: 429 when it happens too often. It is then not recorded, or any caller could fill the trail.
    """
    settings: Config = current_app.config["REFERRALS"]
    limit = Limit("failures", settings.failures_per_minute)
    limit_status = limits.count(limit, caller.neighbourhood(caller.address()))
    if limit_status.exceeded:
        g.limit_status = limit_status
        limit_status.require_within()


def unknown_caller() -> Actor:
    """Return the service itself, as the actor that refused an unauthenticated caller."""
    return replace(Actor.for_service("guard"), request_id=g.request_id, address=caller.address())

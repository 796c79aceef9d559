"""Turns what a registration refuses into problem documents, each fault with its place in the request."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from sqlalchemy.orm import Session

from service.errors import Clash, Fault, NotRegistered, Refused
from service.http.problems import conflict, invalid, not_found
from service.organisations.model import Organisation
from service.registration import queries


@contextmanager
def as_problems() -> Iterator[None]:
    """Answer what is refused.

    Raises:
        Problem: 404 for what is not registered, 409 for what the registrations of now do not allow, 422 with
            every fault for what never could be registered.
    """
    try:
        yield
    except Clash as clash:
        raise conflict(str(clash)) from None
    except Refused as refused:
        raise invalid(map(_placed, refused.faults)) from None
    except NotRegistered:
        raise not_found() from None


def _placed(fault: Fault) -> Fault:
    """Return a fault with its place: a parameter of the path or query, or a member of the body."""
    name = fault.pointer
    if name in (request.view_args or {}) or name in request.args:
        return Fault(name, fault.detail, parameter=True)
    return Fault(f"/{name}" if name else "", fault.detail)


def find_named(session: Session, written: str) -> Organisation:
    """Return the organisation that a request names as kind and code in its member `organisation`.

    Raises:
        Problem: 422 when there is none.
    """
    try:
        return queries.find_organisation(session, written)
    except (Refused, NotRegistered) as fault:
        raise invalid([_placed(Fault("organisation", str(fault.args[0])))]) from None

"""The one way into a view: authenticate, check the permission, open one transaction, call, commit.

Which rows a caller may see is for the views and the database. What is refused here, or by a view as "nothing
here for you", is put on the audit trail in a transaction of its own, because the refused one is rolled back.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from flask import current_app, g, request
from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from service import db
from service.access.actor import Actor
from service.access.jwts import TokenRefused
from service.access.model import Client, Organisation
from service.access.permissions import PERMISSIONS, Permission
from service.access.signing_keys import load
from service.access.tokens import AccessToken, read_access_token
from service.access.witness import the_witness
from service.config import Config
from service.errors import Problem, unauthenticated
from service.http import Parameters

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

REFUSALS: Final = frozenset({401, 403, 404})
_LONGEST_NAME: Final = 200
"""Characters of what was asked for, on the trail."""
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def permitted(
    name: str,
) -> Callable[[Callable[Concatenate[Session, Actor, Given], Answer]], Callable[Given, Answer]]:
    """Let only callers with a permission into a view, which gets the session and the actor first.

    Args:
        name: a row of `PERMISSIONS`. A wrong one fails when the program starts.
    """
    permission = PERMISSIONS[name]

    def decorate(view: Callable[Concatenate[Session, Actor, Given], Answer]) -> Callable[Given, Answer]:
        @wraps(view)
        def call(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
            actor: Actor | None = None
            try:
                token = _access_token()
                with db.transaction("api") as session:
                    actor = _identify(session, token)
                    actor = _admit(actor, permission)
                    return view(session, actor, *map(_read, args), **kwargs)
            except Problem as problem:
                if problem.status in REFUSALS:
                    _tell(actor, name, problem, kwargs)
                raise

        call.permission = name  # type: ignore[attr-defined] # for the document of the API and the matrix in docs
        return call

    return decorate


def _read(argument: Any) -> Any:
    """Read the query string now that the caller is known; a body is read later still, by the view."""
    return argument.load() if isinstance(argument, Parameters) else argument


def _access_token() -> AccessToken:
    settings: Config = current_app.config["REFERRALS"]
    given = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if given is None:
        raise unauthenticated("Send an access token as a bearer token.")
    try:
        return read_access_token(given[1], load(settings.signing_keys), settings.issuer)
    except TokenRefused as refused:
        raise _invalid_token(str(refused)) from refused


def _invalid_token(detail: str) -> Problem:
    return unauthenticated(detail, challenge='Bearer realm="referrals", error="invalid_token"')


def _identify(session: Session, token: AccessToken) -> Actor:
    """Return the actor as it is registered now, and tell the database for whom this transaction works."""
    practitioner = token.practitioner
    row = session.execute(
        select(
            Client.status,
            Client.scopes,
            Organisation.id,
            Organisation.kind,
            func.set_config("app.organisation", cast(Organisation.id, String), True),
            func.set_config("app.client", Client.id, True),
            func.set_config("app.practitioner", practitioner.id if practitioner else "", True),
        )
        .join(Organisation, Organisation.id == Client.organisation_id)
        .where(Client.id == token.client_id)
    ).one_or_none()
    if row is None or row.status != "active":
        raise _invalid_token("This client may not call.")
    g.client_id = token.client_id  # for the log
    return Actor(
        client_id=token.client_id,
        organisation_id=row.id,
        organisation_kind=row.kind,
        practitioner=practitioner,
        scopes=token.scopes & frozenset(row.scopes),
        request_id=g.request_id,
        address=request.remote_addr,
        strength="private_key_jwt" if practitioner is None else "private_key_jwt+practitioner_assertion",
    )


def _admit(actor: Actor, permission: Permission) -> Actor:
    """Return the actor with the reason it may do this.

    Raises:
        Problem: 403, saying only what can be read in the permission table: never anything about an object.
    """
    if actor.side not in permission.sides or permission.scope_for(actor.side) not in actor.scopes:
        raise Problem(
            403,
            "insufficient-scope",
            "Not for this kind of caller",
            headers={"WWW-Authenticate": 'Bearer realm="referrals", error="insufficient_scope"'},
        )
    if actor.side == "probation":
        if permission.needs_practitioner and actor.practitioner is None:
            raise Problem(
                403,
                "practitioner-required",
                "Name the practitioner",
                "Exchange a practitioner assertion for a token at the token endpoint, and call with that.",
            )
        if permission.roles and (
            actor.practitioner is None or actor.practitioner.role not in permission.roles
        ):
            raise Problem(
                403, "role-required", "Not for this role", "Needs one of: " + ", ".join(permission.roles)
            )
    return replace(actor, purpose=permission.purpose, legal_basis=permission.legal_basis)


def _tell(actor: Actor | None, name: str, problem: Problem, route: dict[str, Any]) -> None:
    the_witness().denied(
        actor or unknown_caller(),
        object_kind=name.partition(":")[0],
        object_id="/".join(map(_plain, route.values())) or "-",
        reason=f"{name} {problem.type}",
    )


def _plain(value: Any) -> str:
    """Write a part of an address so that it can be stored, whatever the caller has put there."""
    return ascii(str(value))[1:-1][:_LONGEST_NAME]


def unknown_caller() -> Actor:
    """Return the service itself, as the one that turned somebody away who has not shown who it is."""
    return replace(Actor.for_service("guard"), request_id=g.request_id, address=request.remote_addr)

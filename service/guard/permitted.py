"""Guards every view: checks headers, token and limits, reads the body, opens one transaction, checks
permission.

Views and the database decide which rows a caller may see. A refusal here, or a view's 401, 403 or 404, is
recorded on the audit trail in a transaction of its own, because the refused one is rolled back.
"""

import re
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, Final, Literal, ParamSpec, TypeVar
from uuid import UUID

from flask import current_app, g, request
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from service import clock, db
from service.access import limits
from service.access.actor import KEEP_A_REGISTER, ROLES_WITHOUT_ENTRY, Actor
from service.access.audit_hooks import registered_hooks
from service.access.permissions import NAME_PEOPLE, PERMISSIONS, Permission, counted
from service.access.ringing import advice_when_refused
from service.config import Config
from service.fields import is_crn
from service.http import Body, Parameters
from service.http.problems import Problem, forbidden, not_found, role_required, unauthenticated
from service.oauth import caller
from service.oauth.failures import count_failure, unknown_caller
from service.oauth.jwts import TokenRefused
from service.oauth.key_sets import key_set
from service.oauth.outside_issuer import read_outside_token
from service.oauth.practitioners import require_own
from service.oauth.signing_keys import load
from service.oauth.tokens import AccessToken, read_access_token
from service.organisations.writes.staff import enter_from_assertion

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_ROLE_OF: Final[dict[str, db.Role]] = {"GET": "reader", "HEAD": "reader"}
REFUSALS: Final = frozenset({401, 403, 404})
MALFORMED_NAME: Final = "malformed"
"""Recorded in place of an object id that cannot exist, because a caller may send any text there."""
_DIGITS: Final = 10
_BEARER = re.compile(r"Bearer +([A-Za-z0-9._~+/-]+=*)", re.IGNORECASE)


def permitted(
    name: str, *, role: Literal["api", "reader", "registrar"] | None = None
) -> Callable[[Callable[Concatenate[Session, Actor, Given], Answer]], Callable[Given, Answer]]:
    """Allow only callers with a permission to call a view, which receives the session and the actor first.

    Args:
        name: a row of `PERMISSIONS`; an unknown one fails at start-up.
        role: `api` for a GET that changes something, such as that a document has been read, or that must look
            further than its caller; `reader` for a POST that only reads; `registrar` for what only concerns
            registrations, and does not exist (404) in a process without that role. Every other GET runs as
            the database role `reader`, which can do neither.
    """
    permission = PERMISSIONS[name]

    def decorate(view: Callable[Concatenate[Session, Actor, Given], Answer]) -> Callable[Given, Answer]:
        @wraps(view)
        def call(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
            actor: Actor | None = None
            bodies = [argument for argument in args if isinstance(argument, Body)]
            try:
                for body in bodies:
                    body.require_json()
                token = _access_token()
                _count_call(token)
                for body in bodies:
                    body.receive()
                in_role = role or _ROLE_OF.get(request.method, "api")
                if in_role == "registrar" and not db.is_bound(in_role):
                    raise not_found()

                def answer() -> Answer:
                    nonlocal actor
                    with db.transaction(in_role) as session:
                        client = _find_client(session, token)
                        actor = _actor(client, token, permission)
                        _require_permission(actor, permission)
                        _require_in_register(session, actor, client, changes=in_role == "api")
                        return view(session, actor, *map(_load_query, args), **kwargs)

                return db.again_after_deadlock(answer)
            except Problem as problem:
                _follow_refusal(actor, permission, problem)
                if problem.status in REFUSALS:
                    _audit_denial(actor, name, problem, kwargs)
                raise

        call.permission = name  # type: ignore[attr-defined] # for the OpenAPI document
        call.role = role  # type: ignore[attr-defined] # for the test that names who needs it
        return call

    return decorate


def _follow_refusal(actor: Actor | None, permission: Permission, problem: Problem) -> None:
    if problem.status == HTTPStatus.UNAUTHORIZED:
        count_failure()
    of_probation = actor is not None and actor.side == "probation"
    if permission.takes_reports and request.method == "POST" and not of_probation:
        problem.extra["advice"] = advice_when_refused()


def _load_query(argument: Any) -> Any:
    """Validate the query string, now that the caller is known; the view validates a body later."""
    return argument.load() if isinstance(argument, Parameters) else argument


def _access_token() -> AccessToken:
    settings: Config = current_app.config["REFERRALS"]
    given = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if given is None:
        raise unauthenticated("Send an access token as a bearer token.")
    outside = settings.outside_issuer
    try:
        if outside is None:
            token = read_access_token(given[1], load(settings.signing_keys), settings.issuer)
        else:
            token = read_outside_token(given[1], outside, key_set(outside.jwks).find)
        if token.certificate is not None and token.certificate != caller.certificate():
            raise TokenRefused("The token is bound to another certificate.")
    except TokenRefused as refused:
        raise _invalid_token(str(refused)) from refused
    return token


def _count_call(token: AccessToken) -> None:
    """Count the call against the client's limit, which the response states.

    Raises:
        Problem: 429 when the limit is exceeded.
    """
    settings: Config = current_app.config["REFERRALS"]
    g.token = token
    g.limit_status = limit_status = limits.count_call(settings, token.client_id)
    limit_status.require_within()


def _invalid_token(detail: str) -> Problem:
    return unauthenticated(detail, challenge='Bearer realm="referrals", error="invalid_token"')


# This sets the caller for the database's row policies: every later statement runs as that caller.
_IDENTIFY_CALLER: Final = text("""
    SELECT c.status, c.scopes, c.certificate_bound, o.id, o.kind, o.code, now() AS started_at,
        (SELECT count(*) FROM client_key k
         WHERE k.client_id = c.id AND k.kid = ANY (:keys) AND k.status <> 'denied') AS good_keys,
        standing_in_register(o.id, :practitioner, :role, CAST(CAST(:at AS text) AS timestamptz)) AS standing,
        set_config('app.organisation', CAST(o.id AS text), true) AS set_organisation,
        set_config('app.client', c.id, true) AS set_client,
        set_config('app.practitioner', :practitioner, true) AS set_practitioner,
        set_config('app.now', :at, true) AS set_time
    FROM client c JOIN organisation o ON o.id = c.organisation_id
    WHERE c.id = :client
""")


def _find_client(session: Session, token: AccessToken) -> Row[Any] | None:
    practitioner = token.practitioner.id if token.practitioner else ""
    given = {
        "client": token.client_id,
        "keys": list(token.client_keys),
        "practitioner": practitioner,
        "role": token.practitioner.role if token.practitioner else "",
        "at": clock.now().isoformat(),
    }
    found = session.execute(_IDENTIFY_CALLER, given).one_or_none()
    if found is not None:
        db.set_started_at(session, found.started_at)
    return found


def _actor(row: Row[Any] | None, token: AccessToken, permission: Permission) -> Actor:
    """Return the actor from its current registration, with the purpose and legal basis of the permission.

    Raises:
        Problem: 401 when the client may not call, or not with this token.
    """
    if row is None or row.status != "active" or row.good_keys != len(token.client_keys):
        raise _invalid_token("This client may not call, or not with this token.")
    if row.certificate_bound and token.certificate is None:
        raise _invalid_token("The tokens of this client must be bound to its certificate.")
    practitioner = token.practitioner
    if practitioner is not None:
        try:
            require_own(practitioner, kind=row.kind, code=row.code)
        except TokenRefused as refused:
            raise _invalid_token(str(refused)) from refused
    return Actor(
        client_id=token.client_id,
        organisation_id=row.id,
        organisation_kind=row.kind,
        practitioner=practitioner,
        scopes=token.scopes & counted(frozenset(row.scopes)),
        request_id=g.request_id,
        address=caller.address(),
        strength=token.strength,
        purpose=permission.purpose,
        legal_basis=permission.legal_basis,
    )


def _what_it_takes(permission: Permission, actor: Actor) -> str:
    if actor.side not in permission.sides:
        return f"It is for callers on the side of {' or '.join(permission.sides)}."
    return f"Your client needs the scope {' or '.join(permission.scopes_for(actor.side))}."


def _require_permission(actor: Actor, permission: Permission) -> None:
    """Refuse an actor that lacks the permission.

    Raises:
        Problem: 403, which states only what the permission table says, never anything about an object.
    """
    if actor.side not in permission.sides or actor.scopes.isdisjoint(permission.scopes_for(actor.side)):
        raise Problem(
            403,
            "insufficient-scope",
            "Not for this kind of caller",
            _what_it_takes(permission, actor),
            headers={"WWW-Authenticate": 'Bearer realm="referrals", error="insufficient_scope"'},
        )
    if actor.side in NAME_PEOPLE:
        named = actor.practitioner is not None or permission.or_scope in actor.scopes
        if permission.needs_practitioner and not named:
            raise Problem(
                403,
                "practitioner-required",
                "Name the practitioner",
                "Exchange a practitioner assertion for a token at the token endpoint, and call with that.",
            )
        if permission.roles and (
            actor.practitioner is None or actor.practitioner.role not in permission.roles
        ):
            raise role_required(permission.roles)


def _require_in_register(session: Session, actor: Actor, client: Row[Any] | None, *, changes: bool) -> None:
    """Require that the staff register has the named person, in the role that the call vouches for.

    Otherwise a case system could appoint its own managers. Whoever needs no entry to act is entered when an
    assertion about them is exchanged; where an outside issuer vouches for them, by their first call that may
    change something.

    Args:
        changes: whether the call may change something.

    Raises:
        Problem: 403 `role-not-registered`, also for somebody who has left.
    """
    who = actor.practitioner
    if who is None or client is None or actor.side not in KEEP_A_REGISTER:
        return
    free = who.role in ROLES_WITHOUT_ENTRY
    if client.standing == "ended" or not (free or client.standing == "holds_role"):
        raise forbidden(
            "role-not-registered",
            "Not in the staff register",
            "The staff register of your organisation does not have this person in this role today.",
        )
    if client.standing is None and changes:
        enter_from_assertion(session, actor.organisation_id, who)


def _audit_denial(actor: Actor | None, name: str, problem: Problem, route: dict[str, Any]) -> None:
    registered_hooks().denied(
        actor or unknown_caller(),
        object_kind=name.partition(":")[0],
        object_id="/".join(map(_object_name, route.values())) or "-",
        reason=f"{name} {problem.type}",
    )


def _object_name(value: Any) -> str:
    """Return a path parameter if it has the form of an identifier, and a fixed code otherwise."""
    written = str(value)
    known = isinstance(value, UUID) or is_crn(written) or (isinstance(value, int) and len(written) < _DIGITS)
    return written if known else MALFORMED_NAME

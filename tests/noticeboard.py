"""A small application with routes of each kind, to see what the guard and the token endpoint let through."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from flask import Blueprint, Flask
from marshmallow import fields
from sqlalchemy import text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service import config
from service.access import Actor
from service.access.permissions import PERMISSIONS, Permission
from service.app import create_app
from service.db import new_id
from service.fields import Schema
from service.guard import idempotency
from service.guard.permitted import permitted
from service.http import Body
from service.http.problems import not_found
from tests.cast import Caller, Cast, assemble

ROUTES = {
    "notice:read": Permission(
        sides=("probation", "destination"), purpose="reading notices", legal_basis="an agreement"
    ),
    "notice:manage": Permission(
        sides=("probation",), roles=("spo",), purpose="managing notices", legal_basis="an agreement"
    ),
    "notice:count": Permission(
        sides=("probation",),
        scope="feed",
        needs_practitioner=False,
        purpose="counting notices",
        legal_basis="an agreement",
    ),
    "notice:post": Permission(sides=("probation",), purpose="posting notices", legal_basis="an agreement"),
}


class Notice(Schema):
    text = fields.String(required=True)


@dataclass
class Noticeboard:
    """The small application, and what its views have seen."""

    app: Flask
    seen: list[Actor] = field(default_factory=list)
    database_says: list[str] = field(default_factory=list)
    hold: Event | None = None
    entered: Event = field(default_factory=Event)


def _routes(board: Noticeboard) -> Blueprint:
    routes = Blueprint("notices", __name__)

    @routes.get("/notices/<uuid:notice_id>")
    @permitted("notice:read")
    def read(session: Session, actor: Actor, notice_id: UUID) -> dict[str, Any]:
        raise not_found()

    @routes.get("/notices")
    @permitted("notice:read")
    def list_(session: Session, actor: Actor) -> dict[str, Any]:
        board.seen.append(actor)
        for name in ("app.organisation", "app.client", "app.practitioner"):
            board.database_says.append(session.scalars(text(f"SELECT current_setting('{name}')")).one())
        return {}

    @routes.get("/notices/managed")
    @permitted("notice:manage")
    def manage(session: Session, actor: Actor) -> dict[str, Any]:
        return {}

    @routes.get("/notices/count")
    @permitted("notice:count")
    def count(session: Session, actor: Actor) -> dict[str, Any]:
        return {}

    @routes.post("/notices")
    @routes.post("/other-notices", endpoint="other")
    @permitted("notice:post")
    def post(session: Session, actor: Actor) -> dict[str, Any]:
        body = Body(Notice())
        first = idempotency.replay(session, actor, body)
        if first is not None:
            return {"id": str(first), "repeated": True}
        board.entered.set()
        if board.hold is not None:
            assert board.hold.wait(10)
        body.load()
        notice_id = new_id()
        idempotency.settle(session, actor, notice_id)
        return {"id": str(notice_id), "repeated": False}

    return routes


@pytest.fixture(scope="session")
def standing_board(settings: config.Config) -> Noticeboard:
    """The small application, made once."""
    board = Noticeboard(create_app(settings))
    PERMISSIONS.update(ROUTES)
    board.app.register_blueprint(_routes(board))
    for name in ROUTES:  # each route has its own row by now; the table is as it was
        del PERMISSIONS[name]
    return board


@pytest.fixture
def board(standing_board: Noticeboard) -> Noticeboard:
    """The small application, having seen nothing yet."""
    standing_board.seen.clear()
    standing_board.database_says.clear()
    standing_board.hold = None
    standing_board.entered.clear()
    return standing_board


@pytest.fixture
def callers(board: Noticeboard, database: str) -> Cast:
    """The cast, calling the noticeboard."""
    return assemble(board.app)


@pytest.fixture
def configure(board: Noticeboard, monkeypatch: pytest.MonkeyPatch) -> Callable[..., config.Config]:
    """Change settings of the small application for this test."""

    def _configure(**changed: Any) -> config.Config:
        settings: config.Config = replace(board.app.config["REFERRALS"], **changed)
        monkeypatch.setitem(board.app.config, "REFERRALS", settings)
        return settings

    return _configure


@pytest.fixture
def ask(app: Flask, database: str) -> Callable[..., TestResponse]:
    """Ask the token endpoint with a form."""

    def _ask(form: dict[str, Any], **more: Any) -> TestResponse:
        return app.test_client().post("/oauth/token", data=form, **more)

    return _ask


def claims_of(caller: Caller, now: float, **changed: Any) -> dict[str, Any]:
    """Return the claims of a good client assertion, but for what is changed; None leaves one out."""
    claims = {
        "iss": caller.client_id,
        "sub": caller.client_id,
        "aud": caller.signer.issuer,
        "jti": str(new_id()),
        "iat": int(now),
        "exp": int(now) + 60,
    } | changed
    return {name: value for name, value in claims.items() if value is not None}

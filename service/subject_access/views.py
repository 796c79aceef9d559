"""What a request for subject access and its copy look like, as plain values; reading is recorded."""

import json
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from service import audit, timers
from service.access.actor import Actor
from service.access.four_eyes import OwnWork
from service.events.subjects import href
from service.http import etag
from service.http.problems import not_found
from service.subject_access import actions, queries, rules
from service.subject_access.model import SubjectAccess
from service.subject_access.states import MOVES, TABLE, State
from service.subject_access.writes import LABEL, subject_of

View = dict[str, Any]


def show(
    session: Session, actor: Actor, asked: SubjectAccess, copy: rules.Prepared | None, own: OwnWork
) -> tuple[View, str]:
    """Show a request, as a consultation.

    Args:
        copy: as it is prepared now; None once it is released or taken back.
        own: what the caller did in the case and for this copy.

    Returns:
        The view, and its tag.
    """
    audit.record(
        session,
        actor,
        "consultation",
        object_kind=LABEL,
        object_id=asked.id,
        object_version=asked.version,
        person_id=asked.person_id,
        fields=("texts", "identity_confirmed"),
    )
    standing = _standing(session, actor, asked, copy, own)
    view = {
        "id": asked.id,
        "href": href(LABEL, asked.id),
        "person_id": asked.person_id,
        "asked_by": asked.asked_by,
        "identity_confirmed": asked.identity_confirmed,
        "received_on": asked.received_on,
        "taken_back": asked.taken_back,
        "state": asked.state,
        "version": asked.version,
        "opened_at": asked.opened_at,
        **standing,
    }
    return view, _tag(asked, standing)


def tag_of(
    session: Session, actor: Actor, asked: SubjectAccess, copy: rules.Prepared | None, own: OwnWork
) -> str:
    """Return the tag of a request as `show` shows it: another one when a text, or what it names, changes."""
    return _tag(asked, _standing(session, actor, asked, copy, own))


def _tag(asked: SubjectAccess, standing: View) -> str:
    shown = json.dumps([standing["texts"], standing["overdue"], standing["allowed_transitions"]])
    return etag(LABEL, asked.id, asked.version, shown)


def _standing(
    session: Session, actor: Actor, asked: SubjectAccess, copy: rules.Prepared | None, own: OwnWork
) -> View:
    running = timers.clocks_of(session, [subject_of(asked)])[subject_of(asked)] if copy else []
    facts = actions.facts_of(actor, asked, own)
    allowed = TABLE.allowed(State(asked.state), "probation", facts, at=MOVES)
    return {
        "due_at": min((one["due_at"] for one in running), default=None),
        "overdue": any(one["overdue"] for one in running),
        "allowed_transitions": [] if actor.only_reads(asked.probation_id) else allowed,
        "texts": [_text(one) for one in copy.texts] if copy else [],
    }


def _text(one: rules.TextOf) -> View:
    decided = one.decision or {}
    return {
        "path": one.path,
        "text": one.text,
        "gives_away": list(one.gives_away),
        "may_give_away": list(one.may_give_away),
        "given_as": decided.get("as"),
        "wording": decided.get("wording"),
        "reason": decided.get("reason"),
    }


def show_copy(session: Session, actor: Actor, asked: SubjectAccess) -> View:
    """Show the copy: as it was released, or as it would be now.

    Raises:
        Problem: 404 where the request was taken back.
    """
    audit.record(
        session,
        actor,
        "export" if asked.copy else "consultation",
        object_kind=LABEL,
        object_id=asked.id,
        object_version=asked.version,
        person_id=asked.person_id,
        fields=("copy",),
    )
    if asked.copy is not None:
        return {**asked.copy, "released_on": date.fromisoformat(asked.copy["released_on"])}
    copy = queries.prepared(session, actor, asked)
    if copy is None:
        raise not_found()
    return rules.as_given(copy)

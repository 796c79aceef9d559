"""The content of responses about the staff register. Reading it is recorded."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from service import audit
from service.access.actor import Actor
from service.access.identifiers import known_as
from service.http import etag
from service.organisations import register
from service.organisations.model import Staff


def tag_of(actor: Actor, member_id: str, version: int) -> str:
    """Return the ETag of an entry."""
    return etag("staff", actor.organisation_id, known_as(member_id), version)


def show_members(
    session: Session, actor: Actor, members: Sequence[Staff], shape: str
) -> list[dict[str, Any]]:
    """Show a page of the register.

    Args:
        shape: the names of the filters.
    """
    audit.record(session, actor, "search", object_kind="staff", object_id="list", shape=shape)
    return described(session, actor, members)


def show_member(session: Session, actor: Actor, member: Staff) -> tuple[dict[str, Any], str]:
    """Show one member of staff, with the ETag of the entry."""
    (view,) = described(session, actor, [member])
    audit.record(session, actor, "consultation", object_kind="staff", object_id=member.id)
    return view, view["etag"]


def described(session: Session, actor: Actor, members: Sequence[Staff]) -> list[dict[str, Any]]:
    """Describe members of staff of one organisation, in a fixed number of statements."""
    if not members:
        return []
    kept = register.kept(session, members[0].organisation_id, [member.id for member in members])
    return [
        {
            "id": member.id,
            "href": f"/v1/staff/{member.id}",
            "etag": tag_of(actor, member.id, member.version),
            "name": member.name,
            "phone": member.phone,
            "email": member.email,
            "ended": member.ended_at,
            "roles": kept.roles[member.id],
            "absences": kept.absences[member.id],
            "entered_by": member.entered_by,
            "changed_at": member.changed_at,
        }
        for member in members
    ]

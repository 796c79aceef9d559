"""How limited access, exclusions and who may see a case look on the wire."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields as plain

from service import fields
from service.people.schemas.sharing import ShareView
from service.people.schemas.staff import Colleague

BECAUSE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chosen": "somebody named them",
        "works_on_it": "they worked on the case when it was limited",
        "escalated": "something overdue was escalated to them",
    }
)
"""Why somebody may know of a limited access case."""

_MOST_NAMED: Final = 50


class Limit(fields.Schema):
    """Why a case is limited, and who may know of it beside those who work on it."""

    named = fields.List(
        plain.Nested(Colleague),
        max=_MOST_NAMED,
        load_default=list,
        metadata={"description": "Who may know of it. You, and those who work on the case, are added."},
    )
    reason = fields.LongText(required=True, metadata={"description": "Why the case is limited."})


class LiftOfLimit(fields.Schema):
    """Why a case is no longer limited."""

    reason = fields.LongText(required=True, metadata={"description": "Why the limit is lifted."})


class EndOfExclusion(fields.Schema):
    """Why a member of staff is no longer excluded."""

    reason = fields.LongText(required=True, metadata={"description": "Why the exclusion ends."})


class NamedView(fields.View):
    """Who may know of a limited access case."""

    region = fields.Text(metadata={"description": "Their region, by its code."})
    practitioner = fields.Text(
        allow_none=True,
        metadata={"description": "The member of staff, by the case system's id; null for the whole region."},
    )
    because = fields.Choice(BECAUSE, metadata={"description": "Why they may know of it."})
    reason = fields.LongText(
        allow_none=True, metadata={"description": "The reason that was given; null without one."}
    )
    named_by = fields.Text(metadata={"description": "Who named them, by the case system's id."})
    named_at = fields.Moment(metadata={"description": "When."})


class ExclusionView(fields.View):
    """Who must know nothing of a record."""

    id = fields.Identifier(metadata={"description": "The id of the exclusion."})
    region = fields.Text(metadata={"description": "Their region, by its code."})
    practitioner = fields.Text(metadata={"description": "The member of staff, by the case system's id."})
    in_register = fields.Flag(
        allow_none=True,
        metadata={
            "description": "Whether the holder's staff register has them now: check the id if not. Null for "
            "another region's staff."
        },
    )
    reason = fields.LongText(allow_none=True, metadata={"description": "Why; null without a reason."})
    excluded_by = fields.Text(metadata={"description": "Who excluded them, by the case system's id."})
    excluded_at = fields.Moment(metadata={"description": "When."})


class AccessView(fields.View):
    """Who may see a record now, and why."""

    holder = fields.Text(metadata={"description": "The region that holds the record, by its code."})
    restricted = fields.Flag(
        metadata={"description": "A limited access case: of each region, only those in `named` may know."}
    )
    named = plain.List(
        plain.Nested(NamedView),
        metadata={"description": "Who may know of a limited access case; empty if it is not limited."},
    )
    excluded = plain.List(
        plain.Nested(ExclusionView), metadata={"description": "Who must know nothing of the record."}
    )
    shares = plain.List(
        plain.Nested(ShareView), metadata={"description": "The shares that are in force, the oldest first."}
    )

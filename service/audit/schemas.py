"""The documents of the trail's own endpoint."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from marshmallow import fields

from service import tenses
from service.audit.entry import VERBS
from service.fields import Choice, Identifier, Moment, Text, View
from service.http import PageQuery, list_schema

OUTCOMES: Final[Mapping[str, str]] = MappingProxyType(
    {"allowed": "the call was allowed", "denied": "the call was refused"}
)
"""Both outcomes of a call, as the API explains them."""


class EntrySearch(PageQuery):
    """Which entries to list; an entry must match every parameter that you give."""

    person_id = Identifier(metadata={"description": "The person whose data were used."})
    organisation_id = Identifier(metadata={"description": "The organisation of the caller."})
    client_id = Text(metadata={"description": "The client that called."})
    practitioner_id = Text(metadata={"description": "The practitioner that a client acted for."})
    verb = Choice(VERBS, metadata={"description": "What was done."})
    outcome = Choice(OUTCOMES, metadata={"description": "Whether it was allowed."})
    object_kind = Text(metadata={"description": "The kind of thing it was done to, such as `referral`."})
    object_id = Text(metadata={"description": "The id of the thing it was done to."})
    recorded_from = Moment(
        tense=tenses.ANY,
        metadata={"description": "Recorded at or after this moment, by the clock of the database."},
    )
    recorded_to = Moment(
        tense=tenses.ANY,
        metadata={"description": "Recorded before this moment, by the clock of the database."},
    )


class NamedPerson(View):
    """The member of staff that a client acted for."""

    id = fields.String(metadata={"description": "The practitioner, by the case system's id."})
    role = fields.String(metadata={"description": "The role of the practitioner."})


class EntryActor(View):
    """The caller."""

    sometimes = ("practitioner", "address")

    client_id = fields.String(metadata={"description": "The client that called."})
    organisation_id = fields.UUID(metadata={"description": "The organisation of the client."})
    practitioner = fields.Nested(
        NamedPerson,
        metadata={"description": "The practitioner that the client acted for; absent without one."},
    )
    strength = fields.String(metadata={"description": "How the caller proved its identity."})
    address = fields.String(
        metadata={"description": "The network address of the caller; absent if not known."}
    )


class EntryObject(View):
    """The thing that a call was about."""

    sometimes = ("version",)

    kind = fields.String(metadata={"description": "The kind of thing, such as `referral`."})
    id = fields.String(metadata={"description": "Its id."})
    version = fields.Integer(metadata={"description": "Its version; absent if it has none."})


class EntryRefusals(View):
    """Further refusals of one caller on one route, within a minute of the first."""

    sometimes = ("objects",)

    count = fields.Integer(metadata={"description": "How many, without the first, which has its own entry."})
    first_at = fields.String(metadata={"format": "date-time", "description": "When the first of them was."})
    last_at = fields.String(metadata={"format": "date-time", "description": "When the last of them was."})
    objects = fields.List(
        fields.String(), metadata={"description": "What was asked for: at most ten different things."}
    )


class EntryView(View):
    """One entry of the audit trail."""

    sometimes = (
        "reason",
        "person_id",
        "fields_named",
        "purpose",
        "legal_basis",
        "recipients",
        "shape",
        "refusals",
    )

    id = fields.UUID(metadata={"description": "The id of the entry."})
    recorded_at = fields.String(
        metadata={"format": "date-time", "description": "When it was recorded, by the clock of the database."}
    )
    occurred_at = fields.String(
        metadata={"format": "date-time", "description": "When it happened, by the clock of the service."}
    )
    verb = Choice(VERBS, metadata={"description": "What was done."})
    outcome = Choice(OUTCOMES, metadata={"description": "Whether it was allowed."})
    reason = fields.String(
        metadata={"description": "Why it was refused, or a rule set aside; absent otherwise."}
    )
    actor = fields.Nested(EntryActor, metadata={"description": "Who did it."})
    person_id = fields.UUID(
        metadata={"description": "The person whose data were used; absent if there is none."}
    )
    object = fields.Nested(EntryObject, metadata={"description": "What it was done to."})
    fields_named = fields.List(
        fields.String(),
        data_key="fields",
        attribute="fields",
        metadata={"description": "The names of the fields that were shown or changed."},
    )
    purpose = fields.String(metadata={"description": "The purpose of a disclosure; absent otherwise."})
    legal_basis = fields.String(
        metadata={"description": "The legal basis of a disclosure; absent otherwise."}
    )
    recipients = fields.List(
        fields.UUID(),
        metadata={"description": "The organisations that received the data; absent if none did."},
    )
    request_id = fields.String(metadata={"description": "The `X-Request-Id` of the call."})
    release = fields.String(metadata={"description": "The release of the service that recorded it."})
    shape = fields.String(
        metadata={"description": "The filters of a search, without their values; absent otherwise."}
    )
    refusals = fields.Nested(
        EntryRefusals,
        metadata={"description": "Further refusals that the entry counts; absent if there were none."},
    )
    body_sha256 = fields.String(
        required=True, metadata={"description": "SHA-256 of the entry's canonical JSON, in hexadecimal."}
    )


AuditEntryList = list_schema("AuditEntryList", EntryView, "Audit entries, newest first.")

"""The documents of the trail's own endpoint."""

from marshmallow import fields

from service.audit.entry import VERBS
from service.fields import Choice, Identifier, Moment, Text, View
from service.http import PageQuery, list_schema


class EntrySearch(PageQuery):
    """What to look for; everything given must hold."""

    person_id = Identifier(metadata={"description": "Whose data."})
    organisation_id = Identifier(metadata={"description": "Of the caller."})
    client_id = Text()
    practitioner_id = Text()
    verb = Choice(*VERBS)
    outcome = Choice("allowed", "denied")
    object_kind = Text()
    object_id = Text()
    recorded_from = Moment(metadata={"description": "By the clock of the database, inclusive."})
    recorded_to = Moment(metadata={"description": "By the clock of the database, exclusive."})


class NamedPerson(View):
    """The member of staff for whom a client acted."""

    id = fields.String()
    role = fields.String()


class EntryActor(View):
    """Who did it."""

    sometimes = ("practitioner", "address")

    client_id = fields.String()
    organisation_id = fields.UUID()
    practitioner = fields.Nested(NamedPerson)
    strength = fields.String(metadata={"description": "How the caller showed who it is."})
    address = fields.String()


class EntryObject(View):
    """To what it was done."""

    sometimes = ("version",)

    kind = fields.String()
    id = fields.String()
    version = fields.Integer()


class EntryRefusals(View):
    """Refusals that followed the first within a minute, of one caller on one route."""

    sometimes = ("objects",)

    count = fields.Integer(
        metadata={"description": "How many, not counting the first: it has its own entry."}
    )
    first_at = fields.String(metadata={"format": "date-time", "description": "The first of them."})
    last_at = fields.String(metadata={"format": "date-time", "description": "The last of them."})
    objects = fields.List(
        fields.String(), metadata={"description": "What was asked for: ten different things at most."}
    )


class EntryView(View):
    """One entry of the trail."""

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

    id = fields.UUID()
    recorded_at = fields.String(
        metadata={"format": "date-time", "description": "By the clock of the database."}
    )
    occurred_at = fields.String(
        metadata={"format": "date-time", "description": "By the clock of the service."}
    )
    verb = Choice(*VERBS)
    outcome = Choice("allowed", "denied")
    reason = fields.String()
    actor = fields.Nested(EntryActor)
    person_id = fields.UUID()
    object = fields.Nested(EntryObject)
    fields_named = fields.List(
        fields.String(),
        data_key="fields",
        attribute="fields",
        metadata={"description": "Their names."},
    )
    purpose = fields.String()
    legal_basis = fields.String()
    recipients = fields.List(fields.UUID())
    request_id = fields.String()
    release = fields.String()
    shape = fields.String()
    refusals = fields.Nested(EntryRefusals)
    body_sha256 = fields.String(
        required=True, metadata={"description": "Of the entry's canonical JSON, in hexadecimal."}
    )


AuditEntryList = list_schema("AuditEntryList", EntryView, "Audit entries, newest first.")

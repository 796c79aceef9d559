"""The documents of the trail's own endpoint."""

from marshmallow import fields, validate

from service.audit.entry import VERBS
from service.fields import Choice, Identifier, Moment, QueryCount, Schema, Text
from service.http import DEFAULT_PAGE, LARGEST_PAGE


class EntrySearch(Schema):
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
    after = fields.String(
        validate=validate.Length(max=300), metadata={"description": "`next` of the page before."}
    )
    limit = QueryCount(min=1, max=LARGEST_PAGE, load_default=DEFAULT_PAGE)


class NamedPerson(Schema):
    """The member of staff for whom a client acted."""

    id = fields.String(required=True)
    role = fields.String(required=True)


class EntryActor(Schema):
    """Who did it."""

    client_id = fields.String(required=True)
    organisation_id = fields.UUID(required=True)
    practitioner = fields.Nested(NamedPerson)
    strength = fields.String(required=True, metadata={"description": "How the caller showed who it is."})
    address = fields.String()


class EntryObject(Schema):
    """To what it was done."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    version = fields.Integer()


class EntryView(Schema):
    """One entry of the trail."""

    id = fields.UUID(required=True)
    recorded_at = fields.String(required=True, metadata={"description": "By the clock of the database."})
    occurred_at = fields.String(required=True, metadata={"description": "By the clock of the service."})
    verb = fields.String(required=True)
    outcome = fields.String(required=True)
    reason = fields.String()
    actor = fields.Nested(EntryActor, required=True)
    person_id = fields.UUID()
    object = fields.Nested(EntryObject, required=True)
    fields_named = fields.List(
        fields.String(),
        data_key="fields",
        attribute="fields",
        metadata={"description": "Their names."},
    )
    purpose = fields.String()
    legal_basis = fields.String()
    recipients = fields.List(fields.UUID())
    request_id = fields.String(required=True)
    release = fields.String(required=True)
    shape = fields.String()
    body_sha256 = fields.String(
        required=True, metadata={"description": "Of the entry's canonical JSON, in hexadecimal."}
    )


class EntryPage(Schema):
    """A page of the trail, newest first."""

    entries = fields.List(fields.Nested(EntryView), required=True)
    next = fields.String(required=True, allow_none=True)

"""The whole canonical referral as one schema: its sections, its destinations, and its coherence.

Only what is structural is required here. What a destination needs and has not been given makes that one
`incomplete`; it refuses nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from marshmallow import INCLUDE, ValidationError, fields, pre_load, validates_schema
from marshmallow import Schema as AnySchema

from service import clock
from service.destinations import DESTINATIONS
from service.destinations.case import Ask
from service.document.coherence import faults
from service.document.forms import Code, some
from service.document.household import AddressSchema, HouseholdSchema
from service.document.needs import AdjustmentSchema, HealthSchema, NeedsSchema
from service.document.paths import Document, Steps
from service.document.person import CaseManagerSchema, PersonSchema, ReferrerSchema
from service.document.plan import (
    AttachedDocumentSchema,
    ConsentSchema,
    ContingencySchema,
    HousingSchema,
    MoveOnSchema,
    PartnerSchema,
    ProvenanceSchema,
    SharingBasisSchema,
    WordingSchema,
)
from service.document.risk import (
    ApprovalsSchema,
    BehaviourSchema,
    CustodySchema,
    RiskSchema,
    RoomSharingSchema,
    SafeguardingSchema,
)
from service.document.sentence import (
    LicenceSchema,
    LocationSchema,
    OffenceSchema,
    ReleaseSchema,
    SentenceSchema,
)
from service.fields import Choice, List, LongText, Text, moment_text
from service.referrals.schemas.continuing import continuing_faults
from service.referrals.schemas.not_understood import SettingAside, annex_understood, sections_understood
from service.referrals.schemas.wordings import wording_faults

MOST_DESTINATIONS = 20
MOST_DOCUMENTS = 5
MOST_WORDINGS = 100


class Annex(fields.Field[Any]):
    """What only one kind of destination asks; the `kind` of the same entry decides its form."""

    def alternatives(self) -> tuple[type[AnySchema], ...]:
        """List the forms an annex can have, for the published document."""
        return tuple(destination.annex for destination in DESTINATIONS.values())

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        del attr, kwargs
        schema = _annex_schema(data)
        return schema.load(value) if schema else {}


def _annex_schema(ask: Any) -> AnySchema | None:
    kind = ask.get("kind") if isinstance(ask, Mapping) else None
    # An unknown kind is a fault of its own.
    return _annex_of(kind) if isinstance(kind, str) and kind in DESTINATIONS else None


@cache
def _annex_of(kind: str) -> AnySchema:
    return DESTINATIONS[kind].annex()


class DestinationAskSchema(SettingAside):
    """What is asked of one destination."""

    kind = Choice(
        {key: destination.title for key, destination in DESTINATIONS.items()},
        required=True,
        metadata={"description": "The kind of destination."},
    )
    service_category = Code(
        metadata={"description": "The service category; needed for CRS, which has one referral for each."}
    )
    organisation = Code(metadata={"description": "The code of an organisation, when you choose it yourself."})
    annex = Annex(load_default=dict, metadata={"type": "object", "description": "The questions of its kind."})

    @validates_schema(skip_on_field_errors=False)
    def _category(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        destination = DESTINATIONS.get(data.get("kind", ""))
        if destination is None:
            return
        category = data.get("service_category")
        if destination.service_categories and category is None:
            raise ValidationError("Is required for this kind of destination.", "service_category")
        if category is not None and category not in destination.service_categories:
            known = ", ".join(destination.service_categories)
            message = f"Must be one of: {known}." if known else "This kind has no service categories."
            raise ValidationError(message, "service_category")


class SubmissionSchema(SettingAside):
    """A canonical referral about one person, submitted once."""

    submission_reference = Text(
        max=100, required=True, metadata={"description": "Your own reference for this submission."}
    )
    urgency = Choice(
        {"routine": "the usual response time", "urgent": "a faster response time"},
        load_default="routine",
        metadata={"description": "How fast an answer is needed."},
    )
    urgency_reason = LongText(metadata={"description": "Why it is urgent; needed when it is."})
    person = fields.Nested(PersonSchema, required=True, metadata={"description": "The person on probation."})
    referrer = fields.Nested(
        ReferrerSchema, required=True, metadata={"description": "The referring practitioner."}
    )
    case_manager = fields.Nested(CaseManagerSchema, metadata={"description": "Who manages the case."})
    sentence = fields.Nested(SentenceSchema, metadata={"description": "The sentence and its dates."})
    release = fields.Nested(ReleaseSchema, metadata={"description": "The release and its dates."})
    offence = fields.Nested(OffenceSchema, metadata={"description": "Offences and convictions."})
    risk = fields.Nested(
        RiskSchema,
        metadata={"description": "Risk of serious harm, risk to self, and the plan to manage them."},
    )
    licence = fields.Nested(LicenceSchema, metadata={"description": "Licence conditions and orders."})
    location = fields.Nested(LocationSchema, metadata={"description": "Limits on where the person may live."})
    needs = fields.Nested(NeedsSchema, metadata={"description": "Needs behind the offending."})
    health = fields.Nested(HealthSchema, metadata={"description": "Health and access needs."})
    adjustments = some(
        fields.Nested(AdjustmentSchema),
        20,
        metadata={"description": "Adjustments the person needs to take part."},
    )
    sharing = fields.Nested(
        RoomSharingSchema, metadata={"description": "Whether the person can share a room or a house."}
    )
    safeguarding = fields.Nested(
        SafeguardingSchema, metadata={"description": "Safeguarding concerns for adults."}
    )
    behaviour = fields.Nested(
        BehaviourSchema, metadata={"description": "Behaviour that affects living with others."}
    )
    approvals = fields.Nested(
        ApprovalsSchema, metadata={"description": "Approvals that specific risks need."}
    )
    custody = fields.Nested(CustodySchema, metadata={"description": "Information from prison."})
    household = fields.Nested(
        HouseholdSchema,
        load_default=lambda: HouseholdSchema().load({}),
        metadata={"description": "Children and other people around the person."},
    )
    addresses = some(
        fields.Nested(AddressSchema),
        60,
        load_default=list,
        metadata={"description": "Addresses that matter, at most 60."},
    )
    housing = fields.Nested(HousingSchema, metadata={"description": "Attempts to find a home."})
    move_on = fields.Nested(
        MoveOnSchema, metadata={"description": "Where the person goes after a placement."}
    )
    contingency = fields.Nested(ContingencySchema, metadata={"description": "What staff do out of hours."})
    partners = some(
        fields.Nested(PartnerSchema),
        20,
        metadata={"description": "Other agencies that work with the person."},
    )
    documents = some(
        fields.Nested(AttachedDocumentSchema),
        MOST_DOCUMENTS,
        metadata={
            "description": "Documents held in another system; approved premises need previous convictions."
        },
    )
    documents_elsewhere = LongText(metadata={"description": "Other documents and where they are held."})
    consent = fields.Nested(
        ConsentSchema, metadata={"description": "The person's consent, where a destination needs it."}
    )
    sharing_basis = fields.Nested(
        SharingBasisSchema, required=True, metadata={"description": "Why the information may be shared."}
    )
    provenance = some(
        fields.Nested(ProvenanceSchema), 200, metadata={"description": "Where imported answers came from."}
    )
    wordings = some(
        fields.Nested(WordingSchema),
        MOST_WORDINGS,
        metadata={
            "description": "Other wordings of texts that a destination may not be sent, or why they are sent."
        },
    )
    destinations = List(
        fields.Nested(DestinationAskSchema),
        min=1,
        max=MOST_DESTINATIONS,
        required=True,
        metadata={"description": "The destinations you refer to."},
    )

    @pre_load
    def _not_understood(self, data: Any, **_: Any) -> Any:
        # An urgent referral is never refused whole for what only one destination or check needs.
        if not isinstance(data, Mapping) or data.get("urgency") != "urgent":
            return data
        data = sections_understood(data, self.fields)
        listed = data.get("destinations")
        if not isinstance(listed, list) or len(listed) > MOST_DESTINATIONS:
            return data
        return {**data, "destinations": [_as_understood(entry) for entry in listed]}

    @validates_schema(skip_on_field_errors=False)
    def _coherent(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        del kwargs
        found = [
            *faults(data),
            *_destination_faults(data),
            *wording_faults(data),
            *continuing_faults(data),
        ]
        if found:
            raise ValidationError(nested_messages(found))


def _as_understood(entry: Any) -> Any:
    schema = _annex_schema(entry)
    return annex_understood(entry, schema) if schema else entry


def _destination_faults(document: Document) -> Iterator[tuple[Steps, str]]:
    listed = document.get("destinations")
    seen: set[str] = set()
    for index, entry in enumerate(listed if isinstance(listed, list) else []):
        destination = DESTINATIONS.get(entry.get("kind", "")) if isinstance(entry, Mapping) else None
        if destination is None:
            continue
        ask = Ask(
            index,
            destination.key,
            entry.get("service_category"),
            entry.get("organisation"),
            entry.get("annex") or {},
        )
        if ask.key in seen:
            yield ("destinations", index), "Repeats another entry; each destination may be asked once."
        seen.add(ask.key)
        # Of an urgent referral they are gaps of the destination (`destinations.readiness`).
        if document.get("urgency") != "urgent":
            yield from destination.faults(destination.case(document, ask, clock.today()), ask)


def nested_messages(found: list[tuple[Steps, str]]) -> dict[Any, Any]:
    """Return faults, each with its place, as the messages of a validation error."""
    messages: dict[Any, Any] = {}
    for steps, message in found:
        here = messages
        for step in steps:
            here = here.setdefault(step, {})
        here.setdefault("_schema", []).append(message)
    return messages


class ReferralPatch(AnySchema):
    """The members of a submission that change, as a JSON Merge Patch (RFC 7396).

    What it leaves out stays, null withdraws, a list replaces the list. The referral as it is afterwards is
    validated as a submission is.
    """

    class Meta:
        """Marshmallow's own options."""

        unknown = INCLUDE


REQUIRED: Final = frozenset(name for name, one in SubmissionSchema().fields.items() if one.required)
"""The members without which it is not a whole referral."""


def canonical(loaded: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a loaded submission into the plain JSON that is stored: aliases normalised, dates as text."""
    stored: dict[str, Any] = _plain(loaded)
    return stored


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value

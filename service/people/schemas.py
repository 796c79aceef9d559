"""How a person, contacts, addresses and assessments look on the wire."""

from marshmallow import fields as plain

from service import fields
from service.http import list_schema
from service.people.rules import (
    ADDRESS_KINDS,
    DETAILS_STATUSES,
    GROUPS_AT_RISK,
    LEVELS,
    RELATIONSHIPS,
    Source,
)

_LIVES_AT = "The address where they live, of those under `/addresses`."


class NameView(fields.View):
    """What the person is called; never a key."""

    title = fields.Text(allow_none=True)
    given = fields.Text()
    family = fields.Text()
    aliases = plain.List(fields.Text())


class RoshView(fields.View):
    """The level of risk of serious harm to each group that has been assessed."""

    sometimes = ("children", "public", "known_adult", "staff", "prisoners")

    children = fields.Choice(*LEVELS)
    public = fields.Choice(*LEVELS)
    known_adult = fields.Choice(*LEVELS)
    staff = fields.Choice(*LEVELS)
    prisoners = fields.Choice(*LEVELS)


class PersonView(fields.View):
    """A person on probation as on record now."""

    id = fields.Identifier()
    crn = fields.Crn()
    noms_number = fields.Text(allow_none=True)
    pnc_number = fields.Text(allow_none=True)
    name = plain.Nested(NameView)
    date_of_birth = fields.Day(allow_none=True)
    sex = fields.Text(allow_none=True)
    restricted = fields.Flag(metadata={"description": "A limited access case: only named staff know of it."})
    region = fields.Text(allow_none=True)
    children = fields.Choice("yes", "no", "not_recorded")
    rosh = plain.Nested(RoshView)
    rosh_highest = fields.Choice(*LEVELS, allow_none=True)
    version = fields.Count()
    recorded_at = fields.Moment()
    changed_at = fields.Moment()


class ContactView(fields.View):
    """Somebody around the person, as on record now."""

    id = fields.Identifier()
    href = fields.Text()
    ref = fields.Text(metadata={"description": "The submitter's own name for them."})
    relationship = fields.Choice(*RELATIONSHIPS)
    is_child = fields.Flag(
        metadata={"description": "Under 18, not yet born, or taken for a child until known."}
    )
    protected = fields.Flag(metadata={"description": "A victim or ex-partner: shown to no destination."})
    contact_kind = fields.Text(allow_none=True)
    details_status = fields.Choice(*DETAILS_STATUSES)
    given_name = fields.Text(allow_none=True)
    family_name = fields.Text(allow_none=True)
    date_of_birth = fields.Day(allow_none=True)
    due_date = fields.Day(allow_none=True)
    lives_at = fields.Identifier(allow_none=True, metadata={"description": _LIVES_AT})
    local_authority = fields.Text(allow_none=True)
    source = fields.Choice(*Source, allow_none=True)
    verified = fields.Flag(allow_none=True)
    version = fields.Count()
    etag = fields.Text(metadata={"description": "Send it as `If-Match` when supplying details."})
    recorded_at = fields.Moment()
    changed_at = fields.Moment()


ContactList = list_schema("ContactList", ContactView, "The contacts of a person, oldest first.")


class AddressView(fields.View):
    """A place in the person's life, as on record now."""

    id = fields.Identifier()
    ref = fields.Text(metadata={"description": "The submitter's own name for it."})
    kind = fields.Choice(*ADDRESS_KINDS)
    contact_id = fields.Identifier(
        allow_none=True, metadata={"description": "Whose address it is, if another's."}
    )
    protected = fields.Flag(metadata={"description": "Tells where a victim or ex-partner is."})
    lines = plain.List(fields.Text(), allow_none=True)
    postcode = fields.Text(allow_none=True)
    police_force = fields.Text(allow_none=True)
    local_authority = fields.Text(allow_none=True)
    from_date = fields.Day(allow_none=True)
    to_date = fields.Day(allow_none=True)
    source = fields.Choice(*Source, allow_none=True)
    verified = fields.Flag(allow_none=True)
    version = fields.Count()
    recorded_at = fields.Moment()
    changed_at = fields.Moment()


AddressList = list_schema("AddressList", AddressView, "The addresses of a person, oldest first.")


class AssessmentView(fields.View):
    """One judgement of the risk of serious harm to one group; none is ever changed."""

    id = fields.Identifier()
    group_at_risk = fields.Choice(*GROUPS_AT_RISK)
    level = fields.Choice(*LEVELS)
    previous_level = fields.Choice(*LEVELS, allow_none=True)
    who = fields.LongText(allow_none=True)
    nature = fields.LongText(allow_none=True)
    imminence = fields.LongText(allow_none=True)
    factors = plain.List(fields.Text(), allow_none=True)
    reason = fields.LongText(allow_none=True)
    evidence = fields.LongText(allow_none=True)
    source = fields.Text(allow_none=True)
    author = fields.Text(allow_none=True)
    manager = fields.Text(allow_none=True, metadata={"description": "The manager who judged, where one did."})
    recorded_at = fields.Moment()


RoshAssessmentList = list_schema(
    "RoshAssessmentList",
    AssessmentView,
    "The risk of serious harm assessments of a person, in the order they were made.",
)

"""Changes in a person's life, as probation records and reads them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import clock, fields, tenses
from service.agreements.schemas import Grounds, LoweringOutstandingView
from service.circumstances.consequences import (
    CONSEQUENCES,
    ENDS_ALLEGATION,
    KINDS,
    RELIABILITIES,
    STANDINGS,
    STANDINGS_ON_RECORD,
    About,
    Reliability,
    Standing,
)
from service.circumstances.endings import ENDINGS, RECALLED
from service.circumstances.rules import (
    ANSWERABLE,
    BRINGS_RELEASE_DATE,
    HEARING_CHANGED,
    OF_HEARING,
    ROSH_CHANGED,
)
from service.circumstances.schemas.reviews import ReviewView
from service.corrections.schemas import CorrectableView
from service.document.coherence import faults_of_those_around
from service.document.forms import AddressLine, ListedAuthority, ListedForce, some
from service.document.household import AddressSchema, ContactSchema
from service.document.person import PersonNameSchema, PersonSchema
from service.http import list_schema
from service.people.facts import NOT_TAKEN_WORDS, placeholders
from service.people.rules import (
    ADDRESS_KINDS,
    CHANGES_OF_ADDRESS,
    DETAILS_STATUSES,
    GROUPS_AT_RISK,
    LEVELS,
    SOURCES,
)
from service.people.schemas.records import CHILDREN
from service.people.schemas.ringing import DangerAdvice
from service.people.schemas.verification import VERIFICATION, VERIFIED_ALONE, VerificationStatement
from service.timers.policy import URGENCIES

_MOST: Final = 20
PROPOSED: Final = {code: ADDRESS_KINDS[code] for code in ("proposed_release", "move_on", "visited")}


class RoshChange(fields.Schema):
    """The risk of serious harm to one group, as it is now judged."""

    group = fields.Choice(GROUPS_AT_RISK, required=True, metadata={"description": "The group at risk."})
    level = fields.Choice(LEVELS, required=True, metadata={"description": "The level of risk now."})
    who = fields.LongText(metadata={"description": "Who is at risk."})
    nature = fields.LongText(metadata={"description": "What harm could happen."})
    imminence = fields.LongText(metadata={"description": "When it is likely to happen."})
    factors = fields.List(
        fields.Text(), max=_MOST, metadata={"description": "What makes it more or less likely."}
    )
    reason = fields.LongText(required=True, metadata={"description": "Why the level is what it is."})
    evidence = fields.LongText(
        metadata={"description": "What supports a lower level; required to lower one."}
    )
    grounds = plain.Nested(
        Grounds, metadata={"description": "What a lower level rests on; required to lower high or very high."}
    )
    override_reason = fields.LongText(
        metadata={
            "description": "Why it is lowered although something is outstanding. Only a head of a probation "
            "delivery unit can give it."
        }
    )


class ChangeSubmission(fields.Schema):
    """A change in the person's life, as it was learned."""

    kind = fields.Choice(
        KINDS, required=True, metadata={"example": "new_relationship", "description": "The kind of change."}
    )
    occurred_on = fields.Day(
        tense=tenses.LIFE,
        required=True,
        metadata={
            "description": "The day on which it happened, or is said to have happened. What ends, suspends "
            "or resumes supervision is recorded within 2 years."
        },
    )
    source = fields.Choice(
        SOURCES, required=True, metadata={"description": "Who or which record it was learned from."}
    )
    reliability = fields.Choice(
        RELIABILITIES,
        load_default=Reliability.UNTESTED.value,
        metadata={"description": "How far the source has been right before."},
    )
    standing = fields.Choice(
        STANDINGS, required=True, metadata={"description": "How far it is known to be so."}
    )
    release_date = fields.Day(
        tense=tenses.TERM,
        metadata={
            "description": "The day of release as it is now, for `release_date_changed`, and for a recall of "
            "fixed length. Every open referral is brought in line with it, and what is needed by it is due "
            "sooner where it comes sooner. Of one more than a year ago, `details` says why."
        },
    )
    hearing_date = fields.Day(
        tense=tenses.PLAN,
        metadata={
            "description": "The day of the hearing as it is now, for `hearing_date_changed`: the first "
            "one, too. Answers are needed by it until it is `hearing_vacated`, or its day is over."
        },
    )
    may_wait = fields.Flag(
        load_default=False,
        metadata={
            "description": "True: what was needed by an earlier day of release, or by a hearing that is "
            "later or vacated, may wait; `details` says why. Otherwise a later day puts nothing off."
        },
    )
    follows = fields.Identifier(
        metadata={"description": "The earlier change that this one establishes or ends."}
    )
    urgent = fields.Flag(
        load_default=False,
        metadata={"description": "True makes it urgent; false never makes it less urgent."},
    )
    details = fields.LongText(
        metadata={"description": "What happened. For probation alone: no destination is ever sent it."}
    )
    for_agencies = fields.LongText(
        metadata={
            "description": "Why you ask, in your own words, for the agencies whose checks it raises. It must "
            "not name anybody or any address that is protected."
        }
    )
    contacts = fields.List(
        plain.Nested(ContactSchema),
        max=_MOST,
        load_default=list,
        metadata={"description": "New contacts that the change brings in, at most 20."},
    )
    contact_ids = fields.List(
        fields.Identifier(),
        max=_MOST,
        load_default=list,
        metadata={"description": "Contacts on record that the change is about, by id."},
    )
    addresses = fields.List(
        plain.Nested(AddressSchema),
        max=_MOST,
        load_default=list,
        metadata={"description": "New addresses that the change brings in, at most 20."},
    )
    address_ids = fields.List(
        fields.Identifier(),
        max=_MOST,
        load_default=list,
        metadata={"description": "Addresses on record that the change is about, by id."},
    )
    rosh = plain.Nested(
        RoshChange, metadata={"description": "The risk now; required for `rosh_changed`, and only then."}
    )

    @validates_schema(skip_on_field_errors=False)
    def facts_belong_to_the_kind(self, data: dict[str, Any], **_: Any) -> None:
        """A change of risk says what the risk is now; a change of address says which; nothing else does."""
        kind: str | None = data.get("kind")
        found: dict[str, list[str]] = {}
        if (kind == ROSH_CHANGED) != ("rosh" in data):
            found["rosh"] = [f"Belongs to {ROSH_CHANGED}, which needs it."]
        if kind == ROSH_CHANGED and data.get("standing", Standing.ESTABLISHED) != Standing.ESTABLISHED:
            found["standing"] = ["A judgement of risk is established."]
        of_address = kind is not None and About.ADDRESS in CONSEQUENCES[kind].about
        if of_address and not (data.get("addresses") or data.get("address_ids")):
            found["addresses"] = ["Say which address."]
        found |= _of_the_day(kind, data)
        found |= _of_release(kind, data)
        found |= _of_hearing(kind, data)
        found |= _of_allegation(kind, data)
        if found:
            raise ValidationError(found)

    @validates_schema(skip_on_field_errors=True)
    def those_it_brings_in_are_possible(self, data: dict[str, Any], **_: Any) -> None:
        """Whom and where a change brings in is said as in a referral, and no urgent one waits for an area."""
        said = {
            "household": {"contacts": data["contacts"]},
            "addresses": data["addresses"],
            "urgency": "urgent" if data.get("urgent") else "routine",
        }
        messages: dict[str, Any] = {}
        for steps, words in faults_of_those_around(said):
            sort, index, member = steps[-3:]
            at = messages.setdefault(str(sort), {}).setdefault(index, {})
            at.setdefault(member, []).append(words)
        if messages:
            raise ValidationError(messages)


def _of_the_day(kind: str | None, data: dict[str, Any]) -> dict[str, list[str]]:
    """Find a day on which what ends, suspends or resumes supervision cannot have happened."""
    day: date | None = data.get("occurred_on")
    if kind not in ENDINGS or day is None or tenses.REPORTED.has(day, clock.today()):
        return {}
    return {"occurred_on": [tenses.REPORTED.words("today")]}


def _of_allegation(kind: str | None, data: dict[str, Any]) -> dict[str, list[str]]:
    """Find what is missing where an allegation ends."""
    standing, found = data.get("standing"), dict[str, list[str]]()
    if standing in ENDS_ALLEGATION and "follows" not in data:
        found["follows"] = ["Say which allegation ends."]
    if standing == Standing.ANSWERED and kind not in ANSWERABLE:
        found["standing"] = ["Only a victim's report is answered."]
    if standing == Standing.REFUTED and "details" not in data:
        found["details"] = ["Say what refutes it."]
    return found


def _of_release(kind: str | None, data: dict[str, Any]) -> dict[str, list[str]]:
    """Find a day of release with a change that brings none, and what may wait without a reason."""
    found: dict[str, list[str]] = {}
    if "release_date" in data and kind not in BRINGS_RELEASE_DATE:
        found["release_date"] = [f"Belongs to {' and '.join(sorted(BRINGS_RELEASE_DATE))}."]
    day, recalled_on = data.get("release_date"), data.get("occurred_on")
    if kind == RECALLED and day is not None and recalled_on is not None and day <= recalled_on:
        found["release_date"] = ["Must be after the recall."]
    if day is not None and "details" not in data and not tenses.RELEASE.has(day, clock.today()):
        found["release_date"] = ["Is more than a year ago: say in details why it is the right day."]
    if data.get("may_wait") and "release_date" not in data and kind not in OF_HEARING:
        found["may_wait"] = ["Belongs to a day of release or of a hearing."]
    elif data.get("may_wait") and "details" not in data:
        found["details"] = ["Say why what was needed by the earlier day may wait."]
    return found


def _of_hearing(kind: str | None, data: dict[str, Any]) -> dict[str, list[str]]:
    """Find a hearing without its day or with a change of something else, and one changed without a reason."""
    found: dict[str, list[str]] = {}
    if (kind == HEARING_CHANGED) != ("hearing_date" in data):
        found["hearing_date"] = [f"Belongs to {HEARING_CHANGED}, which needs it."]
    if kind in OF_HEARING and data.get("standing", Standing.ESTABLISHED) != Standing.ESTABLISHED:
        found["standing"] = ["The day of a hearing is established; record another day to put it right."]
    if kind in OF_HEARING and "details" not in data:
        found["details"] = ["Say why."]
    return found


class AddressProposal(AddressSchema):
    """An address that the person may live at or visit; nobody has moved from where nobody lives yet."""

    class Meta(AddressSchema.Meta):
        exclude = ("because", "moved_on")

    kind = fields.Choice(
        PROPOSED, required=True, metadata={"description": "What the address would be to the person."}
    )
    police_force = ListedForce(metadata=AddressSchema().fields["police_force"].metadata)
    local_authority = ListedAuthority(metadata=AddressSchema().fields["local_authority"].metadata)


def _unknown(said: Mapping[str, Any]) -> dict[str, list[str]]:
    """Find what only stands in place of a name or a day that is not known.

    In a referral it counts as not said, with advice. Whoever supplies it here says nothing else.

    Args:
        said: of who somebody is, by column.
    """
    return {name: [NOT_TAKEN_WORDS] for name in placeholders(said)}


class ContactDetails(fields.Withdrawing):
    """Details of a contact that were missing, or are put right; supplied once, for all checks."""

    stays = frozenset({"details_status"})

    given_name = fields.Text(max=100, metadata={"description": "First name."})
    family_name = fields.Text(max=100, metadata={"description": "Surname."})
    aliases = ContactSchema().fields["aliases"]
    phone = ContactSchema().fields["phone"]
    date_of_birth = fields.Day(
        tense=tenses.BORN, metadata={"description": "Date of birth; an unborn child has `due_date` instead."}
    )
    due_date = fields.Day(tense=tenses.PREGNANCY, metadata={"description": "When an unborn child is due."})
    estimated_age = ContactSchema().fields["estimated_age"]
    description = ContactSchema().fields["description"]
    mother_id = fields.Identifier(
        metadata={"description": "The contact who is the mother of a child, by its id."}
    )
    details_status = fields.Choice(
        {code: meaning for code, meaning in DETAILS_STATUSES.items() if code != "not_asked"},
        metadata={"description": "Whether the details are given, and if not, why not."},
    )
    lives_at = fields.Identifier(metadata={"description": "The address where the contact lives, by its id."})
    local_authority = ListedAuthority(metadata=ContactSchema().fields["local_authority"].metadata)
    source = fields.Choice(SOURCES, metadata={"description": "Who or which record the details come from."})
    verified = fields.Flag(metadata={"description": VERIFIED_ALONE})
    verification = plain.Nested(VerificationStatement, metadata={"description": VERIFICATION})

    @validates_schema(skip_on_field_errors=False)
    def _says_who(self, data: dict[str, Any], **_: Any) -> None:
        if found := _unknown(data):
            raise ValidationError(found)

    @validates_schema(skip_on_field_errors=False)
    def _is_born_or_due(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("date_of_birth") and data.get("due_date"):
            raise ValidationError({
                "date_of_birth": ["Is not for an unborn child. Give due_date."],
                "due_date": ["Is only for a child who is not born: it has no date_of_birth."],
            })  # fmt: skip


class AddressDetails(fields.Withdrawing):
    """What is to be put right of an address: what is left out stays, and null withdraws."""

    stays = frozenset({"kind", "lines", "because", "moved_on"})

    kind = fields.Choice(ADDRESS_KINDS, metadata={"description": "What the address is to the person."})
    lines = some(
        AddressLine(), 6, metadata={"description": "The lines of the address, without the postcode."}
    )
    postcode = AddressSchema().fields["postcode"]
    police_force = ListedForce(metadata=AddressSchema().fields["police_force"].metadata)
    local_authority = ListedAuthority(metadata=AddressSchema().fields["local_authority"].metadata)
    from_ = AddressSchema().fields["from_"]
    to = AddressSchema().fields["to"]
    contact_id = fields.Identifier(metadata={"description": "The contact whose home this is, by its id."})
    source = fields.Choice(SOURCES, metadata={"description": "Who or which record the address comes from."})
    verified = fields.Flag(metadata={"description": VERIFIED_ALONE})
    verification = plain.Nested(VerificationStatement, metadata={"description": VERIFICATION})
    because = fields.Choice(
        CHANGES_OF_ADDRESS,
        metadata={"description": "Why the place is another; needed with `lines` or `postcode`."},
    )
    moved_on = fields.Day(
        tense=tenses.BEEN, metadata={"description": "The day of the move; today when it is left out."}
    )

    @validates_schema(skip_on_field_errors=True)
    def _says_why(self, data: dict[str, Any], **_: Any) -> None:
        found: dict[str, list[str]] = {}
        if data.keys() & {"lines", "postcode"} and "because" not in data:
            found["because"] = ["Say whether somebody moved, or it was never so."]
        if data.get("because") == "moved" and "lines" not in data:
            found["lines"] = ["Say where the new address is."]
        if "moved_on" in data and data.get("because") != "moved":
            found["moved_on"] = ["Belongs to a move."]
        if found:
            raise ValidationError(found)


class EnteredInError(fields.Schema):
    """Why it should never have been recorded."""

    reason = fields.LongText(
        max=1000, required=True, metadata={"description": "Why; kept on the record, and sent to nobody."}
    )


class SamePersonDecision(fields.Schema):
    """Whether a contact is the same person as the other one in `alike`, and how you know."""

    same = fields.Flag(
        required=True,
        metadata={"description": "true: the same person; false: somebody else."},
    )
    reason = fields.LongText(required=True, metadata={"description": "How you know."})


class NameDetails(fields.Withdrawing):
    """What is to be put right of the person's name: what is left out stays, and null withdraws."""

    stays = frozenset({"given", "family"})

    title = PersonNameSchema().fields["title"]
    given = fields.Text(max=100, metadata={"description": "First name."})
    family = fields.Text(max=100, metadata={"description": "Surname."})
    aliases = PersonNameSchema().fields["aliases"]

    @validates_schema(skip_on_field_errors=False)
    def _says_who(self, data: dict[str, Any], **_: Any) -> None:
        said = {f"{name}_name": data[name] for name in ("given", "family") if name in data}
        if found := _unknown(said):
            raise ValidationError({name.removesuffix("_name"): why for name, why in found.items()})


class PersonDetails(fields.Withdrawing):
    """Details of the person that were missing, or are put right; supplied once, for all checks."""

    stays = frozenset({"name"})

    noms_number = PersonSchema().fields["noms_number"]
    pnc_number = PersonSchema().fields["pnc_number"]
    name = plain.Nested(NameDetails, metadata={"description": "The person's name."})
    date_of_birth = PersonSchema().fields["date_of_birth"]
    sex = PersonSchema().fields["sex"]
    children = fields.Choice(
        {code: meaning for code, meaning in CHILDREN.items() if code != "not_recorded"},
        metadata={
            "description": "Whether there are children in the person's life. While it is asked again "
            "(`children_asked_at`): whether there are any who are not on record."
        },
    )

    @validates_schema(skip_on_field_errors=False)
    def _says_who(self, data: dict[str, Any], **_: Any) -> None:
        if found := _unknown(data):
            raise ValidationError(found)


class ToldView(fields.View):
    """A destination that was notified of a change."""

    destination_referral_id = fields.Identifier(metadata={"description": "The destination referral."})
    destination = fields.Text(metadata={"description": "The kind of destination."})
    told_at = fields.Moment(metadata={"description": "When it was notified."})


class AllegationEnded(fields.View):
    """How an allegation ended."""

    standing = fields.Choice(STANDINGS_ON_RECORD, metadata={"description": "In which way."})
    change_id = fields.Identifier(metadata={"description": "The change that says so, with its details."})
    at = fields.Moment(metadata={"description": "When that was recorded."})


class ChangeView(CorrectableView):
    """A change in the person's life, and what it set off; for probation."""

    sometimes = ("advice", "outstanding")

    id = fields.Identifier(metadata={"description": "The id of the change."})
    href = fields.Text(metadata={"description": "The address of the change."})
    crn = fields.Crn(metadata={"description": "The person's case reference number in probation."})
    kind = fields.Choice(KINDS, metadata={"description": "The kind of change."})
    words = fields.Text(metadata={"description": "The kind in words."})
    occurred_on = fields.Day(metadata={"description": "The day on which it happened."})
    source = fields.Choice(SOURCES, metadata={"description": "Who or which record it was learned from."})
    reliability = fields.Choice(
        RELIABILITIES, metadata={"description": "How far the source has been right before."}
    )
    standing = fields.Choice(STANDINGS_ON_RECORD, metadata={"description": "How far it is known to be so."})
    ended = plain.Nested(
        AllegationEnded,
        allow_none=True,
        metadata={"description": "How an allegation ended; null while it stands."},
    )
    release_date = fields.Day(
        allow_none=True, metadata={"description": "The day of release that it brought; null if none."}
    )
    hearing_date = fields.Day(
        allow_none=True, metadata={"description": "The day of the hearing that it brought; null if none."}
    )
    may_wait = fields.Flag(
        metadata={"description": "Whether what was needed by an earlier day may wait for this one."}
    )
    follows = fields.Identifier(
        allow_none=True,
        metadata={"description": "The earlier change that this one establishes or ends; or null."},
    )
    urgency = fields.Choice(URGENCIES, metadata={"description": "Decides the target of what it set off."})
    details = fields.Text(allow_none=True, metadata={"description": "What happened; null if not given."})
    contacts = plain.List(fields.Identifier(), metadata={"description": "The contacts it is about, by id."})
    addresses = plain.List(fields.Identifier(), metadata={"description": "The addresses it is about, by id."})
    checks = plain.List(fields.Identifier(), metadata={"description": "The checks that it raised, by id."})
    told = plain.List(
        plain.Nested(ToldView), metadata={"description": "The destinations that were notified."}
    )
    reviews = plain.List(plain.Nested(ReviewView), metadata={"description": "The reviews that it opened."})
    disclosure_decisions = plain.List(
        fields.Identifier(),
        metadata={"description": "The disclosure decisions that it opened, by id."},
    )
    rosh_assessment_id = fields.Identifier(
        allow_none=True,
        metadata={"description": "The assessment that it recorded, for `rosh_changed`; otherwise null."},
    )
    destination_referral_id = fields.Identifier(
        allow_none=True,
        metadata={
            "description": "The destination referral it was reported about; null if probation recorded it."
        },
    )
    practitioner = fields.Text(
        allow_none=True,
        metadata={
            "description": "The practitioner who recorded it, by the case system's id; null for a report."
        },
    )
    recorded_at = fields.Moment(metadata={"description": "When it was recorded."})
    outstanding = plain.List(
        plain.Nested(LoweringOutstandingView),
        metadata={"description": "What is open still where supervision ends early: it is urgent now."},
    )
    advice = plain.Nested(
        DangerAdvice,
        metadata={"description": "Where it says that somebody may be in danger: what to do, whom to ring."},
    )


ChangeList = list_schema(
    "ChangeList",
    ChangeView,
    "The changes of circumstance of a person, in the order asked for.",
    counted=KINDS,
    by="kind",
)


class SuppliedView(fields.View):
    """The effect of supplying details; read the details themselves at the person."""

    id = fields.Identifier(metadata={"description": "The id of the contact."})
    details_status = fields.Text(
        metadata={"description": "Whether name and date are now on record, and if not, why not."}
    )
    version = fields.Count(metadata={"description": "The version of the contact."})
    check_requests = plain.List(
        fields.Identifier(),
        metadata={"description": "The check requests about the contact that are with an agency."},
    )

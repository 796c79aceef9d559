"""Sections of the canonical referral about housing, moving on, what to do when it goes wrong, and sharing."""

from marshmallow import fields

from service import tenses
from service.document.forms import AuthorityCode, PostcodeArea, Section, some
from service.document.vocabulary import DTR_OUTCOMES, MOVE_ON_TYPES
from service.fields import Choice, Day, Flag, LongText, Postcode, Text
from service.legal_bases import CONTINUING, NAMED
from service.people.rules import SOURCES


class DutyToReferSchema(Section):
    """The homelessness referral to a local housing authority (in Wales, an application under its own law)."""

    submitted = Flag(metadata={"description": "Whether the referral was made."})
    reference = Text(max=60, metadata={"description": "The reference the local housing authority gave."})
    date = Day(
        tense=tenses.SAID,
        metadata={"description": "The day it was made; CAS3 accepts it while it is under 26 weeks old."},
    )
    local_authority = AuthorityCode(metadata={"description": "The local housing authority, by ONS code."})
    outcome = Choice(DTR_OUTCOMES, metadata={"description": "The local housing authority's decision."})
    outcome_other = LongText(metadata={"description": "The reason, when `outcome` is `rejected_other`."})


class HousingSchema(Section):
    """Attempts to find a home. The service knows whether a commissioned service was asked."""

    dtr = fields.Nested(DutyToReferSchema, metadata={"description": "The duty to refer."})
    other_options = Flag(metadata={"description": "Whether other options were considered."})
    other_options_detail = LongText(metadata={"description": "The options; needed when there were any."})


class MoveOnSchema(Section):
    """Where the person goes after a placement."""

    plan_in_place = Flag(metadata={"description": "Whether move-on is arranged."})
    plan = LongText(metadata={"description": "The plan, or how one will be made."})
    postcode_area = PostcodeArea(
        metadata={"description": "The likely area after the placement, by the first half of a postcode."}
    )
    accommodation_type = Choice(MOVE_ON_TYPES, metadata={"description": "Where the person would live next."})
    accommodation_other = Text(metadata={"description": "The accommodation, when the type is `other`."})
    home_office_notified = Flag(
        metadata={"description": "Whether the Home Office was notified; for a foreign national."}
    )
    home_office_notified_on = Day(
        tense=tenses.SAID, metadata={"description": "The day the Home Office was notified."}
    )


class ContingencySchema(Section):
    """What staff do out of hours. Give unsuitable addresses as postcodes only, without names."""

    no_return = LongText(metadata={"description": "What to do when the person does not return for curfew."})
    withdrawn = LongText(metadata={"description": "What to do when the placement is withdrawn out of hours."})
    victims = LongText(
        metadata={
            "description": "What staff must consider for victims, without saying who or where they are."
        }
    )
    unsuitable_addresses = some(
        Postcode(), 50, metadata={"description": "Postcodes that the person must not be moved to."}
    )
    suitable_addresses = LongText(metadata={"description": "Addresses that the person could move to."})
    breach = LongText(metadata={"description": "What to do on a breach."})
    other = LongText(metadata={"description": "Anything else staff should consider."})
    trigger_plan = Flag(metadata={"description": "Whether a trigger plan exists."})


class PartnerSchema(Section):
    """Another agency that works with the person."""

    agency_name = Text(required=True, metadata={"description": "Name of the agency."})
    contact_name = Text(required=True, metadata={"description": "The named contact."})
    contact_phone = Text(max=40, metadata={"description": "The contact's phone number."})
    role = Text(required=True, metadata={"description": "The agency's part in the plan."})


class AttachedDocumentSchema(Section):
    """A document held in another system."""

    id = Text(
        max=80, required=True, metadata={"description": "The document's id in the system that holds it."}
    )
    description = LongText(max=500, metadata={"description": "What the document is."})


class ConsentSchema(Section):
    """The person's consent, where a destination needs it. Refusal never blocks a safeguarding check."""

    cas3 = Flag(metadata={"description": "Whether the person consents to a CAS3 referral."})


class ContinuingBasisSchema(Section):
    """A basis on which sharing goes on when the licence or order has ended."""

    legal_basis = Choice(
        CONTINUING,
        required=True,
        metadata={"description": "The law or duty under which sharing goes on."},
    )
    reason = LongText(required=True, metadata={"description": "Why sharing must go on, in your words."})
    until = Day(
        tense=tenses.TERM,
        required=True,
        metadata={"description": "The last day on which anything is shared on it."},
    )
    destinations = some(
        Text(max=60),
        20,
        metadata={
            "description": "The destinations it is for, such as `mappa` or `crs:accommodation`, and "
            "`checks` for asking the police and children's services; without it, checks and every "
            "destination that it can carry."
        },
    )


class SharingBasisSchema(Section):
    """Why the information may be shared, and whether the person knows. Telling them can put a victim at
    risk.
    """

    legal_basis = Choice(
        NAMED,
        required=True,
        metadata={"description": "The law or duty under which the referral is shared."},
    )
    legal_basis_ends = Day(
        tense=tenses.TERM,
        metadata={
            "description": "The last day of the legal basis. Without it, the basis ends with supervision: on "
            "the latest known end of licence, sentence or order."
        },
    )
    continues = some(
        fields.Nested(ContinuingBasisSchema),
        10,
        metadata={"description": "The bases on which sharing goes on after that; each has its own end."},
    )
    person_told = Flag(required=True, metadata={"description": "Whether the person was told of the sharing."})
    not_told_reason = LongText(
        metadata={"description": "Why the person was not told; needed when they were not."}
    )


class ProvenanceSchema(Section):
    """Where an imported answer came from and how old it is."""

    path = Text(
        max=120,
        required=True,
        metadata={"description": "The answer that was imported, such as `risk.summary.who`."},
    )
    source = Choice(
        SOURCES, required=True, metadata={"description": "The record or person the answer came from."}
    )
    dated = Day(tense=tenses.LIFE, metadata={"description": "The date of that record."})


class WordingSchema(Section):
    """What one destination is sent instead of a text that gives a confidence away, or why it is sent."""

    path = Text(
        max=300,
        required=True,
        metadata={
            "description": "A JSON pointer to the text in this submission, as the gap names it; "
            "`/messages/{id}` for a message that was sent, "
            "or `/moves/{position}/{member}` and `/placement/moves/{position}/{member}` for a reason."
        },
    )
    destination = Text(
        max=80,
        required=True,
        metadata={"description": "The destination, as `reword_for` names it, such as `crs:accommodation`."},
    )
    text = LongText(metadata={"description": "What this destination is sent instead."})
    confirmed_because = LongText(
        max=1000, metadata={"description": "Why the text is sent as it is; kept on the record."}
    )

"""The children's safeguarding check: are these children known to you, and how.

Raised for any link with a child, the unborn too, and asked of every local authority where such a child lives.
No recorded answer about children is "not recorded", never "no children".
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from marshmallow import ValidationError, fields, validates_schema

from service import tenses
from service.checks.alike import as_one
from service.checks.kinds.contract import VERIFIED, Allowed, CheckKind
from service.checks.policies import standard_policy
from service.checks.rules import (
    AddressFacts,
    ContactFacts,
    Household,
    Line,
    Missing,
    SubjectRef,
    own_home,
    person_ref,
)
from service.errors import Fault
from service.fields import Choice, Day, Identifier, List, LongText, Schema, Text
from service.organisations.authorities import AUTHORITIES

MOST = 100
AT_HOME: Final = "@home"
"""Ends the name of a question about a child where its home is, besides the one where it is said to live."""
_LIVED_AT: Final = frozenset({"current", "proposed_release", "move_on", "visited", "partner"})
"""The kinds of addresses at which there may be children."""


def _identity_missing(contact: ContactFacts) -> list[Missing]:
    """Return what is missing to ask about somebody by name and date of birth.

    An estimated age does for the date; and where it was asked for and nobody knows it, the name alone, with
    whose child it is and where the child lives.
    """
    missing = [] if contact.named else [Missing("contact", contact.id, "name")]
    if not (contact.dated or contact.aged or (contact.named and contact.asked_in_vain)):
        missing.append(Missing("contact", contact.id, "date_of_birth"))
    return missing


def _identity_of_person_missing(household: Household) -> list[Missing]:
    """Return what is missing to find a child not yet born by the person, who is the mother."""
    person = household.person
    known = {"name": person.named, "date_of_birth": person.dated}
    return [Missing(*person_ref(household), detail) for detail, is_known in known.items() if not is_known]


def _mothers_and_home(
    household: Household, child: ContactFacts
) -> tuple[tuple[ContactFacts, ...], AddressFacts | None]:
    """Return who beside the person is a child's mother, and where the child lives: where she does, else."""
    mothers = household.mothers_of(child) if child.unborn or child.mother_id else ()
    own = own_home(household.addresses) if household.expects(child) else None
    homes = (household.home_of(child), *map(household.home_of, mothers), own)
    return mothers, next(filter(None, homes), None)


def _child_lines(household: Household, child: ContactFacts, family: str) -> tuple[Line, ...]:
    """Ask about a child where it is said to live, and where its home is, if that is elsewhere.

    Which of the two the record has not followed is for somebody to find out; until then both may know.
    Whoever is named as the mother is told with the child, born or not: it may be known by her name alone.
    """
    mothers, home = _mothers_and_home(household, child)
    of_home = home.local_authority if home else None
    of_mothers = [*filter(None, (one.local_authority for one in mothers))][:1]
    authorities = [*dict.fromkeys(filter(None, (child.local_authority, of_home)))] or of_mothers
    if not child.unborn:
        missing = _identity_missing(child)
    elif household.expects(child):
        missing = _identity_of_person_missing(household)
    elif mothers:
        # Children's services find an unborn child by the mother.
        missing = [each for mother in mothers for each in _identity_missing(mother)]
    else:
        missing = [Missing("contact", child.id, "mother")]
    if not authorities:
        missing.append(Missing("contact", child.id, "local_authority"))
    found_by = [SubjectRef("address", home.id)] if home else []
    found_by += [SubjectRef("contact", mother.id) for mother in mothers]
    if household.expects(child):
        found_by.append(person_ref(household))
    return tuple(
        Line(
            f"contact:{child.id}{name}",
            authority,
            (SubjectRef("contact", child.id),),
            tuple(missing),
            _is_identified(household, child, mothers, home),
            # Whoever is in danger before birth does not wait until the mother is known.
            child.unborn and household.person.named,
            tuple(found_by),
            family,
            found_by_context=child.unborn or not child.named,
        )
        for authority, name in zip(authorities or (None,), ("", AT_HOME), strict=False)
    )


def _families(household: Household, children: Iterable[ContactFacts]) -> dict[UUID, str]:
    """Return the family of each child: those who share a home or a mother are one.

    Those of whom neither is known are asked about together.
    """
    around: dict[UUID, set[UUID]] = {}
    for child in children:
        mothers, home = _mothers_and_home(household, child)
        if not household.expects(child):
            home = household.home_of(child)
        around[child.id] = {one.id for one in mothers} | ({home.id} if home else set())
    families: list[tuple[set[UUID], set[UUID]]] = []
    for child_id, found_by in around.items():
        same = [family for family in families if family[1] & found_by or not (family[1] or found_by)]
        families = [family for family in families if family not in same]
        families.append(
            (
                {child_id}.union(*(members for members, _ in same)),
                found_by.union(*(anchors for _, anchors in same)),
            )
        )
    return {
        member: str(min(anchors, default="unplaced")) for members, anchors in families for member in members
    }


def _is_identified(
    household: Household,
    child: ContactFacts,
    mothers: Iterable[ContactFacts],
    home: AddressFacts | None,
) -> bool:
    """Return whether a child can be found without a name: never by the date on which it is due alone."""
    at_home = home is not None and home.found
    if at_home or child.described or any(one.named or one.described for one in mothers):
        return True
    if child.unborn:
        return household.expects(child) and household.person.named
    of_the_person = child.relationship == "child" and household.person.named
    return child.named or child.dated or child.aged or of_the_person


def _authority_of(household: Household, contact: ContactFacts) -> str | None:
    home = household.home_of(contact)
    return contact.local_authority or (home.local_authority if home else None)


def _lines_about_whether(household: Household, detail: str) -> tuple[Line, ...]:
    """Ask whether there are children, of every authority where the person, or a partner, lives or would.

    The practitioner is asked first. There is an adult and an address to ask about all the same, where nobody
    can wait for that.
    """
    partners = [one for one in household.contacts if one.relationship == "partner"]
    homes = {home.id for home in map(household.home_of, partners) if home}
    lived_at = [one for one in household.addresses if one.kind in _LIVED_AT or one.id in homes]
    missing = (Missing(*person_ref(household), detail),)
    asked: dict[str, list[AddressFacts]] = {}
    for home in lived_at:
        if home.local_authority is not None:
            asked.setdefault(home.local_authority, []).append(home)
    if not asked:
        return (Line("children", None, (), missing),)
    return tuple(
        Line(
            f"address:{there[0].id}",
            authority,
            tuple(SubjectRef("address", home.id) for home in there),
            missing,
            identified=household.person.named
            or any(one.named for one in partners)
            or any(home.found for home in there),
            context=tuple(
                SubjectRef("contact", one.id) for one in partners if household.home_of(one) in {None, *there}
            ),
            found_by_context=True,
        )
        for authority, there in asked.items()
    )


def lines(household: Household) -> tuple[Line, ...]:
    """Ask about every child with any link to the person; about the answer itself when there is none.

    "No" is no answer about those whom a change has brought into the case since.
    """
    household = as_one(household, _authority_of)
    children = [contact for contact in household.contacts if contact.is_child]
    families = _families(household, children)
    about_each = tuple(
        line for child in children for line in _child_lines(household, child, families[child.id])
    )
    detail = "children" if household.children == "yes" and not children else "whether_children"
    if household.children_asked:
        return about_each + _lines_about_whether(household, detail)
    if children or household.children == "no":
        return about_each
    return (Line("children", None, (), (Missing(*person_ref(household), detail),)),)


def missing_for_all(household: Household) -> tuple[Missing, ...]:
    """A child is found by the child's own details: nothing about the person holds the question back."""
    del household
    return ()


class ChildrensConference(Schema):
    """A meeting about a child, held or to come."""

    kind = Choice(
        {
            "strategy": "strategy discussion or meeting",
            "initial_child_protection": "initial child protection conference",
            "review": "child protection review conference",
            "core_group": "core group meeting",
            "other": "another meeting",
        },
        required=True,
        metadata={"description": "The kind of meeting."},
    )
    date = Day(
        tense=tenses.PAST_OR_PLANNED, required=True, metadata={"description": "The day of the meeting."}
    )


class _Known(Schema):
    """What children's services know of one child."""

    status = Choice(
        {
            "not_known": "children's services do not know the child",
            "closed": "known before; the case is closed",
            "early_help": "early help",
            "child_in_need": "a child in need (Children Act 1989, section 17)",
            "child_protection_plan": "on a child protection plan",
            "looked_after": "looked after by the local authority",
            "care_leaver": "a care leaver",
        },
        required=True,
        metadata={"description": "How children's services know the child."},
    )
    category = Choice(
        {
            "neglect": "neglect",
            "physical_abuse": "physical abuse",
            "emotional_abuse": "emotional abuse",
            "sexual_abuse": "sexual abuse",
            "multiple": "more than one category",
        },
        metadata={"description": "The category of a child protection plan; required for one, and only then."},
    )
    since = Day(tense=tenses.BEEN, metadata={"description": "Since when the status applies."})
    conferences = List(
        fields.Nested(ChildrensConference),
        max=20,
        metadata={
            "description": "Meetings about the child, held or to come. Those that you named before stand if "
            "you leave it out; an empty list says that there are none."
        },
    )
    concerns = LongText(metadata={"description": "What worries children's services."})
    protective = LongText(metadata={"description": "What protects the child."})
    source = Text(required=True, metadata={"description": "Who or which record the answer comes from."})
    verified = Choice(VERIFIED, required=True, metadata={"description": "How far the answer is verified."})

    @validates_schema
    def _category_belongs_to_a_plan(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("status") == "child_protection_plan") != ("category" in data):
            raise ValidationError(
                "Give a category for a child protection plan, and only for one.", "category"
            )


class ChildKnown(_Known):
    """What children's services know of one child of the request."""

    child_id = Identifier(required=True, metadata={"description": "The child's id in the request."})


class ChildNotNamed(_Known):
    """A child whom the request does not name, and whom children's services know at its address or adults."""

    who = Text(required=True, metadata={"description": "The child's name and date of birth, or age."})


class ChildrensFindings(Schema):
    """What children's services know of each child, including what protects the child."""

    children = List(
        fields.Nested(ChildKnown),
        max=MOST,
        required=True,
        metadata={
            "description": "One entry for each child of the request; none where it asks if there are any."
        },
    )
    not_named = List(
        fields.Nested(ChildNotNamed),
        max=MOST,
        metadata={"description": "Other children whom you know at the address, or with the adults."},
    )


def found(findings: Mapping[str, Any]) -> bool:
    """Return whether any of the children is known, or there are others; a closed case counts as known."""
    others = bool(findings.get("not_named"))
    return others or any(child["status"] != "not_known" for child in findings["children"])


def uncovered(findings: Mapping[str, Any], subjects: Iterable[SubjectRef]) -> list[Fault]:
    """Return faults for children in the findings who are not subjects of the request."""
    asked = {subject.id for subject in subjects if subject.kind == "contact"}
    return [
        Fault(f"/findings/children/{index}/child_id", "Not one of the children of this request.")
        for index, child in enumerate(findings["children"])
        if child["child_id"] not in asked
    ]


def outcomes(findings: Mapping[str, Any]) -> dict[UUID, str]:
    """Return what findings say of each child: information where any entry knows the child."""
    known = {child["child_id"] for child in findings["children"] if child["status"] != "not_known"}
    return {
        child["child_id"]: "information" if child["child_id"] in known else "nothing_found"
        for child in findings["children"]
    }


def outcome_of_homes(findings: Mapping[str, Any]) -> str:
    """Return what findings say of a home where it is not known whether there are children."""
    return "information" if found(findings) else "nothing_found"


KIND: Final = CheckKind(
    key="childrens_safeguarding",
    question="Are these children, and any others in these homes, known to you, and how?",
    organisation_kind="local_authority",
    duty="childrens_services",
    area_detail="local_authority",
    areas=AUTHORITIES,
    lines=lines,
    missing_for_all=missing_for_all,
    allowed=Allowed(
        person=("given_name", "family_name", "aliases", "date_of_birth", "sex"),
        contact=(
            "relationship",
            "given_name",
            "family_name",
            "aliases",
            "date_of_birth",
            "due_date",
            "estimated_age",
            "description",
        ),
        address=("lines", "postcode", "local_authority"),
        restricted_purpose="childrens_safeguarding",
    ),
    findings=ChildrensFindings,
    found=found,
    uncovered=uncovered,
    happened=dict.fromkeys(("children", "not_named"), "since"),
    outcomes=outcomes,
    outcomes_at="/findings/children",
    outcome_of_homes=outcome_of_homes,
    about_person=False,
    purpose="finding out whether a child is in danger",
    legal_basis="safeguarding",
    policy=standard_policy("childrens_safeguarding.allocation", routine="5wd", urgent="1wd", today="4wh"),
)

"""What each kind of check must define, in one value of one file."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from service.checks.rules import Household, Line, Missing, SubjectRef
from service.errors import Fault
from service.fields import Schema

VERIFIED: Mapping[str, str] = MappingProxyType(
    {
        "verified": "confirmed",
        "partly_verified": "confirmed in part",
        "not_verified": "not confirmed",
        "disputed": "contradicted by another account",
    }
)
"""How far an agency has verified what it returns."""
OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "information": "the agency holds information about it",
        "nothing_found": "the agency searched, and holds nothing about it",
    }
)
"""What an answer says of each subject that was asked about."""
KNOWN: Mapping[str, str] = MappingProxyType({"yes": "yes", "no": "no", "not_known": "not known"})

Ask = Callable[[Household], tuple[Line, ...]]
MissingForAll = Callable[[Household], tuple[Missing, ...]]
Found = Callable[[Mapping[str, Any]], bool]
Coverage = Callable[[Mapping[str, Any], Iterable[SubjectRef]], list[Fault]]
Outcomes = Callable[[Mapping[str, Any]], Mapping[UUID, str]]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The fields of the people tables that an agency may be sent: an allow-list for each sort of subject.

    Args:
        person, contact, address: names of columns.
        restricted_purpose: for what purpose the restricted store of victims and ex-partners is opened for
            this agency, for those it is asked about.
    """

    person: tuple[str, ...]
    contact: tuple[str, ...]
    address: tuple[str, ...]
    restricted_purpose: str

    @property
    def describes(self) -> bool:
        """Whether the agency is sent what identifies somebody without a name."""
        return "description" in self.contact


@dataclass(frozen=True, slots=True)
class CheckKind:
    """One kind of check.

    Args:
        key: its stable name, also of its escalation policy (`<key>.allocation`).
        question: what is asked, in words for the agency.
        organisation_kind: who answers.
        duty: the duty under which organisations are registered as answering, by area.
        area_detail: what the area is called among missing details.
        lines: what must be asked, from the household. Empty: the check does not arise.
        missing_for_all: what no question can be sent without.
        allowed: what the agency is sent.
        findings: the schema of a structured answer.
        found: whether findings report anything; false makes them a nil return.
        uncovered: faults of findings about somebody or something that was not asked about.
        happened: the lists of findings about what has been, each with the member that says when.
        outcomes: what findings say of each subject by its id, one of `OUTCOMES`; None where the agency says
            it beside them, in `subjects`.
        outcome_of_homes: what findings say of the homes asked about, where they name people only.
        outcomes_at: where in an answer it is said, a JSON pointer.
        about_person: the answer is about the person, too, who otherwise only helps to find the subjects.
        purpose: why the agency may be sent it.
        legal_basis: on what ground, by its code in `legal_bases`.
        policy: the escalation policy, targets included; figures are defaults of ours.
        areas: the codes of every area that it can be asked of; None where no list is kept.
        national: an agency that answers for the whole country may be registered for the duty; it is asked
            where no agency is registered for the area.
    """

    key: str
    question: str
    organisation_kind: str
    duty: str
    area_detail: str
    lines: Ask
    missing_for_all: MissingForAll
    allowed: Allowed
    findings: type[Schema]
    found: Found
    uncovered: Coverage
    happened: Mapping[str, str]
    outcomes: Outcomes | None
    outcomes_at: str
    outcome_of_homes: Callable[[Mapping[str, Any]], str] | None
    about_person: bool
    purpose: str
    legal_basis: str
    policy: Mapping[str, Any]
    areas: Collection[str] | None = None
    national: bool = False

    def is_moot_once_asked(self, missing: Missing) -> bool:
        """Return whether a missing detail says only whom to ask; where an address itself is says more."""
        return missing.detail == self.area_detail or (
            missing.detail == "address" and missing.kind != "address"
        )

    @property
    def policy_key(self) -> str:
        """The key of its escalation policy."""
        return str(self.policy["key"])

"""What a kind of check must say about itself: one value in one file, whose name nothing else knows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from service.checks.rules import Household, Line, Missing, SubjectRef
from service.errors import Fault
from service.fields import Schema

Ask = Callable[[Household], tuple[Line, ...]]
MissingForAll = Callable[[Household], tuple[Missing, ...]]
Found = Callable[[Mapping[str, Any]], bool]
Coverage = Callable[[Mapping[str, Any], Iterable[SubjectRef]], list[Fault]]


@dataclass(frozen=True, slots=True)
class Allowed:
    """The fields of the people tables that an agency may be sent: an allow-list for each sort of subject.

    Args:
        person, contact, address: names of columns.
        restricted: whether the restricted store of partners and ex-partners is opened for this agency.
    """

    person: tuple[str, ...]
    contact: tuple[str, ...]
    address: tuple[str, ...]
    restricted: bool = False


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
        found: whether findings tell of anything; false makes them a nil return.
        uncovered: faults of a full answer that leaves a subject out.
        policy: the escalation policy, targets included; figures are defaults of ours.
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
    policy: Mapping[str, Any]

    @property
    def policy_key(self) -> str:
        """The key of its escalation policy."""
        return str(self.policy["key"])

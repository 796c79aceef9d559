"""What changed from one version of a question to the next, from what an agency was told in each. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.db import Json

_SORTS: Final[Mapping[str, str]] = {"contacts": "contact", "addresses": "address"}

_LINKS: Final = frozenset({"lives_at", "lived_at", "mother_id"})
"""What is told only where both ends are among the subjects."""


def changed(before: Json, after: Json) -> Json:
    """Return what was added, withdrawn and corrected since the version before.

    Nothing is said that is not in one of the two versions: of what was withdrawn, what the agency was told of
    it, and never what has become of it.

    Args:
        before, after: by the allow-list of the kind: the person, contacts and addresses, each with an `id`.
    """
    told, tells = dict(_subjects(before)), dict(_subjects(after))
    return {
        "added": [_named(subject) for subject in tells if subject not in told],
        "withdrawn": [
            {**_named(subject), "was": _facts(one)} for subject, one in told.items() if subject not in tells
        ],
        "corrected": [
            {**_named(subject), "member": name, "before": told[subject].get(name), "after": value}
            for subject, one in tells.items()
            if subject in told
            for name in _compared(told[subject], one)
            if (value := one.get(name)) != told[subject].get(name)
        ],
    }


def differs(before: Json, now: Json) -> bool:
    """Return whether an agency was told otherwise than the record says now.

    What an earlier release did not send at all makes no difference.

    Args:
        before: a stored version of a question.
        now: the same as it would be sent.
    """
    told, tells = dict(_subjects(before)), dict(_subjects(now))
    return told.keys() != tells.keys() or any(
        one.get(name) != tells[subject].get(name)
        for subject, one in told.items()
        for name in _compared(one, tells[subject])
    )


def _subjects(document: Json) -> Iterator[tuple[tuple[str, Any], Json]]:
    yield ("person", document["person"]["id"]), document["person"]
    for sort, kind in _SORTS.items():
        for one in document[sort]:
            yield (kind, one["id"]), one


def _compared(before: Json, after: Json) -> list[str]:
    """Return what both versions say; what only one of two releases sends has not been corrected."""
    both = before.keys() & after.keys()
    return sorted((both | (_LINKS & (before.keys() | after.keys()))) - {"id"})


def _named(subject: tuple[str, Any]) -> Json:
    kind, subject_id = subject
    return {"kind": kind, "id": subject_id}


def _facts(one: Json) -> Json:
    return {name: value for name, value in one.items() if name != "id"}

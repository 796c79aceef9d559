"""What somebody who sends a document, or a patch of one, says by it. Pure.

A document is kept without nulls; what is said has them, where they withdraw something of the record.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from service.document.paths import Document, Steps, pointer_of

_OF_THE_RECORD: Final = ("person", "household", "addresses")
"""The sections of which the record knows more than the document, member by member."""


def carried(before: Document, sent: Document, required: frozenset[str]) -> dict[str, Any]:
    """Return a document with what it leaves out as in the version before: that changes nothing.

    Args:
        sent: a whole referral, as it was sent; a section that is null is withdrawn.
        required: the members without which it is not a whole referral.
    """
    return {**{name: value for name, value in before.items() if name not in required}, **sent}


def patched(target: Any, patch: Any) -> Any:
    """Return a value with a JSON Merge Patch applied (RFC 7396): null removes, a list replaces the list."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = patched(result.get(name), value)
    return result


def replaced_lists(before: Any, patch: Any, at: Steps = ()) -> Iterator[str]:
    """Return the JSON pointer of every list that a merge patch replaces as a whole."""
    if isinstance(patch, dict):
        for name, value in patch.items():
            inner = before.get(name) if isinstance(before, dict) else None
            yield from replaced_lists(inner, value, (*at, name))
    elif isinstance(patch, list) and isinstance(before, list):
        yield pointer_of(at)


def stated(document: Document, sent: Document) -> dict[str, Any]:
    """Return what is said by a document, or by a merge patch of one.

    Of the record that is only what was sent, with null for what it withdraws; of the rest the whole document.

    Args:
        document: canonical, with what was carried over or patched.
        sent: as it was sent, so that it has the same entries in the same order.
    """
    said = {name: value for name, value in document.items() if name not in _OF_THE_RECORD}
    said |= {
        name: _as_sent(document[name], sent[name])
        for name in _OF_THE_RECORD
        if sent.get(name) is not None and name in document
    }
    always = {name: document["person"][name] for name in _ALWAYS if name in document["person"]}
    return said | {"person": {**said.get("person", {}), **always}}


def _as_sent(value: Any, sent: Any) -> Any:
    if isinstance(value, dict) and isinstance(sent, Mapping):
        said = {name: _as_sent(value[name], each) for name, each in sent.items() if name in value}
        return said | {name: None for name, each in sent.items() if each is None}
    if isinstance(value, list) and isinstance(sent, list):
        return [_as_sent(one, each) for one, each in zip(value, sent, strict=True)]
    return value


_ALWAYS: Final = ("crn", "restricted_record")
"""Whom it is about, and whether the case is limited: said by every document."""

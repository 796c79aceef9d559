"""What a document says when a release has another day, and when supervision ends before its time. Pure.

What it says then contradicts itself nowhere: a plan for after the end is none any more.
"""

from datetime import date
from typing import Any, Final

from service.destinations.sharing import SUPERVISED_RELEASES, SUPERVISION_ENDS, supervision_ends
from service.document.paths import Document, day_at, value_at, with_value

EXPIRY: Final = "sentence.expiry_date"
_AHEAD: Final = ("sentence.hdc_date", "sentence.parole_eligibility_date", "sentence.pss_start_date")
"""The days of a sentence to which nobody comes whose supervision has ended before them."""
RELEASE_MEMBERS: Final = ("release.date_known", "release.date", "release.date_unknown_reason")


def released_on(document: Document, day: date) -> dict[str, Any]:
    """Return a document with another day of release; what begins with the release begins on its day."""
    known = day_at(document, "release.date")
    release = {**(value_at(document, "release") or {}), "date_known": True, "date": day.isoformat()}
    release.pop("date_unknown_reason", None)
    if "releases" in release and known is not None:
        release["releases"] = [
            {**one, "start_date": day.isoformat()} if day_at(one, "start_date") == known else one
            for one in release["releases"]
        ]
    return with_value(document, "release", release)


def is_for_release(document: Document) -> bool:
    """Return whether a referral was made for somebody who is to be released, and not for the community.

    Args:
        document: whole.
    """
    periods = value_at(document, "release.releases") or []
    in_community = periods and all(one.get("type") == "in_community" for one in periods)
    return value_at(document, "release") is not None and not in_community


def ended_on(document: Document, day: date) -> dict[str, Any]:
    """Return a document in which no supervision goes on after a day, also where no end of it was known.

    Args:
        document: a whole version.
    """
    known = supervision_ends(document)
    if known is None:
        return _never_released(with_value(document, EXPIRY, day.isoformat()), day)
    if known <= day:
        return dict(document)
    for path in SUPERVISION_ENDS:
        if _is_after(document, path, day):
            document = with_value(document, path, day.isoformat())
    return _never_released(document, day)


def _never_released(document: Document, day: date) -> dict[str, Any]:
    """Leave out what was to come after a day: it never begins."""
    for path in _AHEAD:
        if _is_after(document, path, day):
            document = without(document, path)
    if _is_after(document, "release.date", day):
        document = with_value(without(document, "release.date"), "release.date_known", False)
    periods = value_at(document, "release.releases")
    if periods:
        begun = [_cut_short(period, day) for period in periods if not _is_after(period, "start_date", day)]
        document = with_value(document, "release.releases", begun)
    return dict(document)


def _cut_short(period: Document, day: date) -> Document:
    if period.get("type") in SUPERVISED_RELEASES and _is_after(period, "end_date", day):
        return {**period, "end_date": day.isoformat()}
    return period


def _is_after(document: Document, path: str, day: date) -> bool:
    found = day_at(document, path)
    return found is not None and found > day


def without(document: Document, path: str) -> dict[str, Any]:
    """Return a document without one value; the path may not go through a list."""
    section, _, name = path.rpartition(".")
    inner = {key: one for key, one in (value_at(document, section) or {}).items() if key != name}
    return with_value(document, section, inner)


def given_back(document: Document, before: Document, after: Document) -> dict[str, Any]:
    """Return a document in which dates are again what they were before a change that was not so.

    What has been said of them since stays.

    Args:
        before, after: the versions before and with that change, whole.
    """
    given = dict(document)
    for path in (*RELEASE_MEMBERS, "release.releases", *SUPERVISION_ENDS, *_AHEAD):
        was, became = value_at(before, path), value_at(after, path)
        if was != became and value_at(document, path) == became:
            given = without(given, path) if was is None else with_value(given, path, was)
    return given

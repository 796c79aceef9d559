"""Advice that several destinations give alike. Pure."""

from collections.abc import Iterator
from datetime import date, timedelta

from service.destinations.case import Case
from service.destinations.contract import Advice
from service.document.days import months_after

OASYS_MONTHS = 6


def stale_oasys(case: Case) -> Iterator[Advice]:
    """Flag an assessment older than six months, or none at all (the accommodation services' rule)."""
    assessed_on = case.day("risk.oasys.assessed_on")
    if assessed_on is None:
        yield Advice(
            "oasys_missing",
            "The referral has no OASys assessment. Give the date of the latest one.",
            "/risk/oasys/assessed_on",
        )
    elif assessed_on < months_after(case.today, -OASYS_MONTHS):
        yield Advice(
            "oasys_older_than_six_months",
            "The OASys assessment is more than six months old. Review it.",
            "/risk/oasys/assessed_on",
        )
    yield from _old_imports(case)


def _old_imports(case: Case) -> Iterator[Advice]:
    for position, imported in enumerate(case.value("provenance") or []):
        dated = imported.get("dated")
        old = dated and date.fromisoformat(dated) < months_after(case.today, -OASYS_MONTHS)
        if old and imported["source"] == "oasys":
            yield Advice(
                "imported_answer_older_than_six_months",
                "This answer comes from an OASys assessment that is more than six months old. Check it.",
                f"/provenance/{position}/dated",
            )


def short_licence(case: Case, start: date | None, nights: int) -> Iterator[Advice]:
    """Flag a stay that would outlast the licence.

    Args:
        start: the first night, if known.
        nights: the length of the stay.
    """
    ends = case.day("sentence.licence_expiry_date") or case.day("sentence.expiry_date")
    if start and ends and start + timedelta(days=nights) > ends:
        yield Advice(
            "licence_ends_before_stay",
            "The licence ends before the stay does. Sharing after the licence needs another basis.",
            "/sentence/licence_expiry_date",
        )

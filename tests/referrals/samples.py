"""Complete submissions for tests and journeys. Every name, number and address is invented."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from service.demo.sample import sample

MONDAY = date(2026, 3, 2)
DARREN = "X320741"
LEEDS, MANCHESTER = "E08000035", "E08000003"
EX_PARTNERS_POSTCODE, EX_PARTNERS_STREET = "M21 9WQ", "4 Larkhill Close"


def darren_and_toby(reference: str = "DAT-1", today: date = MONDAY, crn: str = DARREN) -> dict[str, Any]:
    """Two known cases in one person: see `service.demo.sample`. Under another CRN it is another person."""
    submission: dict[str, Any] = sample(today, reference, crn)
    if crn != DARREN:
        submission["person"] |= numbers_of(crn)
    return submission


def numbers_of(crn: str) -> dict[str, str]:
    """Return a prison number and a PNC number that nobody under another CRN has."""
    first, second, *last = crn[1:]
    letters = "".join("ABCDEFGHJK"[int(digit)] for digit in (first, second))
    return {"noms_number": f"A{''.join(last)}{letters}", "pnc_number": f"2009/0{crn[1:]}Q"}


def toby(reference: str = "TOB-1", today: date = MONDAY, crn: str = "X320744") -> dict[str, Any]:
    """A community order and low risk; nobody has asked about the son; only help with a home is sought."""
    submission = darren_and_toby(reference, today, crn)
    submission["person"] |= {
        "name": {"given": "Toby", "family": "Marchbanks"},
        "location": {"type": "community"},
    }
    submission["sentence"] = {
        "type": "community_order",
        "length": {"months": 18},
        "expiry_date": (today + timedelta(days=500)).isoformat(),
    }
    del submission["release"], submission["licence"]
    submission["risk"]["rosh"] = {
        group: {"level": "low"} for group in ("children", "public", "known_adult", "staff", "prisoners")
    }
    return asking(submission, lambda entry: entry.get("service_category") == "accommodation")


def asking(document: dict[str, Any], of: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return a document that asks only some of its destinations, with what is worded for them."""
    asked = [entry for entry in document["destinations"] if of(entry)]
    keys = {":".join(filter(None, (entry["kind"], entry.get("service_category")))) for entry in asked}
    worded = [one for one in document.get("wordings", []) if one["destination"] in keys]
    return {**document, "destinations": asked, "wordings": worded}


def minimal(reference: str = "MIN-1", crn: str = "X320742") -> dict[str, Any]:
    """Only what a submission cannot do without: the destination in it is incomplete."""
    return {
        "submission_reference": reference,
        "person": {"crn": crn, "name": {"given": "Larry", "family": "Penhallow"}},
        "referrer": {"name": "Priya Shah", "email": "priya.shah@probation.example"},
        "sharing_basis": {"legal_basis": "statutory_supervision", "person_told": True},
        "destinations": [{"kind": "crs", "service_category": "accommodation", "annex": {}}],
    }


def urgent_from_court(reference: str = "URG-1", today: date = MONDAY, crn: str = "X320743") -> dict[str, Any]:
    """Released from court today, no report, no OASys: an approved premises and MAPPA are asked at once."""
    submission = minimal(reference, crn)
    submission["person"]["location"] = {"type": "community"}
    return submission | {
        "urgency": "urgent",
        "urgency_reason": "Sentenced and released today on time served; no report and no OASys.",
        "release": {"date_known": True, "date": today.isoformat()},
        "risk": {"rosh": {"public": {"level": "high"}}},
        "offence": {"index": {"summary": "Assault occasioning actual bodily harm."}},
        "destinations": [
            {
                "kind": "approved_premises",
                "annex": {
                    "type": "normal",
                    "risk_rationale": "No address, and threats made from the dock.",
                    "placement": {"start_same_as_release": True},
                    "short_notice_reason": "short_sentence",
                },
            },
            {
                "kind": "mappa",
                "annex": {
                    "area": "west-yorkshire",
                    "category": 2,
                    "level_requested": 2,
                    "reason_for_referral": "Threats to kill made in court; nobody holds a plan.",
                },
            },
            {"kind": "crs", "service_category": "accommodation", "annex": {}},
        ],
    }


def with_risen(
    document: dict[str, Any], group: str = "known_adult", level: str = "very_high"
) -> dict[str, Any]:
    """Return a document that says of one group what has risen on record: below it, it would be refused."""
    risk = document["risk"]
    rosh = risk["rosh"] | {group: risk["rosh"][group] | {"level": level}}
    return document | {"risk": risk | {"rosh": {**rosh, "overall": level} if "overall" in rosh else rosh}}

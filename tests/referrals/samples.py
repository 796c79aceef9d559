"""Complete submissions for tests, journeys and the demo. Every name, number and address is invented.

Dates count from the day given (`day+22` in the file), so that a story can be told at any time of the year.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

MONDAY = date(2026, 3, 2)
LEEDS, MANCHESTER = "E08000035", "E08000003"
EX_PARTNERS_POSTCODE, EX_PARTNERS_STREET = "M21 9WQ", "4 Larkhill Close"


def darren_and_toby(reference: str = "DAT-1", today: date = MONDAY, crn: str = "X320741") -> dict[str, Any]:
    """Two known cases in one person.

    In custody and going to an approved premises under MAPPA, with a move-on address later; an on-and-off
    ex-partner in another force's area, and a son whose date of birth nobody has asked for.
    """
    submission: dict[str, Any] = _dated(
        json.loads((Path(__file__).parent / "darren_and_toby.json").read_text()), today
    )
    submission["submission_reference"] = reference
    submission["person"]["crn"] = crn
    return submission


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
    submission["destinations"] = [
        entry for entry in submission["destinations"] if entry.get("service_category") == "accommodation"
    ]
    return submission


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


def _dated(value: Any, today: date) -> Any:
    if isinstance(value, dict):
        return {name: _dated(member, today) for name, member in value.items()}
    if isinstance(value, list):
        return [_dated(member, today) for member in value]
    if isinstance(value, str) and value.startswith(("day+", "day-")):
        return (today + timedelta(days=int(value.removeprefix("day")))).isoformat()
    return value

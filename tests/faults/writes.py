"""Every call that stores something, ready to be made: who makes it, where, and a body that would be taken."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse

from tests.cast import Caller
from tests.checks.factories import outcomes
from tests.faults.fixtures import CRN, Place
from tests.journeys.driver import EMPLOYER, NOTHING_KNOWN, Json, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

Steps = tuple[str | int, ...]


SEEN: Json = {"how": "home_visit", "on": "2026-02-27", "person_seen": True, "others_seen": 1}
PAPER: Json = {"how": "document", "on": "2026-02-27"}
"""How a home was verified, and somebody who was not seen."""


@dataclass(frozen=True)
class Write:
    """A call that changes or makes something.

    Args:
        seen_at: where the version that it changes is read; None when it makes something new.
    """

    caller: Caller
    path: str
    body: Json
    seen_at: str | None = None
    method: str = "POST"

    def send(self, data: bytes | None = None, **more: Any) -> TestResponse:
        """Make the call with another body, everything else being right.

        Args:
            data: the body byte for byte; JSON that is right when neither this nor `json` is given.
        """
        headers = {"Idempotency-Key": "12345678", **more.pop("headers", {})}
        if self.seen_at:
            headers["If-Match"] = self.tag()
        if data is not None:
            more = {"data": data, "content_type": "application/json", **more}
        elif "json" not in more:
            more["json"] = self.body
        return self.caller._call(self.method, self.path, headers, **more)

    def tag(self) -> str:
        """Return the tag of the version that is changed."""
        return self.caller.get(self.seen_at or "").headers["ETag"]


def part_of(place: Place, kind: str, category: str | None = None) -> str:
    """Return the path of one destination's part of the open case."""
    part = place.story.part(place.referral["id"], kind, category)["id"]
    return f"/v1/destination-referrals/{part}"


def writes(place: Place) -> dict[str, Write]:
    """Return every call that stores something, by what it does."""
    officer, crs, ap, mappa = place.officer, place.cast.crs, place.cast.ap, place.cast.mappa
    referral = f"/v1/referrals/{place.referral['id']}"
    amended = darren_and_toby()
    amended["risk"]["additional_information"] = "See him in the afternoon."
    keyring, house, area = (
        part_of(place, "crs", "accommodation"),
        part_of(place, "approved_premises"),
        part_of(place, "mappa"),
    )
    person, keeper = person_at(CRN), place.cast.probation.as_practitioner("r.keeper", "records_manager")
    contact = next(
        one for one in ok(officer.get(f"{person}/contacts"))["items"] if one["details_status"] != "provided"
    )
    home = ok(officer.get(f"{person}/addresses"))["items"][0]
    asked, check = place.rows(
        "SELECT q.id, q.check_id FROM check_request q JOIN safety_check c ON c.id = q.check_id"
        " JOIN person p ON p.id = c.person_id"
        " WHERE p.crn = %s AND q.agency_id = %s AND q.state IN ('requested', 'acknowledged') ORDER BY 1",
        CRN,
        place.cast.police.organisation_id,
    )[0]
    request = f"/v1/check-requests/{asked}"
    review, waiting = (
        place.rows(
            "SELECT r.id FROM review r JOIN person p ON p.id = r.person_id WHERE p.crn = %s AND r.state = %s",
            CRN,
            state,
        )[0][0]
        for state in ("open", "awaiting_agreement")
    )
    (deciding,) = place.rows(
        "SELECT d.id FROM disclosure_decision d JOIN person p ON p.id = d.person_id"
        " WHERE p.crn = %s AND d.recipient = 'employer'",
        CRN,
    )[0]
    contacts = [
        {
            "ref": "new-partner",
            "relationship": "partner",
            "given_name": "Una",
            "family_name": "Ash",
            "date_of_birth": "1990-02-03",
            "details_status": "provided",
        }
    ]
    address = {
        "ref": "new-flat",
        "kind": "visited",
        "lines": ["2 Low Row"],
        "postcode": "LS9 8AA",
        "police_force": "west-yorkshire",
        "local_authority": "E08000035",
    }
    return {
        "submit": Write(officer, "/v1/referrals", darren_and_toby("NEW", crn="X320760")),
        "preview": Write(officer, "/v1/referrals/preview", darren_and_toby("NEW", crn="X320760")),
        "amend": Write(officer, f"{referral}/versions", amended, seen_at=referral),
        "decide": Write(
            mappa,
            f"{area}/transitions",
            {"action": "request_information", "question": "Who holds the plan?"},
            seen_at=area,
        ),
        "write": Write(crs, f"{keyring}/messages", {"body": "When?"}),
        "report": Write(
            crs, f"{keyring}/updates", {"kind": "progress", "content": {"summary": "Settling in."}}
        ),
        "take note": Write(crs, f"{keyring}/acknowledgements", {"version": 1}),
        "offer": Write(
            ap,
            f"{house}/placement",
            {"action": "offer", "expected_arrival": "2026-03-24", "expected_departure": "2026-06-16"},
            seen_at=f"{house}/placement",
        ),
        "raise a concern": Write(
            crs,
            f"{keyring}/concerns",
            {"occurred_on": "2026-03-02", "details": "Shouting.", "people": ["partner"]},
        ),
        "say how a release is arranged": Write(
            officer,
            f"{person}/release-arrangements",
            {
                "tag": {"state": "not_required"},
                "first_appointment": {
                    "state": "booked",
                    "day": "2026-05-22",
                    "time": "14:30",
                    "office": "Trafford",
                },
            },
        ),
        "tell a change": Write(
            officer,
            f"{person}/changes-of-circumstance",
            {
                "kind": "new_relationship",
                "occurred_on": "2026-03-02",
                "source": "practitioner",
                "standing": "alleged",
                "details": "Seen together.",
                "urgent": False,
                "contacts": contacts,
                "addresses": [address],
            },
        ),
        "propose an address": Write(officer, f"{person}/addresses", address),
        "supply details": Write(
            officer,
            f"{person}/contacts/{contact['id']}",
            {"given_name": "Corey", "date_of_birth": "2018-04-05", "verification": PAPER},
            seen_at=f"{person}/contacts/{contact['id']}",
            method="PATCH",
        ),
        "put an address right": Write(
            officer,
            home["href"],
            {"because": "correction", "lines": ["81 Tannery Fold", "Leeds"], "verification": SEEN},
            seen_at=home["href"],
            method="PATCH",
        ),
        "enter a contact in error": Write(
            officer,
            f"{person}/contacts/{contact['id']}/entered-in-error",
            {"reason": "He is the neighbour's."},
            seen_at=f"{person}/contacts/{contact['id']}",
        ),
        "enter an address in error": Write(
            officer,
            f"{home['href']}/entered-in-error",
            {"reason": "It is another person's."},
            seen_at=home["href"],
        ),
        "patch a referral": Write(
            officer,
            referral,
            {"person": {"phone": "0113 496 0001", "noms_number": None}},
            seen_at=referral,
            method="PATCH",
        ),
        "ask back": Write(
            place.cast.police,
            f"{request}/transitions",
            {"action": "return_for_information", "question": "Which flat?"},
            seen_at=request,
        ),
        "answer": Write(place.cast.police, f"{request}/results", _answer(request)),
        "send release dates": Write(
            place.cast.prison,
            "/v1/release-dates",
            {
                "lines": [
                    {
                        "noms_number": "A1234BC",
                        "crn": CRN,
                        "release_date": "2026-05-20",
                        "kind": "confirmed",
                        "as_of": "2026-03-02T09:00:00Z",
                    }
                ]
            },
        ),
        "need no answer": Write(
            place.callers()["manager"],
            f"/v1/checks/{check}/decisions",
            {"decision": "not_required", "reason": "Moved abroad."},
            seen_at=f"/v1/checks/{check}",
        ),
        "agree to a review": Write(
            place.callers()["manager"],
            f"/v1/reviews/{waiting}/agreement",
            {"agreed": True, "reason": "So it had."},
            seen_at=f"/v1/reviews/{waiting}",
        ),
        "open a disclosure decision": Write(officer, f"{person}/disclosure-decisions", EMPLOYER),
        "move a disclosure decision": Write(
            officer,
            f"/v1/disclosure-decisions/{deciding}/transitions",
            {"action": "propose", "proposal": {"tell": False, "reason": "He works alone."}},
            seen_at=f"/v1/disclosure-decisions/{deciding}",
        ),
        "open a request for subject access": Write(
            keeper,
            f"{person}/subject-access",
            {"asked_by": "person", "identity_confirmed": "Seen.", "received_on": "2026-03-02"},
        ),
        "complete a review": Write(
            officer,
            f"/v1/reviews/{review}/completion",
            {
                "changes": ["curfew"],
                "considered": [{"what": "mappa", "outcome": "not_needed", "reason": "Known to it."}],
            },
            seen_at=f"/v1/reviews/{review}",
        ),
    }


def _answer(request: str) -> Json:
    incident = {
        "source": "Crime system",
        "verified": "verified",
        "reference": "13/1",
        "date": "2021-05-06",
        "place": "At the shop.",
        "role": "both",
        "children_present": "no",
        "summary": "Pushing on both sides.",
        "police_outcome": "words_of_advice",
    }
    return {
        "complete": True,
        "nothing_found": False,
        "valid_as_at": "2026-03-09",
        "searched": {"from": "2010-01-01", "until": "2026-03-09", "sources": ["Own records"]},
        "findings": {**NOTHING_KNOWN, "incidents": [incident]},
        "documents": [{"reference": "D-1", "title": "Log", "dated": "2021-05-06"}],
        "subjects": outcomes(request.rpartition("/")[2], nothing_found=False),
    }


def leaves(value: Any, at: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    """Return every value of a body that holds no other."""
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    else:
        yield at, value
    for step, member in members:
        yield from leaves(member, (*at, step))


def objects(value: Any, at: Steps = ()) -> Iterator[Steps]:
    """Return where every object of a body stands, the body itself first."""
    if isinstance(value, dict):
        yield at
    for step, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from objects(member, (*at, step))


def changed(body: Json, change: Callable[[Steps, Any], Any]) -> Json:
    """Return a body in which each leaf is what `change` makes of it."""
    made = copy.deepcopy(body)
    for at, value in list(leaves(body)):
        *way, last = at
        inner: Any = made
        for step in way:
            inner = inner[step]
        inner[last] = change(at, value)
    return made


def pointer(at: Steps) -> str:
    """Write a place as a JSON pointer."""
    return "".join(f"/{step}" for step in at)

"""Two regions between which a case goes: Yorkshire and the Humber, which holds it, and the North West."""

from typing import Any

from tests.cast import Caller
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import minimal
from tests.rows import person_id

CRN = "X320741"
OFFER = {"reason": "He moves to Preston on release.", "to_region": "N51"}
REQUEST = {"reason": "He lives with his mother in Preston.", "pdu": "Central Lancashire"}
TAKEN = {"action": "accept", "practitioner": "n.west", "pdu": "Central Lancashire"}


class Regions(Story):
    """Yorkshire and the Humber, which holds the case, and the North West."""

    @property
    def north_west(self) -> Caller:
        return self.cast.stranger.as_practitioner("n.west", pdu="Central Lancashire")

    @property
    def their_spo(self) -> Caller:
        return self.cast.stranger.as_practitioner("w.spo", "spo", pdu="Central Lancashire")

    def offer(self, **more: Any) -> Json:
        given = {"person_id": str(person_id(CRN)), **OFFER, **more}
        return ok(self.practitioner.post("/v1/transfers", json=given), 201)

    def side_record(self) -> str:
        """Let the North West submit for the same CRN, and return the id of its own record."""
        referral = ok(self.north_west.post("/v1/referrals", json=minimal("NW-1", CRN)), 201)
        return str(referral["person"]["id"])

    def request(self, **more: Any) -> Json:
        given = {"person_id": self.side_record(), **REQUEST, **more}
        return ok(self.north_west.post("/v1/transfers", json=given), 201)

    def settle(self, caller: Caller, transfer: Json, **given: Any) -> Any:
        seen = caller.get(transfer["href"])
        return caller.post(f"{transfer['href']}/transitions", json=given, if_match=seen.headers.get("ETag"))

"""What a decision to tell an organisation of MAPPA opens: its texts about one person, and no further."""

from typing import Any

import pytest

from service import clock
from tests.cast import Caller
from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

CRN, ANOTHER = "X320741", "X320799"
TEXT = "/risk/management_plan/current_situation"
PANEL = "The MAPPA level 2 panel meets monthly."


def path(part: Json, below: str = "") -> str:
    return f"/v1/destination-referrals/{part['id']}{below}"


def decide_to_tell(story: Story, whom: Caller, crn: str = CRN) -> Json:
    """Propose that an organisation is told of MAPPA, as a meeting decided, and have a manager agree."""
    day = clock.today().isoformat()
    given = {"recipient": "agency", "organisation_id": str(whom.organisation_id), "reason": "They house him."}
    decision = ok(story.practitioner.post(f"{person_at(crn)}/disclosure-decisions", json=given), 201)
    proposal = {
        "tell": True,
        "reason": "They plan for his nights.",
        "subjects": ["mappa"],
        "words": "He is managed under MAPPA.",
        "legal_basis": "mappa_arrangements",
        "mappa": {"decided_on": day, "chair": "T. Reed", "present": ["Police", "Housing"]},
        "told_by": "Priya Shah",
        "tell_by": day,
        "withheld": [{"what": "who the victim is", "why": "They need not know it."}],
        "person": {"informed": "told_before", "reason": "He knows of the panel."},
    }
    ok(story.tell(decision["id"], "propose", proposal=proposal))
    ok(story.decide_telling(decision["id"]))
    return decision


def says(story: Story, part: Json) -> Any:
    return story.practitioner.post(path(part, "/messages"), json={"body": PANEL})


def submitted(story: Story, crn: str = CRN, reference: str = "MAY-1") -> Json:
    document = darren_and_toby(reference, crn=crn)
    document["risk"]["management_plan"]["current_situation"] = PANEL
    return story.submit(document)


def gaps_to_word(part: Json) -> list[str]:
    return [gap["pointer"] for gap in part["missing"] if "reword_for" in gap]


def test_an_agreed_decision_opens_the_gate_and_what_waited_is_sent(story: Story) -> None:
    referral = submitted(story)
    waiting = story.part(referral["id"], "approved_premises")
    assert (waiting["state"], gaps_to_word(waiting)) == ("incomplete", [TEXT])
    before = story.referral(referral["id"])["destinations"]
    decide_to_tell(story, story.cast.ap)
    part = story.part(referral["id"], "approved_premises")
    assert (part["state"], gaps_to_word(part)) == ("sent", [])
    assert PANEL in str(story.document(story.cast.ap, part["id"])["document"])
    assert says(story, part).status_code == 201
    # And no further: nobody else, and nobody else's case.
    others = [one for one in before if one["kind"] != "approved_premises"]
    after = story.referral(referral["id"])["destinations"]
    assert [one for one in after if one["kind"] != "approved_premises"] == others
    another = submitted(story, ANOTHER, "MAY-2")
    assert gaps_to_word(story.part(another["id"], "approved_premises")) == [TEXT]


def test_a_decision_about_what_was_sent_without_a_text_sends_the_text(story: Story) -> None:
    document = samples.urgent_from_court("MAY-3", crn=CRN)
    document["risk"]["management_plan"] = {"current_situation": PANEL}
    referral = story.submit(document)
    ap = story.part(referral["id"], "approved_premises")
    assert gaps_to_word(ap) == [TEXT]
    assert PANEL not in str(story.document(story.cast.ap, ap["id"])["document"])
    crs = story.part(referral["id"], "crs", "accommodation")
    read = len(story.feed(story.cast.crs))
    decide_to_tell(story, story.cast.ap)
    assert PANEL in str(story.document(story.cast.ap, ap["id"])["document"])
    assert gaps_to_word(story.part(referral["id"], "approved_premises")) == []
    assert len(story.feed(story.cast.crs)) == read
    assert story.part(referral["id"], "crs", "accommodation")["sent_version"] == crs["sent_version"]


def test_a_later_version_is_compared_with_what_was_decided(story: Story) -> None:
    referral = story.submit(darren_and_toby("MAY-4", crn=CRN))
    ap = story.part(referral["id"], "approved_premises")
    story.document(story.cast.ap, ap["id"])
    assert says(story, ap).status_code == 422
    decide_to_tell(story, story.cast.ap)
    document = darren_and_toby("MAY-4", crn=CRN)
    document["risk"]["management_plan"]["current_situation"] = PANEL
    where = f"/v1/referrals/{referral['id']}"
    tag = story.practitioner.get(where).headers["ETag"]
    ok(story.practitioner.post(f"{where}/versions", json=document, if_match=tag))
    assert PANEL in str(story.document(story.cast.ap, ap["id"])["document"])


@pytest.mark.parametrize("subjects", [["conditions"], ["risk", "safety"]])
def test_a_decision_to_tell_something_else_opens_nothing(story: Story, subjects: list[str]) -> None:
    referral = submitted(story)
    day = clock.today().isoformat()
    given = {
        "recipient": "agency",
        "organisation_id": str(story.cast.ap.organisation_id),
        "reason": "They house him.",
    }
    decision = ok(story.practitioner.post(f"{person_at(CRN)}/disclosure-decisions", json=given), 201)
    proposal = {
        "tell": True,
        "reason": "They plan for his nights.",
        "subjects": subjects,
        "words": "He may not go out at night.",
        "legal_basis": "common_law",
        "told_by": "Priya Shah",
        "tell_by": day,
        "withheld": [{"what": "who the victim is", "why": "They need not know it."}],
        "person": {"informed": "told_before", "reason": "He knows."},
        "safety_plan": "The premises check that he is in by nine.",
    }
    ok(story.tell(decision["id"], "propose", proposal=proposal))
    ok(story.decide_telling(decision["id"]))
    part = story.part(referral["id"], "approved_premises")
    assert gaps_to_word(part) == [TEXT]


def test_an_agency_reads_words_of_mappa_once_it_is_told(story: Story) -> None:
    story.submit(darren_and_toby("MAY-5", crn=CRN))
    council = story.cast.council
    son = story.contact(CRN, "son")
    story.supply(CRN, son, given_name="Toby", family_name="March", date_of_birth="2019-03-08")
    request = story.inbox(council)[0]
    story.move_request(council, request["id"], "return_for_information", question="Who plans for him?")
    at = f"/v1/check-requests/{request['id']}"

    def answered() -> int:
        tag = story.practitioner.get(at).headers["ETag"]
        body = {"action": "answer_information", "answer": PANEL}
        answer = story.practitioner.post(f"{at}/transitions", json=body, if_match=tag)
        return int(answer.status_code)

    assert answered() == 422
    decide_to_tell(story, council)
    assert answered() == 200

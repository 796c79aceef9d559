"""What is said to a third party gives away nothing that they may not know, and rests on a law that fits."""

from typing import Any, Final

import pytest

from service import clock
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.third_parties.samples import CRN, opened, pointers, proposal
from tests.twins.worlds import HER_HOME, QUIST

pytestmark = pytest.mark.long


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


@pytest.mark.parametrize(
    "words",
    [
        "Kirsty Holdsworth left him.",
        "His former partner lives on Larkhill Close in Chorlton.",
        "He is managed under MAPPA at level 2.",
    ],
)
def test_words_that_give_somebody_away_are_not_proposed(story: Story, words: str) -> None:
    story.submit(darren_and_toby())
    decision = opened(story)["id"]
    refused = story.tell(decision, "propose", proposal=proposal(words=words))
    assert pointers(refused) == {"/proposal/words"}
    assert "Kirsty" not in refused.text
    ok(story.tell(decision, "propose", proposal=proposal()))


def test_whoever_is_told_of_convictions_may_hear_that_he_is_a_registered_sex_offender(story: Story) -> None:
    story.submit(darren_and_toby())
    decision = opened(story)["id"]
    words = "He is a registered sex offender and has an SHPO."
    of_safety = proposal(words=words, subjects=["safety"], safety_plan="They ring us.")
    assert pointers(story.tell(decision, "propose", proposal=of_safety)) == {"/proposal/words"}
    mappa = proposal(words=f"{words} MAPPA meets about him.", subjects=["convictions"])
    assert pointers(story.tell(decision, "propose", proposal=mappa)) == {"/proposal/words"}
    ok(story.tell(decision, "propose", proposal=proposal(words=words, subjects=["convictions"])))


def test_a_protected_contact_is_told_by_their_own_name_and_of_nobody_else(story: Story) -> None:
    story.submit(darren_and_toby())
    contacts = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    kirsty = next(one["id"] for one in contacts if one["relationship"] == "ex_partner")
    path, her = f"{person_at(CRN)}/disclosure-decisions", {"recipient": "partner", "contact_id": kirsty}
    decision = ok(story.practitioner.post(path, json=her | {"reason": "She asked."}), 201)["id"]
    said = proposal(words="Kirsty Holdsworth, he may come to Larkhill Close.", safety_plan="She rings us.")
    mappa = said | {"words": "Kirsty Holdsworth, he is under MAPPA."}
    assert pointers(story.tell(decision, "propose", proposal=mappa)) == {"/proposal/words"}
    ok(story.tell(decision, "propose", proposal=said))


def test_what_was_told_otherwise_is_recorded_and_shown_to_a_manager(story: Story) -> None:
    story.submit(darren_and_toby())
    decision = opened(story)["id"]
    ok(story.tell(decision, "propose", proposal=proposal()))
    ok(story.decide_telling(decision))
    told: dict[str, Any] = {"told_on": clock.today().isoformat(), "by": "p.shah", "means": "by_telephone"}
    other = told | {"words": "Kirsty Holdsworth left him."}
    assert pointers(story.tell(decision, "record_told", told=other)) == {"/told/why_different"}
    done = ok(story.tell(decision, "record_told", told=other | {"why_different": "They asked outright."}))
    assert done["steps"][-1]["said"]["gave_away"] == ["name"]
    (news,) = story.told(story.practitioner, "disclosure_decision.told")
    assert news["data"]["for"] == ["practitioner", "spo"]
    assert "Kirsty" not in str(news)


def test_what_is_withheld_says_why(story: Story) -> None:
    story.submit(darren_and_toby())
    decision = opened(story)["id"]
    left_out = {name: value for name, value in proposal().items() if name != "withheld"}
    assert pointers(story.tell(decision, "propose", proposal=left_out)) == {"/proposal/withheld"}
    bare = proposal(withheld=[{"what": "what he was convicted of"}])
    assert pointers(story.tell(decision, "propose", proposal=bare)) == {"/proposal/withheld/0/why"}
    whole = [{"what": "what he was convicted of", "why": "The trade does not need it."}]
    said = ok(story.tell(decision, "propose", proposal=proposal(withheld=whole)))
    assert said["steps"][-1]["said"]["withheld"] == whole


def test_the_law_is_shown_with_its_regime_once_a_manager_agreed(story: Story) -> None:
    story.submit(darren_and_toby())
    decision = opened(story)["id"]
    assert ok(story.tell(decision, "propose", proposal=proposal()))["legal_basis"] is None
    ok(story.decide_telling(decision))
    basis = ok(story.practitioner.get(f"/v1/disclosure-decisions/{decision}"))["legal_basis"]
    assert basis["code"] == "common_law"
    assert basis["regime"] == "law enforcement: Part 3 of the Data Protection Act 2018"
    assert "Schedule 8, paragraph 4" in basis["condition"]
    again = ok(story.tell(decision, "reopen", reason="He has lost the job."))
    assert again["legal_basis"] is None


def test_supervision_is_no_basis_once_the_licence_has_ended(story: Story) -> None:
    document = darren_and_toby()
    document["sentence"] |= {"expiry_date": "2026-06-30", "licence_expiry_date": "2026-06-30"}
    document["release"]["releases"][0]["end_date"] = "2026-06-30"
    story.submit(document)
    agency = {"recipient": "agency", "organisation_id": str(story.cast.cas3.organisation_id)}
    path = f"{person_at(CRN)}/disclosure-decisions"
    decision = ok(story.practitioner.post(path, json=agency | {"reason": "They house him."}), 201)["id"]
    story.clock.set("2026-06-30T09:00:00Z")
    ok(story.tell(decision, "propose", proposal=proposal(legal_basis="managing_offenders")))
    ok(story.decide_telling(decision, agreed=False))
    story.clock.set("2026-07-01T09:00:00Z")
    refused = story.tell(decision, "propose", proposal=proposal(legal_basis="managing_offenders"))
    assert pointers(refused) == {"/proposal/legal_basis"}
    (error,) = refused.get_json()["errors"]
    assert error["detail"].startswith("Does not fit: the licence or order has ended. These do: common_law")


NAMES_HER: Final = "He may not work with Ottoline Quist of 9 Pemberton Rise."


def protect(story: Story, referral: Json) -> None:
    """Record somebody as a victim, with her home."""
    document = darren_and_toby()
    document["household"]["contacts"].append(QUIST)
    document["addresses"].append(HER_HOME)
    path = f"/v1/referrals/{referral['id']}"
    tag = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/versions", json=document, if_match=tag))


def to_look_at(story: Story, decision: Json) -> list[str]:
    """Return what reviews say is to be looked at of a decision."""
    changes = ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))["items"]
    words = [one["details"] for one in changes if one["kind"] == "told_of_protected" and one["reviews"]]
    return [line for each in words for line in each.splitlines() if decision["href"] in line]


def test_nobody_agrees_to_words_that_name_somebody_protected_since(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", proposal=proposal(words=NAMES_HER)))
    protect(story, referral)
    assert to_look_at(story, decision) == [f"{decision['href']}/words: name, whereabouts"]
    refused = story.decide_telling(decision["id"])
    assert refused.status_code == 409
    assert "name, whereabouts" in refused.get_json()["detail"]
    assert "Quist" not in refused.text
    ok(story.decide_telling(decision["id"], agreed=False))
    ok(story.tell(decision["id"], "propose", proposal=proposal()))
    ok(story.decide_telling(decision["id"]))


def test_words_agreed_to_are_looked_at_once_they_name_somebody_protected(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    decision = opened(story)
    ok(story.tell(decision["id"], "propose", proposal=proposal(words=NAMES_HER)))
    ok(story.decide_telling(decision["id"]))
    protect(story, referral)
    assert to_look_at(story, decision)
    told = {"told_on": clock.today().isoformat(), "by": "p.shah", "means": "in_person"}
    assert pointers(story.tell(decision["id"], "record_told", told=told)) == {"/told/why_different"}
    said = ok(
        story.tell(decision["id"], "record_told", told=told | {"why_different": "He was told yesterday."})
    )
    assert said["state"] == "told"


def test_nobody_is_told_on_a_basis_that_has_ended(story: Story) -> None:
    document = darren_and_toby()
    document["sentence"] |= {"expiry_date": "2026-06-30", "licence_expiry_date": "2026-06-30"}
    document["release"]["releases"][0]["end_date"] = "2026-06-30"
    story.submit(document)
    story.clock.set("2026-06-29T09:00:00Z")
    agency = {"recipient": "agency", "organisation_id": str(story.cast.cas3.organisation_id)}
    path = f"{person_at(CRN)}/disclosure-decisions"
    late, early = (
        ok(story.practitioner.post(path, json=agency | {"reason": "They house him."}), 201)["id"]
        for _ in range(2)
    )
    until = {"legal_basis": "managing_offenders", "tell_by": "2026-07-05"}
    for one in (late, early):
        ok(story.tell(one, "propose", proposal=proposal(**until)))
    ok(story.decide_telling(early))
    story.clock.set("2026-07-01T09:00:00Z")
    refused = story.decide_telling(late)
    assert refused.status_code == 409
    assert "the licence or order has ended" in refused.get_json()["detail"]
    told = {"told_on": "2026-07-01", "by": "p.shah", "means": "in_person"}
    assert pointers(story.tell(early, "record_told", told=told)) == {"/told/why_different"}
    ok(story.tell(early, "reopen", reason="His licence has ended."))

"""Limiting a live case shuts nobody out who works on it, and lets nobody in who does not."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from service import db
from tests.cast import Cast
from tests.conftest import TheClock
from tests.faults.fixtures import Place
from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import held_meanwhile_by
from tests.referrals.samples import darren_and_toby, minimal
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN = "X320741"
AT_WORK = {
    "p.shah": "practitioner",
    "a.amender": "practitioner",
    "c.changes": "practitioner",
    "d.details": "practitioner",
    "e.reviewer": "head_of_public_protection",
    "f.completer": "head_of_public_protection",
    "s.okafor": "spo",
    "h.grant": "pdu_head",
}
"""Who works on the case, by what each has done or is, and the role."""
MANAGER = "spo"
"""The role of who limits a case by a document and neither answers for it nor is in its team."""

NOT_AT_WORK = {"n.other": "practitioner", "o.previews": "practitioner", "m.reader": "spo"}


@pytest.fixture
def place(server: str, database: str, cast: Cast, the_clock: TheClock) -> Place:
    """A live case on which each of `AT_WORK` has done something different."""
    place = Place(server, database, cast, Story(cast, the_clock))
    story = place.story
    place.referral = story.submit(darren_and_toby())
    path = place.referral["href"]
    amender = cast.probation.as_practitioner("a.amender")
    document = darren_and_toby()
    document["needs"]["alcohol"]["detail"] = "Every evening."
    ok(amender.post(f"{path}/versions", json=document, if_match=amender.get(path).headers["ETag"]))
    story.report_change(CRN, "arrest", cast.probation.as_practitioner("c.changes"))
    son = story.contact(CRN, "son")
    details = cast.probation.as_practitioner("d.details")
    ok(details.patch(son["href"], json={"given_name": "Toby"}, if_match=son["etag"]))
    request = next(
        one
        for one in story.requests(place.referral["id"], "police_da")
        if one["state"] == "requested" and one["area"] == "west-yorkshire"
    )
    story.answer(cast.police, request["id"], dict(NOTHING_KNOWN), nothing_found=True)
    reviewer, check = (
        cast.probation.as_practitioner("e.reviewer", AT_WORK["e.reviewer"]),
        f"/v1/checks/{request['check_id']}",
    )
    found = {"check_request_id": request["id"], "changes": ["nothing"], "reason": "Nothing is held."}
    ok(reviewer.post(f"{check}/reviews", json=found, if_match=reviewer.get(check).headers["ETag"]))
    completer = cast.probation.as_practitioner("f.completer", AT_WORK["f.completer"])
    review = next(
        one for one in ok(completer.get(f"{person_at(CRN)}/reviews"))["items"] if one["kind"] == "risk"
    )
    considered = [{"what": one, "outcome": "not_needed", "reason": "No."} for one in review["consider"]]
    ok(story.complete_review(review["id"], completer, changes=["curfew"], considered=considered))
    previews = cast.probation.as_practitioner("o.previews")
    ok(previews.post("/v1/referrals/preview", json=darren_and_toby("P-1")))
    ok(cast.probation.as_practitioner("m.reader", "spo").get(path))
    return place


def limited(reference: str) -> Json:
    document = darren_and_toby(reference)
    document["person"]["restricted_record"] = True
    return document


def by_submission(place: Place, who: str) -> None:
    caller = place.cast.probation.as_practitioner(who, MANAGER, pdu="Bradford")
    ok(caller.post("/v1/referrals", json=limited(f"L-{who}")), 201)


def by_a_thin_submission(place: Place, who: str) -> None:
    document = minimal("THIN-1", CRN)
    document["person"]["restricted_record"] = True
    ok(place.cast.probation.as_practitioner(who, MANAGER).post("/v1/referrals", json=document), 201)


def by_amendment(place: Place, who: str) -> None:
    path, caller = place.referral["href"], place.cast.probation.as_practitioner(who, MANAGER)
    tag = caller.get(path).headers["ETag"]
    ok(caller.post(f"{path}/versions", json=limited("DAT-1"), if_match=tag))


def readers(place: Place, names: dict[str, str]) -> set[str]:
    found = set()
    for who, role in names.items():
        caller = place.cast.probation.as_practitioner(who, role)
        answers = {
            caller.get(way).status_code
            for way in (place.referral["href"], person_at(CRN), f"{person_at(CRN)}/contacts")
        }
        assert len(answers) == 1, who
        if answers == {200}:
            found.add(who)
    return found


@pytest.mark.parametrize("who", ["n.other", "p.shah", "a.amender"])
@pytest.mark.parametrize("limit", [by_submission, by_a_thin_submission, by_amendment])
def test_whoever_works_on_a_case_still_reads_it_when_it_is_limited(
    place: Place, limit: Callable[[Place, str], None], who: str
) -> None:
    assert readers(place, AT_WORK | NOT_AT_WORK) == set(AT_WORK | NOT_AT_WORK)
    limit(place, who)
    assert readers(place, AT_WORK) == set(AT_WORK)
    assert readers(place, NOT_AT_WORK) == {who} & set(NOT_AT_WORK)


def test_each_is_named_with_the_reason_and_visibly(place: Place) -> None:
    by_submission(place, "n.other")
    named = dict(place.rows("SELECT practitioner_id, because FROM restriction"))
    assert named == {"n.other": "chosen", **dict.fromkeys(AT_WORK, "works_on_it")}
    (told,) = place.story.told(place.cast.probation, "person.limited")
    assert told["data"] == {"named": {"chosen": 1, "works_on_it": len(AT_WORK)}}
    (fields,) = place.rows(
        "SELECT body::jsonb -> 'fields' FROM audit_entry WHERE body LIKE '%%restriction.works_on_it%%'"
    )
    assert fields[0] == ["restriction", "restriction.works_on_it"]
    outsider = place.cast.probation.as_practitioner("o.previews")
    assert "person.limited" not in {one["event"] for one in place.story.feed(outsider)}


def test_whoever_was_refused_is_not_named_by_having_asked(place: Place) -> None:
    """An attempt is no work on the case, whoever made it."""
    place.cast.stranger.as_practitioner("n.other").post("/v1/referrals", json=darren_and_toby("T-1"))
    by_submission(place, "p.shah")
    named = {who for (who,) in place.rows("SELECT practitioner_id FROM restriction")}
    assert named == set(AT_WORK)


def test_those_of_a_case_that_ended_are_not_named_beside_a_live_one(cast: Cast, the_clock: TheClock) -> None:
    """Who once submitted what was withdrawn long ago has no case to lose."""
    story = Story(cast, the_clock)
    story.submit(minimal("FIRST-1", CRN))
    old = cast.probation.as_practitioner("old.hand")
    referral = ok(old.post("/v1/referrals", json=minimal("OLD-1", CRN)), 201)
    story.move(story.practitioner, referral["destinations"][0]["id"], "withdraw", reason="Found a home.")
    for kind in ("police_da", "childrens_safeguarding"):
        for check in story.checks(referral["id"], kind):
            decide = f"/v1/checks/{check['id']}"
            decision, tag = {"decision": "not_required", "reason": "No."}, story.spo.get(decide)
            ok(story.spo.post(f"{decide}/decisions", json=decision, if_match=tag.headers["ETag"]))
    the_clock.move(timedelta(days=1))
    with db.transaction("owner") as session:
        session.execute(text("UPDATE case_holding SET practitioner_id = 'p.shah'"))  # it was reassigned
    place = Place("", "", cast, story)
    place.referral = story.submit(minimal("NEW-1", CRN))
    document = minimal("NEW-2", CRN)
    document["person"]["restricted_record"] = True
    ok(cast.probation.as_practitioner("n.other", MANAGER).post("/v1/referrals", json=document), 201)
    assert readers(place, {"old.hand": "practitioner", "p.shah": "practitioner"}) == {"p.shah"}


def test_those_of_the_last_case_are_named_though_it_has_ended(cast: Cast, the_clock: TheClock) -> None:
    story = Story(cast, the_clock)
    place = Place("", "", cast, story)
    place.referral = story.submit(minimal("OLD-1", CRN))
    story.move(story.practitioner, place.referral["destinations"][0]["id"], "withdraw", reason="A home.")
    document = minimal("NEW-1", CRN)
    document["person"]["restricted_record"] = True
    ok(cast.probation.as_practitioner("n.other", MANAGER).post("/v1/referrals", json=document), 201)
    assert readers(place, {"p.shah": "practitioner"}) == {"p.shah"}


def test_another_region_that_works_on_it_from_before_is_not_shut_out_either(place: Place) -> None:
    theirs = place.cast.stranger.as_practitioner("x.elsewhere")
    with held_meanwhile_by(theirs, CRN):
        referral = ok(theirs.post("/v1/referrals", json=darren_and_toby("OLD-1")), 201)
    by_amendment(place, "p.shah")
    assert ok(theirs.get(referral["href"]))["id"] == referral["id"]
    assert place.cast.stranger.as_practitioner("y.nobody").get(referral["href"]).status_code == 404


def test_once_limited_nobody_names_themselves(place: Place) -> None:
    by_amendment(place, "p.shah")
    outsider = place.cast.probation.as_practitioner("o.previews")
    referral = ok(outsider.post("/v1/referrals", json=limited("L-2")), 201)
    assert referral["held_elsewhere"] is True
    assert outsider.get(place.referral["href"]).status_code == 404
    assert readers(place, NOT_AT_WORK) == set()


def test_a_stranger_limits_nothing(place: Place) -> None:
    stranger = place.cast.stranger.as_practitioner("n.other")
    assert ok(stranger.post("/v1/referrals", json=limited("L-2")), 201)["held_elsewhere"] is True
    assert readers(place, AT_WORK | NOT_AT_WORK) == set(AT_WORK | NOT_AT_WORK)


@pytest.mark.parametrize("said", [False, None])
def test_no_document_of_a_limited_case_says_that_it_is_not_limited(place: Place, said: bool | None) -> None:
    by_amendment(place, "p.shah")
    path, officer = place.referral["href"], place.cast.probation.as_practitioner()
    document = darren_and_toby()
    document["needs"]["alcohol"]["detail"] = "Less than it was."
    document["person"].pop("restricted_record", None)
    if said is not None:
        document["person"]["restricted_record"] = said
    amended = ok(officer.post(f"{path}/versions", json=document, if_match=officer.get(path).headers["ETag"]))
    fresh = {**document, "submission_reference": "AGAIN-1"}
    referrals = amended, ok(officer.post("/v1/referrals", json=fresh), 201)
    for referral in referrals:
        version = ok(officer.get(f"{referral['href']}/versions/{referral['current_version']}"))
        assert version["document"]["person"]["restricted_record"] is True
        part = next(one for one in referral["destinations"] if one["kind"] == "approved_premises")
        sent = ok(place.cast.ap.get(f"{part['href']}/document"))["document"]
        assert "restricted_record" not in sent["person"], "an independent premises is told neither"

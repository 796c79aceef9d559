"""A person asks for what is held about them: texts are held, and a second person releases the copy."""

from typing import Any

import pytest

from service.document.paths import leaves
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people import two_records
from tests.people.factories import as_owner
from tests.people.holdings import told_of
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at
from tests.subject_access.asking import CRN, attempted, decided, keeper, opened, released, releaser

VICTIM: Json = {
    "ref": "quist",
    "relationship": "victim",
    "given_name": "Ottoline",
    "family_name": "Quist",
    "details_status": "provided",
}


def document() -> Json:
    made = darren_and_toby()
    made["household"]["contacts"].append(VICTIM)
    made["move_on"]["plan"] = "A room beside Ottoline Quist."
    made["person"]["local_connections"] = "He grew up in Leeds."
    return made


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    story = Story(cast, the_clock)
    story.submit(document())
    return story


def text_at(shown: Json, end: str) -> Json:
    return next(one for one in shown["texts"] if one["path"].endswith(end))


def copy_of(story: Story, href: str) -> Json:
    return ok(keeper(story.cast).get(f"{href}/copy"))


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(one["pointer"], one["detail"]) for one in ok(answer, 422)["errors"]]


def test_no_text_is_in_a_copy_that_nobody_has_decided_about(story: Story) -> None:
    request = opened(keeper(story.cast))
    copy = copy_of(story, request["href"])
    assert copy["released_on"] is None
    held = [one["text"] for one in request["texts"]]
    assert "He grew up in Leeds." in held
    assert not {value for _, value in leaves(copy)} & set(held)


@pytest.mark.parametrize("relationship", ["victim", "parent"])
def test_a_copy_names_nobody_who_was_entered_in_error(
    cast: Cast, the_clock: TheClock, relationship: str
) -> None:
    story = Story(cast, the_clock)
    made = document()
    made["household"]["contacts"][-1] = VICTIM | {"relationship": relationship}
    story.submit(made)
    contacts = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    quist = next(one for one in contacts if one["ref"] == "quist")
    path = f"{quist['href']}/entered-in-error"
    ok(story.practitioner.post(path, json={"reason": "Another man's."}, if_match=quist["etag"]))
    assert text_at(opened(keeper(cast)), "/move_on/plan")["gives_away"] == ["name"]


def test_a_copy_of_two_records_names_nobody_who_was_entered_in_error_on_either(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    made = document()
    made["household"]["contacts"][-1] = VICTIM | {"ref": "other", "given_name": "Ida", "family_name": "Byrd"}
    made["move_on"]["plan"] = "A room beside Leanne Sowerby."
    story.submit(made)
    two_records.both(story)
    (leanne,) = ok(two_records.colleague(story).get(f"{person_at(two_records.SECOND)}/contacts"))["items"]
    path = f"{leanne['href']}/entered-in-error"
    ok(two_records.colleague(story).post(path, json={"reason": "Another man's."}, if_match=leanne["etag"]))
    two_records.merge(story)
    assert text_at(opened(keeper(cast)), "/move_on/plan")["gives_away"] == ["name"]


def test_a_text_is_given_as_it_is_or_in_other_words_or_not_at_all(story: Story) -> None:
    request = opened(keeper(story.cast))
    plan, leeds = (text_at(request, end) for end in ("/move_on/plan", "/local_connections"))
    assert plan["gives_away"] == ["name"]
    assert leeds["gives_away"] == []
    texts = [
        {"path": plan["path"], "as": "wording", "wording": "A room in Leeds.", "reason": "Names somebody."},
        {"path": leeds["path"], "as": "as_it_is", "reason": "His own words."},
    ]
    shown = ok(attempted(keeper(story.cast), request["href"], "decide_texts", texts=texts))
    assert text_at(shown, "/move_on/plan")["given_as"] == "wording"
    (answers,) = copy_of(story, request["href"])["answers"]
    assert answers["move_on"]["plan"] == "A room in Leeds."
    assert answers["person"]["local_connections"] == "He grew up in Leeds."
    out = [{"path": leeds["path"], "as": "leave_out", "reason": "It is out of date."}]
    ok(attempted(keeper(story.cast), request["href"], "decide_texts", texts=out))
    (answers,) = copy_of(story, request["href"])["answers"]
    assert "local_connections" not in answers["person"]


def test_what_names_somebody_is_never_given_as_it_is(story: Story) -> None:
    request = opened(keeper(story.cast))
    plan, leeds = (text_at(request, end)["path"] for end in ("/move_on/plan", "/local_connections"))
    texts = [
        {"path": plan, "as": "as_it_is", "reason": "He knows her."},
        {"path": leeds, "as": "wording", "wording": "He is managed under MAPPA.", "reason": "So it is."},
        {"path": "/answers/7/move_on/plan", "as": "leave_out", "reason": "There is none."},
    ]
    assert faults(attempted(keeper(story.cast), request["href"], "decide_texts", texts=texts)) == [
        ("/texts/0/as", "Gives away what its reader may not know: name."),
        ("/texts/1/wording", "Gives away what its reader may not know: mappa."),
        ("/texts/2/path", "There is no text at this path of the copy."),
    ]


@pytest.mark.parametrize("name", ["Toby Ellershaw", "Priya Shah"])
def test_somebody_of_the_household_and_staff_are_found_in_a_text(story: Story, name: str) -> None:
    """Everybody but the person is somebody else here, also who is no victim."""
    made = document()
    contact = next(one for one in made["household"]["contacts"] if one["relationship"] == "child")
    contact |= {"given_name": "Toby", "family_name": "Ellershaw"}
    made["referrer"]["name"] = "Priya Shah"
    made["submission_reference"] = "AGAIN"
    made["person"]["local_connections"] = f"Ask {name} about Leeds."
    story.submit(made)
    shown = opened(keeper(story.cast))
    asked = next(one for one in shown["texts"] if one["text"].startswith("Ask "))
    assert asked["gives_away"] == ["name"]


def test_what_is_sent_twice_is_done_once(story: Story) -> None:
    body = {"asked_by": "person", "identity_confirmed": "Seen.", "received_on": "2026-03-02"}
    path, key = f"{person_at(CRN)}/subject-access", {"Idempotency-Key": "asked-once"}
    first, again = (ok(keeper(story.cast).post(path, json=body, headers=key), 201) for _ in range(2))
    assert again["id"] == first["id"]
    texts = [{"path": first["texts"][0]["path"], "as": "leave_out", "reason": "It is not about him."}]
    step = {"action": "decide_texts", "texts": texts}
    tag = keeper(story.cast).get(first["href"]).headers["ETag"]
    for _ in range(2):
        answer = keeper(story.cast).post(
            f"{first['href']}/transitions",
            json=step,
            if_match=tag,
            headers={"Idempotency-Key": "decided-once"},
        )
        assert ok(answer)["version"] == 2


def test_a_copy_is_not_released_while_a_text_is_not_decided_about(story: Story) -> None:
    href = opened(keeper(story.cast))["href"]
    refused = ok(attempted(releaser(story.cast), href, "release"), 409)
    assert refused["undecided"] == [one["path"] for one in ok(keeper(story.cast).get(href))["texts"]]


def amend(story: Story, document: Json) -> None:
    (referral,) = as_owner("SELECT id FROM referral")
    seen = story.practitioner.get(f"/v1/referrals/{referral['id']}")
    path = f"/v1/referrals/{referral['id']}/versions"
    ok(story.practitioner.post(path, json=document, if_match=seen.headers["ETag"]))


def test_a_decision_does_not_count_once_its_text_has_changed(story: Story) -> None:
    href = opened(keeper(story.cast))["href"]
    shown = decided(keeper(story.cast), href, lambda one: bool(one["gives_away"]))
    assert text_at(shown, "/local_connections")["given_as"] == "as_it_is"
    amended = document()
    amended["person"]["local_connections"] = "He grew up in York."
    amend(story, amended)
    changed = text_at(ok(keeper(story.cast).get(href)), "/local_connections")
    assert (changed["text"], changed["given_as"]) == ("He grew up in York.", None)
    assert "York" not in str(copy_of(story, href)["answers"])
    assert ok(attempted(releaser(story.cast), href, "release"), 409)["undecided"] == [changed["path"]]


def test_a_decision_does_not_count_once_the_record_knows_whom_it_names(story: Story) -> None:
    named = document()
    named["person"]["local_connections"] = "He grew up in Leeds with Imogen Threlkeld."
    amend(story, named)
    href = opened(keeper(story.cast))["href"]
    decided(keeper(story.cast), href, lambda one: bool(one["gives_away"]))
    assert "Threlkeld" in str(copy_of(story, href)["answers"])
    hers = VICTIM | {"ref": "imogen", "given_name": "Imogen", "family_name": "Threlkeld"}
    story.report_change(CRN, "threat", contacts=[hers], standing="alleged")
    assert "Threlkeld" not in str(copy_of(story, href)["answers"])
    (path,) = ok(attempted(releaser(story.cast), href, "release"), 409)["undecided"]
    assert path.endswith("/local_connections")


def test_a_home_stays_in_the_copy_when_somebody_there_becomes_a_victim(story: Story) -> None:
    """Otherwise a copy would say who has spoken."""
    href = opened(keeper(story.cast))["href"]
    homes = copy_of(story, href)["homes"]
    assert homes
    own = as_owner("SELECT id FROM address WHERE kind = 'previous' AND NOT protected")[0]["id"]
    hers = story.contact(CRN, "quist")
    moved = {"lives_at": str(own)}
    at = f"{person_at(CRN)}/contacts/{hers['id']}"
    ok(story.practitioner.patch(at, json=moved, if_match=hers["etag"]))
    assert as_owner(f"SELECT protected FROM address WHERE id = '{own}'")[0]["protected"]
    assert copy_of(story, href)["homes"] == homes


def test_a_second_person_releases_the_copy(story: Story) -> None:
    href = opened(keeper(story.cast))["href"]
    decided(keeper(story.cast), href, lambda one: bool(one["gives_away"]))
    assert ok(attempted(keeper(story.cast), href, "release"), 403)["type"].endswith("role-required")
    # Also not in a manager's role, nor a manager who decided about a text, nor one whose case it is.
    same = story.cast.probation.as_practitioner("r.keeper", "spo")
    assert ok(attempted(same, href, "release"), 403)["type"].endswith("own-case")
    other = story.cast.probation.as_practitioner("m.other", "spo")
    text = ok(other.get(href))["texts"][0]["path"]
    mine = [{"path": text, "as": "leave_out", "reason": "Not his."}]
    shown = ok(attempted(other, href, "decide_texts", texts=mine))
    assert "release" not in shown["allowed_transitions"]
    assert ok(attempted(other, href, "release"), 403)["type"].endswith("own-case")
    accountable = story.cast.probation.as_practitioner("p.shah", "spo")
    assert ok(attempted(accountable, href, "release"), 403)["type"].endswith("own-case")
    assert ok(attempted(releaser(story.cast), href, "release"))["state"] == "released"


def test_a_released_copy_stays_as_it_is(story: Story) -> None:
    href, first = released(
        keeper(story.cast), releaser(story.cast), person_at(CRN), lambda one: bool(one["gives_away"])
    )
    assert ok(first)["released_on"] == "2026-03-02"
    story.submit(document() | {"submission_reference": "LATER"})
    assert ok(keeper(story.cast).get(f"{href}/copy")) == ok(first)
    assert ok(attempted(releaser(story.cast), href, "release"), 409)["allowed"] == []


def test_it_is_due_a_calendar_month_after_it_was_received(story: Story) -> None:
    request = opened(keeper(story.cast))
    assert request["due_at"] == "2026-04-02T23:00:00Z"
    story.wait(days=40)
    assert ok(keeper(story.cast).get(request["href"]))["overdue"]
    # The register of the tests has a records manager since somebody called as one.
    assert [role for role, _ in told_of("copy", "subject_access")][:3] == [
        "records_manager",
        "region",
        "regional_director",
    ]


def test_it_ends_when_it_is_taken_back_and_can_be_asked_anew(story: Story) -> None:
    href = opened(keeper(story.cast))["href"]
    body = {"asked_by": "person", "identity_confirmed": "Seen.", "received_on": "2026-03-02"}
    again = keeper(story.cast).post(f"{person_at(CRN)}/subject-access", json=body)
    assert ok(again, 409)["detail"] == "This person already has an open request."
    taken = ok(attempted(keeper(story.cast), href, "withdraw", reason="He rang: he no longer wants it."))
    assert (taken["state"], taken["due_at"], taken["texts"]) == ("withdrawn", None, [])
    assert keeper(story.cast).get(f"{href}/copy").status_code == 404
    assert opened(keeper(story.cast))["state"] == "open"


def test_who_prepares_is_a_records_manager_and_of_the_region_that_holds_the_record(story: Story) -> None:
    request = opened(keeper(story.cast))
    assert story.practitioner.get(request["href"]).status_code == 403
    stranger = story.cast.stranger.as_practitioner("r.other", "records_manager")
    for path in (request["href"], f"{request['href']}/copy"):
        assert stranger.get(path).status_code == 404
    body = {"asked_by": "person", "identity_confirmed": "Seen.", "received_on": "2026-03-02"}
    for path in (f"{person_at(CRN)}/subject-access",):
        assert stranger.post(path, json=body).status_code == 404


def test_each_step_and_each_reading_is_on_the_trail(story: Story) -> None:
    released(keeper(story.cast), releaser(story.cast), person_at(CRN), lambda one: bool(one["gives_away"]))
    rows = as_owner(
        "SELECT verb, practitioner_id, body::json ->> 'fields' AS fields FROM audit_entry"
        " WHERE object_kind = 'subject_access' ORDER BY recorded_at, id"
    )
    found = {(row["verb"], row["practitioner_id"], row["fields"]) for row in rows}
    assert ("collection", "r.keeper", '["asked_by","identity_confirmed","received_on"]') in found
    assert ("alteration", "r.keeper", '["texts"]') in found
    assert ("disclosure", "h.grant", '["copy"]') in found
    assert ("export", "r.keeper", '["copy"]') in found
    assert ("consultation", "r.keeper", '["identity_confirmed","texts"]') in found


def test_what_was_arranged_for_a_release_is_given_without_the_office_and_who_said_it(story: Story) -> None:
    arranged = {
        "benefit": {"state": "claim_made"},
        "first_appointment": {"state": "booked", "day": "2026-03-05", "time": "14:30", "office": "Trafford"},
    }
    ok(story.practitioner.post(f"{person_at(CRN)}/release-arrangements", json=arranged), 201)
    given = copy_of(story, opened(keeper(story.cast))["href"])["arrangements"]
    assert given == [
        {"arranged": "a benefit is claimed", "said_on": "2026-03-02"},
        {
            "arranged": "the first appointment is booked",
            "day": "2026-03-05",
            "time": "14:30",
            "said_on": "2026-03-02",
        },
    ]

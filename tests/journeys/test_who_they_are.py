"""Who is asked about: nobody is written over, nobody is asked about twice, and nobody is forgotten."""

from typing import Any

import pytest

from tests.journeys.driver import NOTHING_KNOWN, Json, Story, ok
from tests.people.factories import give_sight
from tests.referrals import samples
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN, LEEDS, MANCHESTER = "X320744", "E08000035", "E08000003"
POLICE, CHILDREN = "police_da", "childrens_safeguarding"
KIRSTY: Json = {
    "ref": "c1",
    "relationship": "other_child",
    "given_name": "Kirsty",
    "family_name": "Holdsworth",
    "date_of_birth": "2014-07-19",
    "local_authority": LEEDS,
    "details_status": "provided",
}
JADE: Json = KIRSTY | {"given_name": "Jade", "date_of_birth": "2011-03-04"}
NOBODY: Json = {
    "ref": "c2",
    "relationship": "other_child",
    "local_authority": LEEDS,
    "details_status": "not_asked",
}


def document(*contacts: Json, reference: str = "WHO-1", children: str = "yes") -> Json:
    """Return a referral with these contacts."""
    found = samples.toby(reference)
    found["household"] = {"children": children, "contacts": [dict(one) for one in contacts]}
    found["addresses"] = [found["addresses"][1] | {"kind": "current"}]
    return found


def amend(story: Story, referral: Json, *contacts: Json) -> None:
    path = f"/v1/referrals/{referral['id']}"
    tag = story.practitioner.get(path).headers["ETag"]
    ok(story.practitioner.post(f"{path}/versions", json=document(*contacts), if_match=tag))


def contacts(story: Story) -> list[Json]:
    found: list[Json] = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    return found


def named(story: Story, given_name: str) -> Json:
    (found,) = (one for one in contacts(story) if one["given_name"] == given_name)
    return found


def asked_about(story: Story) -> list[str]:
    """Return the first name of every child whom the council is, or was, asked about."""
    requests = ok(story.cast.council.get("/v1/check-requests"))["items"]
    read = [ok(story.cast.council.get(f"/v1/check-requests/{one['id']}")) for one in requests]
    return sorted(child["given_name"] for one in read for child in one["document"]["contacts"])


def decide(story: Story, contact: Json, *, same: bool, caller: Any = None) -> Any:
    path = f"{person_at(CRN)}/contacts/{contact['id']}"
    tag = story.practitioner.get(path).headers["ETag"]
    return (caller or story.practitioner).post(
        f"{path}/same-person", json={"same": same, "reason": "The school says so."}, if_match=tag
    )


def waiting(story: Story, referral: Json, kind: str = CHILDREN) -> list[Json]:
    return [one for one in story.requests(referral["id"], kind) if one["state"] == "awaiting_details"]


class TestAReferenceThatNamesSomebodyElse:
    def test_both_are_asked_about_until_somebody_decides(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        amend(story, referral, JADE)
        kirsty, jade = named(story, "Kirsty"), named(story, "Jade")
        assert kirsty["id"] != jade["id"]
        assert (kirsty["ref"], kirsty["ref_left"], jade["ref"], jade["ref_left"]) == ("c1", True, "c1", False)
        assert (jade["alike"]["contact_id"], jade["alike"]["because"]) == (kirsty["id"], "identity_changed")
        assert jade["alike"]["same"] is None
        assert asked_about(story) == ["Jade", "Kirsty"]

        ok(decide(story, jade, same=False))
        assert named(story, "Jade")["alike"]["decided_by"] == "p.shah"
        assert asked_about(story) == ["Jade", "Kirsty"]

    def test_nobody_who_decides_is_told_to_the_spo_after_two_days_more(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        amend(story, referral, JADE)
        jade = named(story, "Jade")
        story.wait(days=8)
        steps = {
            one["data"].get("step")
            for one in story.timeline(referral["id"])
            if one["subject"]["id"] == jade["id"]
        }
        assert {"practitioner", "spo"} <= steps
        ok(decide(story, jade, same=True))
        before = len(story.timeline(referral["id"]))
        story.wait(days=20)
        after = [one for one in story.timeline(referral["id"])[before:] if one["subject"]["id"] == jade["id"]]
        assert after == []

    def test_the_same_person_is_asked_about_as_the_later_statement_says(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        amend(story, referral, JADE)
        ok(decide(story, named(story, "Jade"), same=True))
        story.report_change(CRN, "contact_with_child", contact_ids=[named(story, "Jade")["id"]])
        assert asked_about(story) == ["Jade"]

    def test_the_same_document_again_brings_nobody(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        amend(story, referral, JADE)
        amend(story, referral, JADE)
        assert len(contacts(story)) == 2

    @pytest.mark.parametrize(
        "corrected",
        [
            {"family_name": "Marchbanks", "date_of_birth": "2014-07-18"},
            {"given_name": "Kirstie", "date_of_birth": "2014-07-18"},
            {"given_name": "Jade"},
            {"date_of_birth": "2011-03-04"},
        ],
    )
    def test_a_correction_stays_the_same_contact(self, story: Story, corrected: Json) -> None:
        referral = story.submit(document(KIRSTY))
        amend(story, referral, KIRSTY | corrected)
        (only,) = contacts(story)
        assert only["alike"] is None

    def test_what_was_not_known_is_supplied(self, story: Story) -> None:
        referral = story.submit(document(NOBODY))
        amend(story, referral, KIRSTY | {"ref": "c2"})
        (only,) = contacts(story)
        assert (only["given_name"], only["alike"]) == ("Kirsty", None)

    def test_a_patch_puts_somebody_else_beside_her_too(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        kirsty = named(story, "Kirsty")
        supplied = story.supply(
            CRN, kirsty, given_name="Jade", family_name="Holdsworth", date_of_birth="2011-03-04"
        )
        jade = named(story, "Jade")
        assert (supplied["id"], jade["ref"], jade["local_authority"]) == (jade["id"], "c1", LEEDS)
        assert named(story, "Kirsty")["ref_left"]
        assert asked_about(story) == ["Jade", "Kirsty"]
        amend(story, referral, KIRSTY | {"family_name": "Holdsworth"})
        assert len(contacts(story)) == 2, "the document has not changed"

    def test_only_who_acts_for_the_case_decides_and_only_what_was_asked(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        assert decide(story, named(story, "Kirsty"), same=True).status_code == 409
        amend(story, referral, JADE)
        colleague = story.cast.probation.as_practitioner("t.mate")
        assert decide(story, named(story, "Jade"), same=True, caller=colleague).status_code == 403
        assert decide(story, named(story, "Jade"), same=True, caller=story.cast.council).status_code == 403
        stranger = story.cast.stranger.as_practitioner()
        assert decide(story, named(story, "Jade"), same=True, caller=stranger).status_code == 404


class TestALikelyTwin:
    def test_is_one_question_and_an_advice_to_join(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY))
        amend(story, referral, KIRSTY, KIRSTY | {"ref": "girl"})
        first, twin = story.contact(CRN, "c1"), story.contact(CRN, "girl")
        assert (twin["alike"]["contact_id"], twin["alike"]["because"]) == (first["id"], "likely_twin")
        assert asked_about(story) == ["Kirsty"]

    def test_is_known_from_another_submission_and_another_case_system(self, story: Story) -> None:
        story.submit(document(KIRSTY))
        story.report_change(CRN, "contact_with_child", contacts=[KIRSTY | {"ref": "girl"}])
        first, twin = story.contact(CRN, "c1"), story.contact(CRN, "girl")
        assert twin["alike"]["contact_id"] == first["id"]
        story.submit(document(KIRSTY | {"ref": "third"}, reference="WHO-2"))
        assert story.contact(CRN, "third")["alike"]["contact_id"] in {first["id"], twin["id"]}
        requests = ok(story.cast.council.get("/v1/check-requests"))["items"]
        read = [ok(story.cast.council.get(f"/v1/check-requests/{one['id']}")) for one in requests]
        assert [[child["id"] for child in one["document"]["contacts"]] for one in read] == [[first["id"]]]

    def test_a_preview_advises_and_keeps_nothing(self, story: Story) -> None:
        story.submit(document(KIRSTY))
        said = document(JADE, KIRSTY | {"ref": "girl"}, reference="WHO-2")
        answer = ok(story.practitioner.post("/v1/referrals/preview", json=said))
        assert {(one["pointer"], one["code"]) for one in answer["advice"]} == {
            ("/household/contacts/0", "identity_changed"),
            ("/household/contacts/1", "likely_twin"),
        }
        assert len(contacts(story)) == 1

    def test_who_is_somebody_else_after_all_is_asked_about(self, story: Story) -> None:
        story.submit(document(KIRSTY, KIRSTY | {"ref": "c2"}))
        assert asked_about(story) == ["Kirsty"]
        (twin,) = (one for one in contacts(story) if one["alike"])
        ok(decide(story, twin, same=True))
        assert asked_about(story) == ["Kirsty"]
        ok(decide(story, twin, same=False))
        assert asked_about(story) == ["Kirsty", "Kirsty"]

    def test_the_second_reference_answers_as_the_first(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY, KIRSTY | {"ref": "c2"}))
        (twin,) = (one for one in contacts(story) if one["alike"])
        first = next(one for one in contacts(story) if not one["alike"])
        ok(decide(story, twin, same=True))
        renamed = KIRSTY | {"family_name": "Marchbanks"}
        amend(story, referral, KIRSTY | {"ref": first["ref"]}, renamed | {"ref": twin["ref"]})
        assert {one["family_name"] for one in contacts(story)} == {"Marchbanks"}

    def test_another_authority_is_asked_all_the_same(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY, KIRSTY | {"ref": "c2", "local_authority": MANCHESTER}))
        asked = story.requests(referral["id"], CHILDREN)
        assert {one["area"] for one in asked} == {LEEDS, MANCHESTER}

    def test_a_name_learned_late_does_not_ask_twice(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY, NOBODY))
        story.supply(
            CRN,
            story.contact(CRN, "c2"),
            given_name="kirsty",
            family_name="Holdsworth",
            date_of_birth="2014-07-19",
        )
        assert asked_about(story) == ["Kirsty"]
        (held,) = waiting(story, referral)
        assert [one["detail"] for one in held["missing"]] == ["same"]
        ok(decide(story, story.contact(CRN, "c2"), same=True))
        assert waiting(story, referral) == []
        ok(decide(story, story.contact(CRN, "c2"), same=False))
        assert asked_about(story) == ["Kirsty", "kirsty"]

    def test_one_who_is_corrected_is_no_twin_any_more(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY, KIRSTY | {"ref": "c2"}))
        (twin,) = (one for one in contacts(story) if one["alike"])
        other = next(one["ref"] for one in contacts(story) if not one["alike"])
        amend(story, referral, KIRSTY | {"ref": other}, KIRSTY | {"ref": twin["ref"], "given_name": "Jade"})
        assert [one["alike"] for one in contacts(story)] == [None, None]
        assert asked_about(story) == ["Jade", "Kirsty"]

    def test_references_that_change_places_ask_nobody_again(self, story: Story) -> None:
        referral = story.submit(document(KIRSTY, JADE | {"ref": "c2"}))
        amend(story, referral, JADE, KIRSTY | {"ref": "c2"})
        assert asked_about(story) == ["Jade", "Kirsty"]


PARTNER: Json = {
    "ref": "p1",
    "relationship": "partner",
    "given_name": "Imelda",
    "family_name": "Roxby",
    "date_of_birth": "1993-02-11",
    "details_status": "provided",
}
HERS: Json = {
    "ref": "hers",
    "kind": "partner",
    "lines": ["9 Cawdor Yard", "Manchester"],
    "postcode": "M21 9WQ",
    "police_force": "greater-manchester",
    "local_authority": MANCHESTER,
    "contact_ref": "p1",
}


def no_children(story: Story) -> Any:
    path = person_at(CRN)
    tag = story.practitioner.get(path).headers["ETag"]
    return story.practitioner.patch(path, json={"children": "no"}, if_match=tag)


def opened(story: Story, *contacts: Json, children: str = "no") -> Json:
    referral = story.submit(document(*contacts, children=children))
    assert story.requests(referral["id"], CHILDREN) == [] or contacts
    return referral


class TestNoChildrenOnRecord:
    @pytest.mark.parametrize(
        ("kind", "more"),
        [
            ("new_relationship", {}),
            ("new_relationship", {"contacts": [PARTNER]}),
            ("resumed_relationship", {}),
            ("returned_home", {}),
            ("address_new", {"addresses": [HERS | {"kind": "current", "contact_ref": None}]}),
            ("arrest", {"contacts": [PARTNER]}),
        ],
    )
    def test_the_practitioner_is_asked_first(self, story: Story, kind: str, more: Json) -> None:
        referral = opened(story)
        more = {
            name: [{key: value for key, value in one.items() if value is not None} for one in some]
            for name, some in more.items()
        }
        story.report_change(CRN, kind, **more)
        asked = waiting(story, referral)
        assert asked
        assert {one["detail"] for request in asked for one in request["missing"]} == {"whether_children"}
        assert ok(story.practitioner.get(person_at(CRN)))["children_asked_at"]
        assert story.inbox(story.cast.council) == []

    def test_a_change_that_brings_nobody_asks_nothing(self, story: Story) -> None:
        referral = opened(story)
        story.report_change(CRN, "arrest")
        assert story.requests(referral["id"], CHILDREN) == []
        assert ok(story.practitioner.get(person_at(CRN)))["children_asked_at"] is None

    def test_no_given_after_the_change_settles_it(self, story: Story) -> None:
        referral = opened(story)
        story.report_change(CRN, "new_relationship")
        ok(no_children(story))
        assert waiting(story, referral) == []
        assert ok(story.practitioner.get(person_at(CRN)))["children_asked_at"] is None
        story.wait(days=9)
        assert story.inbox(story.cast.council) == []
        story.report_change(CRN, "police_call_out", source="police")
        assert story.requests(referral["id"], CHILDREN)[-1]["state"] == "requested", "asked again"

    def test_the_same_document_again_is_no_answer(self, story: Story) -> None:
        referral = opened(story)
        story.report_change(CRN, "new_relationship")
        path = f"/v1/referrals/{referral['id']}"
        tag = story.practitioner.get(path).headers["ETag"]
        again = document(children="no")
        again["person"]["sex"] = "male"
        ok(story.practitioner.post(f"{path}/versions", json=again, if_match=tag))
        assert waiting(story, referral)

    @pytest.mark.parametrize("how", ["a call-out", "urgent"])
    def test_cause_for_concern_goes_to_the_authority_at_once(self, story: Story, how: str) -> None:
        referral = opened(story)
        if how == "urgent":
            story.report_change(CRN, "new_relationship", urgent=True)
        else:
            story.report_change(CRN, "police_call_out", source="police", standing="alleged")
        (request,) = story.requests(referral["id"], CHILDREN)
        assert request["state"] == "requested"
        read = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))["document"]
        assert read["person"]["family_name"] == "Marchbanks"
        assert read["addresses"][0]["local_authority"] == LEEDS

    def test_it_goes_to_the_authority_when_the_time_to_ask_is_over(self, story: Story) -> None:
        referral = opened(story)
        story.report_change(CRN, "new_relationship", contacts=[PARTNER])
        story.wait(days=2)
        assert story.inbox(story.cast.council) == []
        story.wait(days=8)
        (request,) = story.requests(referral["id"], CHILDREN)
        assert request["state"] == "requested"
        read = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))["document"]
        assert [one["given_name"] for one in read["contacts"]] == ["Imelda"]
        answer = story.answer(story.cast.council, request["id"], {"children": []}, nothing_found=True)
        assert answer["complete"]

    def test_the_authority_where_the_partner_lives_is_asked_too(self, story: Story) -> None:
        referral = opened(story)
        story.report_change(CRN, "new_relationship", contacts=[PARTNER], addresses=[HERS])
        assert {one["area"] for one in waiting(story, referral)} == {LEEDS, MANCHESTER}

    def test_children_of_a_new_partner_are_asked_about_beside_those_on_record(self, story: Story) -> None:
        referral = opened(story, KIRSTY, children="yes")
        story.report_change(CRN, "new_relationship", contacts=[PARTNER])
        (held,) = waiting(story, referral)
        assert [one["detail"] for one in held["missing"]] == ["whether_children"]
        ok(no_children(story))
        assert waiting(story, referral) == []
        assert ok(story.practitioner.get(person_at(CRN)))["children"] == "yes"

    def test_a_child_put_on_record_settles_it(self, story: Story) -> None:
        referral = opened(story)
        story.report_change(CRN, "new_relationship", contacts=[PARTNER])
        story.report_change(CRN, "contact_with_child", contacts=[KIRSTY])
        assert waiting(story, referral) == []
        assert asked_about(story) == ["Kirsty"]

    def test_anything_else_is_put_right_while_a_referral_is_open_too(self, story: Story) -> None:
        opened(story)
        assert no_children(story).status_code == 200, "nothing has been asked"
        story.report_change(CRN, "new_relationship")
        path = person_at(CRN)
        tag = story.practitioner.get(path).headers["ETag"]
        assert story.practitioner.patch(path, json={"sex": "female"}, if_match=tag).status_code == 200


def of_police(story: Story, request_id: str) -> Json:
    """Return what a force is asked now."""
    found: Json = ok(story.cast.police.get(f"/v1/check-requests/{request_id}"))["document"]
    return found


def test_two_families_of_one_child_are_one_question_once_they_are_said_to_be_the_same(story: Story) -> None:
    home = document()["addresses"][0]["ref"]
    referral = story.submit(document(KIRSTY | {"lives_at": home}))
    amend(story, referral, JADE)
    asked = story.requests(referral["id"], CHILDREN)
    assert [one["state"] for one in asked] == ["requested", "requested"]
    ok(decide(story, named(story, "Jade"), same=True))
    asked = story.requests(referral["id"], CHILDREN)
    assert sorted(one["state"] for one in asked) == ["requested", "superseded"]
    (left,) = (one for one in asked if one["state"] == "requested")
    told: Json = ok(story.cast.council.get(f"/v1/check-requests/{left['id']}"))["document"]
    assert [one["given_name"] for one in told["contacts"]] == ["Jade"]


def test_a_second_referral_that_corrects_the_person_is_told_to_who_has_not_answered(story: Story) -> None:
    story.submit(document(KIRSTY))
    (request,) = story.inbox(story.cast.police)
    second = document(KIRSTY, reference="WHO-2")
    second["person"] |= {
        "name": {"given": "Tobias", "family": "Marchbanks"},
        "date_of_birth": "1985-05-05",
    }
    second["addresses"][0] |= {"lines": ["77 Changed Street", "Leeds"], "because": "correction"}
    story.submit(second)
    told = of_police(story, request["id"])
    person = told["person"]
    assert (person["given_name"], person["date_of_birth"]) == ("Tobias", "1985-05-05")
    assert told["addresses"][0]["lines"] == ["77 Changed Street", "Leeds"]
    assert told["version"] > 1


def test_a_friend_who_becomes_a_partner_joins_the_open_question(story: Story) -> None:
    home = document()["addresses"][0]["ref"]
    partner = PARTNER | {"lives_at": home}
    referral = story.submit(document(KIRSTY, partner | {"relationship": "friend"}))
    (request,) = story.inbox(story.cast.police)
    assert of_police(story, request["id"])["contacts"] == []
    amend(story, referral, KIRSTY, partner)
    told = of_police(story, request["id"])
    assert [one["given_name"] for one in told["contacts"]] == [PARTNER["given_name"]]
    assert [one["kind"] for one in told["changed"]["added"]] == ["contact"]


def test_who_is_protected_by_now_is_named_to_no_reader_who_may_not_see_them(story: Story) -> None:
    partner = PARTNER | {"lives_at": document()["addresses"][0]["ref"]}
    referral = story.submit(document(KIRSTY, partner))
    (request,) = story.inbox(story.cast.police)
    story.answer(story.cast.police, request["id"], dict(NOTHING_KNOWN), nothing_found=True)
    amend(story, referral, KIRSTY, partner | {"relationship": "ex_partner"})
    (check, *_) = story.checks(referral["id"], POLICE)
    reader = story.cast.stranger.as_practitioner()
    give_sight(reader, CRN, "checks", "household")
    history = reader.get(f"/v1/checks/{check['id']}/history")
    assert history.status_code == 200, history.text
    assert partner["given_name"] not in history.text
    # Who answers for the case reads whom the force was asked about.
    assert partner["given_name"] in story.practitioner.get(f"/v1/checks/{check['id']}/history").text


def test_a_new_partner_at_the_home_of_a_child_has_whether_there_are_children_asked(story: Story) -> None:
    home = document()["addresses"][0]["ref"]
    child = {name: value for name, value in KIRSTY.items() if name != "local_authority"}
    referral = story.submit(document(child | {"lives_at": home}))
    story.report_change(CRN, "new_relationship", contacts=[PARTNER])
    waits = [one for one in story.requests(referral["id"], CHILDREN) if one["state"] == "awaiting_details"]
    assert [one["detail"] for request in waits for one in request["missing"]] == ["whether_children"]


@pytest.mark.parametrize("told", [True, False], ids=["the force has it", "the force has answered"])
def test_a_former_partner_who_is_called_a_victim_stays_one_whom_the_force_is_asked_about(
    story: Story, *, told: bool
) -> None:
    crn = "X320741"
    document = samples.darren_and_toby("WAS-PARTNER", crn=crn)
    referral = story.submit(document)["id"]
    hers = story.contact(crn, "ex-partner")
    (request,) = story.inbox(story.cast.other_police)
    if not told:
        story.answer(story.cast.other_police, request["id"], NOTHING_KNOWN, nothing_found=True)
    for one in document["household"]["contacts"]:
        if one["ref"] == "ex-partner":
            one["relationship"] = "victim"
    seen = story.practitioner.get(f"/v1/referrals/{referral}").headers["ETag"]
    ok(story.practitioner.post(f"/v1/referrals/{referral}/versions", json=document, if_match=seen))
    read = ok(story.cast.other_police.get(f"/v1/check-requests/{request['id']}"))
    assert hers["id"] in {one["id"] for one in read["document"]["contacts"]}
    changed = story.told(story.cast.other_police, "check_request.question_changed")
    assert "withdrawn" not in {one["data"]["because"] for one in changed}
    story.report_change(crn, "resumed_relationship", contact_ids=[hers["id"]])
    asked = [
        ok(story.cast.other_police.get(f"/v1/check-requests/{one['id']}"))["document"]["contacts"]
        for one in story.inbox(story.cast.other_police)
    ]
    assert hers["id"] in {one["id"] for contacts in asked for one in contacts}

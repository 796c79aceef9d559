"""What is asked of a manager, where it is listed, how it is taken back, and how long it may wait."""

from datetime import timedelta
from threading import Event

from service import clock
from service.cases.actions.nobody_home import follow_register
from service.timers.worker import work_once
from tests.agreements.office import ASKED, ASKER, EXCLUDED, INDEPENDENT, SUBMITTER, WHY, Office
from tests.journeys.driver import NOTHING_KNOWN, Json, ok
from tests.people.factories import as_owner


def listed(office: Office, who: str, role: str, **query: str) -> list[Json]:
    found: list[Json] = ok(office.staff(who, role).get("/v1/agreements", **query))["items"]
    return found


def test_what_is_asked_is_in_the_list_of_the_role_that_decides_it(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    assert [one["id"] for one in listed(office, "s.okafor", "spo", asked="of_me")] == [asked["id"]]
    assert listed(office, INDEPENDENT, "pdu_head", asked="of_me") == []
    assert [one["id"] for one in listed(office, ASKER, "practitioner", asked="by_me")] == [asked["id"]]
    elsewhere = office.story.cast.probation.as_practitioner("t.other", "spo", pdu="Hull")
    assert ok(elsewhere.get("/v1/agreements", asked="of_me"))["items"] == []
    assert asked["crn"] == office.crn
    assert asked["subject"]["href"] == f"/v1/checks/{asked['subject']['id']}"


def test_one_member_of_staff_may_be_asked_by_name(office: Office) -> None:
    check = office.request()["check_id"]
    ok(office.ask("check_not_required", check, role="pdu_head", staff="H.Grant"), 201)
    (mine,) = listed(office, INDEPENDENT, "pdu_head", asked="of_me")
    assert mine["staff"] == INDEPENDENT
    assert listed(office, "b.lowe", "pdu_head", asked="of_me") == []


def test_nobody_is_asked_by_name_who_has_left_or_is_away(office: Office) -> None:
    check = office.request()["check_id"]
    keeper = office.story.cast.probation.keeper()
    role = {"role": "spo", "deputy": True}
    today, later = clock.now().date().isoformat(), (clock.now() + timedelta(days=30)).date().isoformat()
    half_an_hour_ago = (clock.now() - timedelta(minutes=30)).isoformat()
    for who, entry in (
        ("l.gone", {"ended": half_an_hour_ago}),
        ("l.away", {"absences": [{"from": today, "until": later}]}),
        ("l.here", {"absences": [{"from": later, "until": later}], "ended": later}),
    ):
        ok(keeper.put(f"/v1/staff/{who}", json={"name": who, "roles": [role], **entry}))
        asked = office.ask("check_not_required", check, staff=who)
        if who == "l.here":
            ok(asked, 201)
            continue
        assert asked.status_code == 422, who
        (fault,) = asked.get_json()["errors"]
        assert fault["pointer"] == "/staff"
        assert ("away" in fault["detail"]) is (who == "l.away")


def test_nobody_is_asked_who_may_not_know_of_the_case(office: Office) -> None:
    check = office.request()["check_id"]
    office.exclude()
    office.limit()
    for who in (EXCLUDED, "n.unnamed"):
        refused = office.ask("check_not_required", check, staff=who)
        assert [one["pointer"] for one in refused.get_json()["errors"]] == ["/staff"], who
    ok(office.ask("check_not_required", check, staff=INDEPENDENT), 201)


def test_a_list_is_filtered_and_has_pages(office: Office) -> None:
    first = ASKED["check_not_required"](office)
    office.story.wait(hours=1)
    second = ASKED["review_no_change"](office)
    page = ok(office.staff(ASKER).get("/v1/agreements", limit=1))
    assert [one["id"] for one in page["items"]] == [first["id"]]
    rest = ok(office.staff(ASKER).get("/v1/agreements", limit=1, after=page["next"]))
    assert [one["id"] for one in rest["items"]] == [second["id"]]
    of_person = listed(office, ASKER, "practitioner", person_id=office.person, state="asked")
    assert [one["id"] for one in of_person] == [first["id"], second["id"]]
    assert listed(office, ASKER, "practitioner", state="agreed") == []


def test_the_same_is_asked_once_until_it_is_decided_or_taken_back(office: Office) -> None:
    check = office.request()["check_id"]
    asked = ok(office.ask("check_not_required", check), 201)
    assert office.ask("check_not_required", check).status_code == 409
    withdrawal, path = {"reason": "The force will answer."}, f"{asked['href']}/withdrawal"
    other = office.staff(SUBMITTER)
    assert office.post(other, asked["href"], path, withdrawal).status_code == 409
    asker = office.staff(ASKER)
    assert asker.post(path, json=withdrawal).status_code == 428
    done = ok(office.post(asker, asked["href"], path, withdrawal))
    assert (done["state"], done["withdrawal_reason"]) == ("withdrawn", "The force will answer.")
    assert office.post(asker, asked["href"], path, withdrawal).status_code == 409
    late = office.decide(office.staff(INDEPENDENT, "spo"), asked)
    assert (late.status_code, late.get_json()["state"]) == (409, "withdrawn")
    ok(office.ask("check_not_required", check), 201)


def test_a_manager_who_acts_directly_answers_whoever_asked(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    path = asked["subject"]["href"]
    alone = {"decision": "not_required", "reason": "The register shows nobody."}
    ok(office.post(office.staff(INDEPENDENT, "spo"), path, f"{path}/decisions", alone))
    seen = ok(office.staff(ASKER).get(asked["href"]))
    assert (seen["state"], seen["decision"]["by"]) == ("agreed", INDEPENDENT)
    assert seen["decision"]["reason"] == "The register shows nobody."


def test_a_manager_whom_nobody_asked_leaves_an_agreement_too(office: Office) -> None:
    path = f"/v1/checks/{office.request()['check_id']}"
    alone = {"decision": "not_required", "reason": "The register shows nobody."}
    ok(office.post(office.staff(INDEPENDENT, "spo"), path, f"{path}/decisions", alone))
    (one,) = listed(office, ASKER, "practitioner", person_id=office.person)
    assert (one["kind"], one["state"], one["asked_by"]) == ("check_not_required", "agreed", None)
    assert (one["decision"]["by"], one["due_at"]) == (INDEPENDENT, None)


def test_what_is_answered_meanwhile_lapses(office: Office) -> None:
    asked = ASKED["check_request_cancelled"](office)
    request = ok(office.staff(ASKER).get(asked["subject"]["href"]))
    office.story.answer(
        office.force_of(request),
        request["id"],
        dict(NOTHING_KNOWN),
        nothing_found=True,
    )
    seen = ok(office.staff(ASKER).get(asked["href"]))
    assert (seen["state"], seen["overdue"], seen["allowed_transitions"]) == ("lapsed", False, [])


def test_the_gate_of_another_address_is_another_question(office: Office) -> None:
    asked = ASKED["gate_override"](office)
    other = {"lines": ["9 Weavers Row", "Leeds"], "postcode": "LS9 8AB", "police_force": "west-yorkshire"}
    part = asked["subject"]["id"]
    ok(office.story.place(office.story.practitioner, part, "propose_move_on", address=other))
    assert ok(office.staff(ASKER).get(asked["href"]))["state"] == "lapsed"


def test_what_nobody_decides_climbs(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    spo = office.staff("s.okafor", "spo")
    assert ok(spo.get(asked["href"]))["overdue"] is False
    office.story.wait(days=9)
    late = ok(spo.get(asked["href"]))
    assert late["overdue"] is True
    climbed = ok(spo.get("/v1/escalations", limit=500))["items"]
    steps = {one["step"] for one in climbed if one["subject"]["href"] == asked["href"]}
    assert {"spo", "pdu_head"} <= steps
    ok(office.decide(spo, asked))
    assert ok(spo.get(asked["href"]))["overdue"] is False


def addressed(office: Office, asked: Json) -> set[tuple[str, str]]:
    """Return whom the clock of what is asked has notified."""
    found = as_owner(
        "SELECT n.role, n.holder FROM notice_item n JOIN clock c ON c.id = n.clock_id"
        f" WHERE c.subject_id = '{asked['id']}'"
    )
    return {(row["role"], row["holder"]) for row in found}


def test_what_only_heads_decide_is_asked_of_those_above_where_the_unit_has_none(office: Office) -> None:
    keeper = office.story.cast.probation.keeper()
    part = office.staying()
    entry = ok(keeper.get(f"/v1/staff/{INDEPENDENT}"))
    gone = {"name": entry["name"], "roles": []}
    ok(keeper.put(f"/v1/staff/{INDEPENDENT}", json=gone, if_match=entry["etag"]))
    asked = ok(office.ask("gate_override", part), 201)
    assert asked["role"] == "region"
    region = office.staff("r.mercer", "region")
    assert [one["id"] for one in listed(office, "r.mercer", "region", asked="of_me")] == [asked["id"]]
    office.story.wait(days=15)
    told = addressed(office, asked)
    assert {role for role, _ in told} == {"region", "regional_director"}, "nobody who may not decide it"
    assert ok(office.decide(region, asked))["state"] == "agreed"


def test_what_heads_decide_never_notifies_who_may_not(office: Office) -> None:
    asked = ASKED["gate_override"](office)
    assert asked["role"] == "pdu_head"
    office.story.wait(days=15)
    assert addressed(office, asked) == {("pdu_head", INDEPENDENT), ("region", "r.mercer")}


def test_the_only_manager_of_a_role_who_asks_has_the_next_one_up_asked(office: Office) -> None:
    body = {"kind": "check_not_required", "subject_id": office.request()["check_id"], "reason": WHY}
    asked = ok(office.staff("s.okafor", "spo").post("/v1/agreements", json=body), 201)
    assert asked["role"] == "pdu_head"
    assert listed(office, "s.okafor", "spo", asked="of_me") == []
    assert [one["id"] for one in listed(office, INDEPENDENT, "pdu_head", asked="of_me")] == [asked["id"]]
    office.story.wait(days=15)
    assert addressed(office, asked) == {("pdu_head", INDEPENDENT), ("region", "r.mercer")}


def test_what_cannot_be_asked_is_refused_with_every_fault(office: Office) -> None:
    part = office.staying()
    wrong = {"role": "spo", "staff": SUBMITTER, "agreed": True, "proposal": {}}
    body = {"kind": "gate_override", "subject_id": part, "reason": "Threats.", **wrong}
    refused = office.staff(ASKER, "spo").post("/v1/agreements", json=body)
    assert refused.status_code == 422
    body["proposal"] = {
        "group": "public",
        "level": "low",
        "evidence": "None.",
        "grounds": {"changed": "a", "verified": "b", "how": "c", "by": "d"},
    }
    refused = office.staff(ASKER, "spo").post("/v1/agreements", json=body)
    pointers = {one["pointer"] for one in refused.get_json()["errors"]}
    assert (refused.status_code, pointers) == (422, {"/role", "/staff", "/agreed", "/proposal"})
    by_completing = office.ask("review_no_change", office.review()["id"])
    assert [one["pointer"] for one in by_completing.get_json()["errors"]] == ["/kind"]
    nobody = "00000000-0000-4000-8000-000000000000"
    assert office.ask("check_not_required", nobody).status_code == 404


def test_an_agreement_follows_the_case_to_another_region(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    offer = {"person_id": office.person, "to_region": "N51", "reason": "He moves there."}
    transfer = ok(office.story.practitioner.post("/v1/transfers", json=offer), 201)
    there = office.story.cast.stranger.as_practitioner("w.hart", "spo", pdu="Central Lancashire")
    accepted = {"action": "accept", "practitioner": "n.west", "pdu": "Central Lancashire"}
    ok(office.post(there, transfer["href"], f"{transfer['href']}/transitions", accepted))
    assert office.staff(INDEPENDENT, "spo").get(asked["href"]).status_code == 404
    assert ok(office.decide(there, asked))["state"] == "agreed"


def readdressed(office: Office) -> list[list[str]]:
    news = ok(office.staff(ASKER).get("/v1/events", limit=500))["items"]
    return [one["data"]["for"] for one in news if one["event"] == "agreement.readdressed"]


def follow(office: Office) -> None:
    """Let a worker follow the staff register."""
    del office
    work_once("test", Event(), [follow_register])


def test_what_was_asked_of_a_manager_who_is_excluded_is_asked_of_the_next(office: Office) -> None:
    check = office.request()["check_id"]
    asked = ok(office.ask("check_not_required", check, role="pdu_head", staff=INDEPENDENT), 201)
    body = {"practitioner": INDEPENDENT, "reason": "She is his aunt."}
    ok(office.staff("b.lowe", "head_of_public_protection").post(office.at("exclusions"), json=body))
    seen = ok(office.staff(ASKER).get(asked["href"]))
    assert (seen["state"], seen["role"], seen["staff"]) == ("asked", "region", None)
    assert readdressed(office) == [["region"]]
    assert [one["id"] for one in listed(office, "r.mercer", "region", asked="of_me")] == [asked["id"]]
    assert listed(office, "s.okafor", "spo", asked="of_me") == []
    ok(office.decide(office.staff("r.mercer", "region"), asked))


def test_what_was_asked_of_a_role_that_only_somebody_excluded_holds_is_asked_of_the_next(
    office: Office,
) -> None:
    asked = ASKED["check_not_required"](office)
    body = {"practitioner": "s.okafor", "reason": "He is his uncle."}
    ok(office.staff("b.lowe", "head_of_public_protection").post(office.at("exclusions"), json=body))
    assert ok(office.staff(ASKER).get(asked["href"]))["role"] == "pdu_head"
    assert [one["id"] for one in listed(office, INDEPENDENT, "pdu_head", asked="of_me")] == [asked["id"]]


def test_what_was_asked_of_a_manager_who_has_left_is_asked_of_whoever_has_the_role(office: Office) -> None:
    check = office.request()["check_id"]
    asked = ok(office.ask("check_not_required", check, staff="s.okafor"), 201)
    follow(office)
    assert readdressed(office) == []
    keeper = office.story.cast.probation.keeper()
    gone = {"name": "Samuel Okafor", "ended": clock.now().isoformat(), "roles": []}
    tag = keeper.get("/v1/staff/s.okafor").headers["ETag"]
    ok(keeper.put("/v1/staff/s.okafor", json=gone, if_match=tag))
    follow(office)
    seen = ok(office.staff(ASKER).get(asked["href"]))
    assert (seen["role"], seen["staff"], seen["version"]) == ("spo", None, 2)
    assert readdressed(office) == [["spo"]]
    follow(office)
    assert readdressed(office) == [["spo"]], "once"


def test_what_has_climbed_or_fallen_to_a_manager_is_among_what_is_asked_of_them(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    head = {"who": INDEPENDENT, "role": "pdu_head", "asked": "of_me"}
    assert listed(office, **head) == []
    keeper = office.story.cast.probation.keeper()
    entry = ok(keeper.get("/v1/staff/s.okafor"))
    kept = {"name": entry["name"], "roles": [{"role": "spo"}]}
    away = {"from": clock.now().isoformat(), "until": (clock.now() + timedelta(hours=2)).isoformat()}
    for other in ok(keeper.get("/v1/staff", role="spo"))["items"]:
        if other["id"] != "s.okafor":
            alone = {"name": other["name"], "roles": []}
            ok(keeper.put(other["href"], json=alone, if_match=other["etag"]))
    ok(keeper.put("/v1/staff/s.okafor", json={**kept, "absences": [away]}, if_match=entry["etag"]))
    fallen = listed(office, **head)
    assert [one["id"] for one in fallen] == [asked["id"]], "nobody is there in the role that was asked"
    office.story.wait(hours=3)
    assert listed(office, **head) == []
    office.story.wait(days=9)
    assert [one["id"] for one in listed(office, **head)] == [asked["id"]], "it has climbed"
    assert [one["id"] for one in listed(office, "s.okafor", "spo", asked="of_me")] == [asked["id"]]


def test_a_deputy_is_asked_while_the_holder_is_away(office: Office) -> None:
    asked = ASKED["check_not_required"](office)
    keeper = office.story.cast.probation.keeper()
    deputy = {"name": "Dee Puty", "roles": [{"role": "spo", "deputy": True}]}
    ok(
        keeper.put(
            "/v1/staff/d.deputy", json=deputy, if_match=keeper.get("/v1/staff/d.deputy").headers["ETag"]
        )
    )
    assert listed(office, "d.deputy", "spo", asked="of_me") == []
    entry = ok(keeper.get("/v1/staff/s.okafor"))
    away = {"from": clock.now().isoformat(), "until": (clock.now() + timedelta(hours=2)).isoformat()}
    kept = {"name": entry["name"], "roles": [{"role": "spo"}], "absences": [away]}
    ok(keeper.put("/v1/staff/s.okafor", json=kept, if_match=entry["etag"]))
    assert [one["id"] for one in listed(office, "d.deputy", "spo", asked="of_me")] == [asked["id"]]

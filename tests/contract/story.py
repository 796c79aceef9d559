"""One case in which every operation of the API is called successfully; also the source of the examples."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Self

from flask import Flask, Response, request, request_finished
from sqlalchemy import text

from service import clock, db
from tests.cast import OTHER_REGION, Caller
from tests.contract.conformance import Json, conformance_of
from tests.events.webhooks import claimed, record, registered
from tests.journeys.driver import EMPLOYER, NOTHING_KNOWN, Story, ok
from tests.people.factories import give_sight
from tests.referrals import samples
from tests.registration.calls import register_everything
from tests.rows import person_at
from tests.subject_access.asking import released

CRN = "X320741"
HOME: Json = {
    "lines": ["12 Skinner Street", "Leeds"],
    "postcode": "LS9 8PR",
    "police_force": "west-yorkshire",
    "local_authority": "E08000035",
}
BEFORE_EASTER = "2026-03-31T10:00:00+01:00"


@dataclass
class Recorder:
    """Records successful calls, and keeps the most informative one of each operation that is not too long."""

    longest: int = 9000
    exchanges: dict[str, Json] = field(default_factory=dict)
    sent: dict[str, list[Any]] = field(default_factory=dict)
    """For each operation, the bodies that were sent."""

    def __enter__(self) -> Self:
        request_finished.connect(self.record_response)
        return self

    def __exit__(self, *_: object) -> None:
        request_finished.disconnect(self.record_response)

    def record_response(self, app: Flask, response: Response, **_: Any) -> None:
        """Keep an exchange, if it is a better example than the one before."""
        operation_id = app.view_functions[request.endpoint].__name__ if request.endpoint else ""
        if operation_id not in conformance_of(app).by_id or response.status_code not in {200, 201}:
            return
        exchange: Json = {}
        if request.form:
            exchange["request"] = request.form.to_dict()
        elif request.get_data(cache=True):
            exchange["request"] = request.get_json()
        if "request" in exchange:
            sent = self.sent.setdefault(operation_id, [])
            if exchange["request"] not in sent:
                sent.append(exchange["request"])
        json = response.mimetype == "application/json"
        exchange["response"] = response.get_json() if json else response.get_data(as_text=True)
        known = self.exchanges.get(operation_id)
        if known is None or _worth(known, self.longest) < _worth(exchange, self.longest):
            self.exchanges[operation_id] = exchange


def _worth(exchange: Json, longest: int) -> tuple[int, int]:
    size = len(str(exchange["response"])) + len(str(exchange.get("request", "")))
    return (0, -size) if size > longest else (1, size)


def record_case(story: Story) -> None:
    """Play Darren's and Toby's case from the preview to the audit trail."""
    story.clock.set(BEFORE_EASTER)
    hook = registered(story.cast.crs.organisation_id, "https://hooks.keyring.example/referrals").endpoint_id
    document = samples.darren_and_toby(today=story.clock.at.date())
    ok(story.practitioner.post("/v1/referrals/preview", json=document))
    submitted = story.practitioner.post("/v1/referrals", json=document)
    referral: str = ok(submitted, 201)["id"]
    parts = {
        (part["kind"], part["service_category"]): part["id"] for part in submitted.get_json()["destinations"]
    }
    crs, ap, mappa = (
        parts[key] for key in (("crs", "accommodation"), ("approved_premises", None), ("mappa", None))
    )
    _destinations_take_it_on(story, crs, ap, mappa)
    _agencies_answer(story, referral)
    _time_passes(story, referral)
    _things_change(story, referral, crs, document)
    _a_stay(story, ap)
    _words_and_reports(story, crs)
    _everybody_reads(story, referral, crs, ap)
    _who_a_child_is(story)
    _mistakes_are_put_right(story)
    _referrals_are_ended(story)
    _how_soon(story)
    _release_dates(story)
    _the_person_asks(story)
    _whose_case_it_is(story)
    _who_may_know(story)
    _webhooks(story, str(hook))
    register_everything(story.cast.administration.as_practitioner("m.okonkwo", "registrar", pdu=None))
    _who_works_here(story)


def _how_soon(story: Story) -> None:
    """The region agrees with the force how soon it answers, and its running clocks follow."""
    region, path = (
        story.cast.probation.as_practitioner("r.mercer", "region"),
        "/v1/policies/police_da.allocation",
    )
    ok(region.get("/v1/policies", limit=3))
    ok(region.get(path))
    figures = {
        "answer": {
            "targets": {"routine": "4wd", "urgent": "6wh"},
            "reminders": ["75%"],
            "steps": [{"key": "pdu_head", "at": "T+2wd"}],
        }
    }
    draft = {"responder_id": str(story.cast.police.organisation_id), "figures": figures}
    ok(region.post(f"{path}/dry-run", json=draft, query_string={"limit": 1}))
    agreed = draft | {"reason": "The agreement with West Yorkshire Police of 20 April."}
    number = ok(region.post(f"{path}/versions", json=agreed), 201)["version"]
    ok(region.get(f"{path}/versions"))
    ok(story.cast.police.get(f"{path}/versions/{number}"))
    begins = {"reason": "The agreement begins today."}
    ok(region.post(f"{path}/versions/{number}/application", json=begins))


def _who_works_here(story: Story) -> None:
    """The region's human resources enter a deputy and her leave, and a new practitioner."""
    keeper = story.cast.probation.keeper()
    deputy = {
        "name": "Lorna Finch",
        "phone": "0113 496 0001",
        "email": "lorna.finch@probation.example",
        "roles": [{"role": "spo", "unit": "York", "deputy": True, "from": "2026-04-01"}],
        "absences": [{"from": "2026-08-03", "until": "2026-08-14"}],
    }
    ok(keeper.put("/v1/staff/l.finch", json=deputy))
    moved = {"id": "n.west", "name": "Nora West", "phone": "0113 496 0002"}
    ok(keeper.post("/v1/staff/bulk", json={"entries": [moved, {"id": "i.tate", "name": "Ian Tate"}]}))
    ok(story.practitioner.get("/v1/staff/l.finch"))
    ok(story.practitioner.get("/v1/staff", role="spo", unit="York"))


def _who_may_know(story: Story) -> None:
    """Another region shares the work, and must know at once; the case is limited for a while."""
    person, own = person_at(CRN), story.cast.probation.as_practitioner("j.moss")

    def change(caller: Caller, path: str, seen_at: str, **body: Any) -> Json:
        tag = caller.get(f"{person}/{seen_at}").headers["ETag"]
        return ok(caller.post(f"{person}/{path}", json=body, if_match=tag))

    until = (story.clock.at + timedelta(days=90)).isoformat()
    given = {"organisation": OTHER_REGION, "basis": "host_area", "sections": ["risk", "household"]}
    why = {"until": until, "reason": "He will live with his mother there."}
    share = ok(own.post(f"{person}/shares", json=given | why), 201)["id"]
    ok(own.get(f"{person}/shares/{share}"))
    change(own, f"shares/{share}/end", f"shares/{share}", reason="He stays here.")
    give_sight(story.cast.stranger, CRN, basis="carried_over")
    listed = ok(own.get(f"{person}/shares"))["items"]
    (carried_over,) = [one for one in listed if one["basis"] == "carried_over"]
    confirmation = {"basis": "joint", "until": until, "reason": "Both regions work with him."}
    goes_on = own.post(
        f"{carried_over['href']}/confirmation", json=confirmation, if_match=carried_over["etag"]
    )
    joint = ok(goes_on, 201)["id"]
    change(own, f"shares/{joint}/end", f"shares/{joint}", reason="He is back.")
    head = story.cast.stranger.as_practitioner("m.osei", "pdu_head")
    at_once = {"crn": CRN, "reason": "He is at her door and the police are on the phone."}
    taken = ok(head.post("/v1/people/emergency-access", json=at_once), 201)["id"]
    found = {"outcome": "justified", "reason": "She could be warned."}
    change(story.spo, f"shares/{taken}/review", f"shares/{taken}", **found)
    sister = {"practitioner": "r.ellershaw", "reason": "The sister of the person."}
    excluded = ok(story.pdu_head.post(f"{person}/exclusions", json=sister))["excluded"][0]["id"]
    ended = {"reason": "She has left the service."}
    ok(story.spo.post(f"{person}/exclusions/{excluded}/end", json=ended))
    named = [{"practitioner": "q.brown"}]
    change(own, "limit", "access", named=named, reason="The case is in the newspapers.")
    ok(own.post(f"{person}/named-staff", json={"practitioner": "d.dale", "reason": "Joins the team."}))
    ok(own.get(f"{person}/access"))
    change(story.spo, "lift", "access", reason="Nobody asks about it any more.")
    _two_numbers_of_one_person(story, own)


def _two_numbers_of_one_person(story: Story, own: Caller) -> None:
    """A court has made a second CRN; a manager merges the two, and finds that it was somebody else."""
    person, second = person_at(CRN), "X320791"
    number = ok(own.get(person))["noms_number"]
    name = {"given": "Daren", "family": "Ellershaw"}
    opening = {"because": "allocation", "person": {"crn": second, "name": name, "noms_number": number}}
    other = ok(story.practitioner.post("/v1/people", json=opening), 201)["href"]
    reason = "The prison confirms that it is one man."
    for answer in (
        {"same": True, "keep": CRN, "reason": reason},
        {"same": False, "reason": "The prison has taken it back: they are cousins."},
    ):
        tag = story.spo.get(other).headers["ETag"]
        body = {"other": person.rpartition("/")[2], **answer}
        ok(story.spo.post(f"{other}/same-as", json=body, if_match=tag))


def _destinations_take_it_on(story: Story, crs: str, ap: str, mappa: str) -> None:
    for caller, part in ((story.cast.crs, crs), (story.cast.ap, ap), (story.cast.mappa, mappa)):
        ok(caller.get("/v1/destination-referrals"))
        story.take_on(caller, part)
    story.move(story.cast.crs, crs, "start", note="First meeting next week.")


def _agencies_answer(story: Story, referral: str) -> None:
    known = {
        "call_outs": [
            {
                "date": "2025-11-14",
                "role": "perpetrator",
                "children_present": "yes",
                "summary": "Neighbours heard shouting and a plate break.",
                "source": "Niche",
                "verified": "verified",
            }
        ]
    }
    for one in story.requests(referral, "police_da"):
        agency = story.cast.police if one["area"] == "west-yorkshire" else story.cast.other_police
        story.inbox(agency)
        ok(agency.get(f"/v1/check-requests/{one['id']}"))
        question = "Is this the address at which the partner still lives?"
        if one["area"] == "west-yorkshire":
            story.move_request(agency, one["id"], "return_for_information", question=question)
            story.move_request(
                story.practitioner, one["id"], "answer_information", answer="Yes, since January."
            )
        returned = story.answer(agency, one["id"], NOTHING_KNOWN | known)
        if one["area"] == "west-yorkshire":
            another = {"reason": "It was about another man of that name.", "withdrawn": True}
            path = f"/v1/check-requests/{one['id']}/results/{returned['id']}/corrections"
            ok(agency.post(path, json=another), 201)
            story.answer(agency, one["id"], NOTHING_KNOWN | known)
    check = story.checks(referral, "police_da")[0]
    reviewed = story.review_answer(
        check["id"],
        check["results"][0]["check_request_id"],
        "risk",
        "risk_management_plan",
        reason="A call-out that was not known when the risk was judged.",
    )
    (review,) = reviewed["reviews"]
    seen = story.spo.get(f"/v1/checks/{check['id']}")
    signed = story.spo.post(
        f"/v1/checks/{check['id']}/reviews/{review['id']}/countersignature",
        json={"agreed": True, "reason": "The level for known adults is to be looked at again."},
        if_match=seen.headers["ETag"],
    )
    ok(signed)


def _time_passes(story: Story, referral: str) -> None:
    """Nobody asks for the child's name: the ladder climbs, a supervisor sees it, the details are supplied."""
    story.wait(days=3)
    ok(story.practitioner.get("/v1/overdue"))
    ok(story.practitioner.get("/v1/work"))
    ok(story.practitioner.get("/v1/adjustments"))
    escalations = ok(story.spo.get("/v1/escalations", mine="yes"))["items"]
    address = f"/v1/escalations/{escalations[0]['id']}"
    ok(story.spo.post(f"{address}/acknowledgement"))
    ok(story.spo.post(f"{address}/notes", json={"text": "She is calling the family today."}), 201)
    handed = {"to": "p.shah", "reason": "She knows the family."}
    ok(story.spo.post(f"{address}/handover", json=handed))
    ok(story.spo.get("/v1/escalations"))
    story.wait(days=6)
    son = ok(story.practitioner.get(story.contact(CRN, "son")["href"]))
    story.supply(CRN, son, given_name="Alfie", family_name="Marchbanks", date_of_birth="2017-05-30")
    check = story.checks(referral, "childrens_safeguarding")[0]
    seen = story.spo.get(f"/v1/checks/{check['id']}")
    decided = story.spo.post(
        f"/v1/checks/{check['id']}/decisions",
        json={"decision": "not_required", "reason": "Asked and answered last week in another case."},
        if_match=seen.headers["ETag"],
    )
    ok(decided)


def _another_region_says_something(story: Story) -> None:
    other, elsewhere = story.cast.stranger.as_practitioner("k.lowe"), samples.minimal("ELSEWHERE-1", CRN)
    side = ok(other.post("/v1/referrals", json=elsewhere), 201)["person"]["href"]
    share = {"basis": "host_area", "sections": ["risk"], "until": "2026-12-01T00:00:00Z"}
    wanted = share | {"reason": "He stays with his brother here."}
    asked = ok(other.post(f"{side}/share-requests", json=wanted), 201)
    declined = {"given": False, "reason": "He no longer stays there."}
    ok(story.practitioner.post(f"{asked['href']}/answer", json=declined))
    ok(story.practitioner.get(f"{person_at(CRN)}/share-requests"))
    proposed = ok(story.practitioner.get(f"{person_at(CRN)}/proposals"))["items"]
    left = {"taken": False, "reason": "It is the name of somebody else."}
    ok(story.practitioner.post(f"{proposed[0]['href']}/decision", json=left), 201)


def _a_manager_is_asked(story: Story, referral: str) -> None:
    """A practitioner asks that a check is not required, takes it back, asks again, and a manager declines."""
    checks = ok(story.practitioner.get("/v1/checks", referral_id=referral))["items"]
    check = next(one for one in checks if one["state"] == "open")
    wanted = {
        "kind": "check_not_required",
        "subject_id": check["id"],
        "reason": "The force has confirmed by telephone that it holds nothing.",
        "role": "spo",
    }
    asked = story.practitioner.post("/v1/agreements", json=wanted)
    taken_back = ok(asked, 201)["href"]
    reason = {"reason": "The force will answer after all."}
    tag = asked.headers["ETag"]
    ok(story.practitioner.post(f"{taken_back}/withdrawal", json=reason, if_match=tag))
    again = ok(story.practitioner.post("/v1/agreements", json=wanted), 201)["href"]
    ok(story.spo.get("/v1/agreements", asked="of_me", state="asked"))
    seen = story.spo.get(again)
    decision = {"agreed": False, "reason": "A telephone call is no answer. Ask for it in writing."}
    ok(story.spo.post(f"{again}/decision", json=decision, if_match=seen.headers["ETag"]))


def _things_change(story: Story, referral: str, crs: str, document: Json) -> None:
    changed = story.report_change(
        CRN,
        "new_relationship",
        contacts=[
            {
                "ref": "new-partner",
                "relationship": "partner",
                "given_name": "Rosa",
                "family_name": "Ellingham",
                "details_status": "provided",
            }
        ],
        details="Mentioned in supervision; they met in February.",
    )
    ok(story.practitioner.get(f"/v1/changes-of-circumstance/{changed['id']}"))
    story.report_change(
        CRN,
        "rosh_changed",
        rosh={
            "group": "known_adult",
            "level": "very_high",
            "who": "A former partner.",
            "reason": "What the police hold was not known before.",
        },
    )
    ok(story.practitioner.get(f"{person_at(CRN)}/changes-of-circumstance"))
    arranged = {
        "identification": {"state": "held"},
        "benefit": {"state": "claim_made"},
        "conditions_explained": {
            "state": "explained",
            "day": story.clock.at.date().isoformat(),
            "by": "practitioner",
        },
    }
    ok(story.practitioner.post(f"{person_at(CRN)}/release-arrangements", json=arranged), 201)
    ok(story.practitioner.get(f"{person_at(CRN)}/release-arrangements"))
    opened = ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]
    review = next(one for one in opened if one["kind"] == "risk")
    considered = [
        {"what": one, "outcome": "already_involved", "reason": "Referred with this case."}
        for one in review["consider"]
    ]
    found = ["risk_management_plan", "risk_assessment"]
    ok(story.complete_review(review["id"], changes=found, considered=considered))
    _an_employer_is_told(story)
    _the_police_decide(story)
    _nothing_need_change(story)
    _a_manager_is_asked(story, referral)
    address = HOME | {"ref": "skinner-street", "kind": "proposed_release"}
    ok(story.practitioner.post(f"{person_at(CRN)}/addresses", json=address), 201)
    amended = samples.with_risen(document) | {
        "urgency": "urgent",
        "urgency_reason": "The release was brought forward.",
    }
    seen = story.practitioner.get(f"/v1/referrals/{referral}")
    versions = f"/v1/referrals/{referral}/versions"
    ok(story.practitioner.post(versions, json=amended, if_match=seen.headers["ETag"]))
    seen = story.practitioner.get(f"/v1/referrals/{referral}")
    patch = {"person": {"phone": "0113 496 0001"}}
    ok(story.practitioner.patch(f"/v1/referrals/{referral}", json=patch, if_match=seen.headers["ETag"]))
    listed = ok(story.practitioner.get(versions))["items"]
    ok(story.practitioner.get(f"{versions}/{listed[0]['number']}"))
    notice = ok(story.cast.crs.get(f"/v1/destination-referrals/{crs}"))["notices"][-1]
    acknowledged = {"version": notice["version"], "can_continue": True}
    ok(story.cast.crs.post(f"/v1/destination-referrals/{crs}/acknowledgements", json=acknowledged))


def _an_employer_is_told(story: Story) -> None:
    """Somebody outside the case is told exactly what a manager agreed to."""
    path, day = f"{person_at(CRN)}/disclosure-decisions", clock.today().isoformat()
    opened = ok(story.practitioner.post(path, json=EMPLOYER), 201)
    proposal = {
        "tell": True,
        "reason": "He would be alone with apprentices of sixteen.",
        "subjects": ["conditions"],
        "words": "He may not work alone with anybody under eighteen.",
        "withheld": [{"what": "what he was convicted of", "why": "The trade does not need it."}],
        "legal_basis": "common_law",
        "told_by": "Priya Shah",
        "tell_by": day,
        "person": {
            "informed": "tells_it",
            "by": day,
            "reason": "He has told the foreman some of it himself.",
        },
    }
    ok(story.tell(opened["id"], "propose", proposal=proposal))
    ok(story.decide_telling(opened["id"]))
    told = {"told_on": day, "by": "Priya Shah", "means": "by_telephone"}
    ok(story.tell(opened["id"], "record_told", told=told))
    ok(story.practitioner.get(path))


def _who_a_child_is(story: Story) -> None:
    """A girl is on record under two references, and the practitioner says that she is one."""
    girl = {
        "ref": "girl",
        "relationship": "other_child",
        "given_name": "Ottoline",
        "family_name": "Quennell",
        "date_of_birth": "2017-04-09",
        "details_status": "provided",
    }
    story.report_change(CRN, "contact_with_child", contacts=[girl, girl | {"ref": "girl-at-school"}])
    listed = ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
    alike = next(one for one in listed if one["alike"])
    decided = {"same": True, "reason": "The school knows one girl of this name."}
    ok(story.practitioner.post(f"{alike['href']}/same-person", json=decided, if_match=alike["etag"]))


def _mistakes_are_put_right(story: Story) -> None:
    """An address is corrected, and somebody and a place that should not be there are entered in error."""
    person, tags = person_at(CRN), {"reason": "It was somebody else's."}
    listed = ok(story.practitioner.get(f"{person}/addresses"))["items"]
    home = next(one for one in listed if not one["protected"])
    seen = {"how": "home_visit", "on": "2026-02-27", "person_seen": True, "others_seen": 1}
    right = {"because": "correction", "verification": seen, "lines": home["lines"]}
    ok(story.practitioner.patch(home["href"], json=right, if_match=home["etag"]))
    ok(story.practitioner.get(home["href"]))
    change = {"ref": "by-mistake", "kind": "visited", "lines": ["1 Wrong Street", "Leeds"]}
    story.report_change(CRN, "address_new", addresses=[change], contacts=[])
    listed = ok(story.practitioner.get(f"{person}/addresses"))["items"]
    wrong = next(one for one in listed if one["ref"] == "by-mistake")
    path = f"{wrong['href']}/entered-in-error"
    ok(story.practitioner.post(path, json=tags, if_match=wrong["etag"]))
    contacts = ok(story.practitioner.get(f"{person}/contacts"))["items"]
    twin = next(one for one in contacts if one["ref"] == "girl-at-school")
    path = f"{twin['href']}/entered-in-error"
    ok(story.practitioner.post(path, json=tags, if_match=twin["etag"]))


def _referrals_are_ended(story: Story) -> None:
    """One referral is withdrawn as a whole, and one should never have been made."""
    for number, how in enumerate(("withdrawal", "entered-in-error")):
        document = samples.minimal(f"ENDED-{number}", f"X32089{number}")
        href = ok(story.practitioner.post("/v1/referrals", json=document), 201)["href"]
        tag = story.practitioner.get(href).headers["ETag"]
        reason = {"reason": "Somebody else was meant."}
        ok(story.practitioner.post(f"{href}/{how}", json=reason, if_match=tag))


def _the_police_decide(story: Story) -> None:
    """A force is asked under the Right to Know, reads whom it is about, and answers."""
    path, day = f"{person_at(CRN)}/disclosure-decisions", clock.today().isoformat()
    partner = {"recipient": "partner", "name": "Joanne Threlfall", "reason": "Her sister asked."}
    opened = ok(story.practitioner.post(path, json=partner), 201)
    referral = {
        "force": "west-yorkshire",
        "sent_on": day,
        "reason": "He was convicted of assaulting a partner.",
    }
    ok(story.tell(opened["id"], "refer", referral=referral))
    asked = story.told(story.cast.police, "right_to_know.asked")[-1]["subject"]["href"]
    tag = story.cast.police.get(asked).headers["ETag"]
    answer = {"told": True, "answered_on": day, "reason": "An officer told her of the conviction of 2021."}
    ok(story.cast.police.post(f"{asked}/answer", json=answer, if_match=tag))
    instead = {
        "said": answer | {"told": False, "reason": "She has moved away, and nobody has told her yet."},
        "reason": "We had answered for another woman.",
    }
    tag = story.cast.police.get(asked).headers["ETag"]
    ok(story.cast.police.post(f"{asked}/corrections", json=instead, if_match=tag))


def _the_person_asks(story: Story) -> None:
    """He asks for what is held about him: each text is decided about, and a manager releases the copy."""
    keeper = story.cast.probation.as_practitioner("r.keeper", "records_manager")
    manager = story.cast.probation.as_practitioner("b.lowe", "head_of_public_protection")
    released(keeper, manager, person_at(CRN), lambda one: bool(one["gives_away"] or one["may_give_away"]))


def _nothing_need_change(story: Story) -> None:
    """A change of which the practitioner finds that it changes nothing, and a manager agrees."""
    moved = story.report_change(CRN, "work_started")
    (review,) = moved["reviews"]
    proposed = story.complete_review(review["id"], no_change_reason="The plan had counted on the job.")
    assert ok(proposed)["state"] == "awaiting_agreement"
    ok(story.agree_to_review(review["id"], agreed=True, reason="The plan was written for it in March."))


def _a_stay(story: Story, ap: str) -> None:
    stay = {"expected_arrival": "2026-04-22", "expected_departure": "2026-07-15"}
    ok(story.place(story.cast.ap, ap, "offer", **stay))
    ok(story.place(story.practitioner, ap, "confirm"))
    story.clock.set("2026-04-23T09:00:00+01:00")
    ok(story.place(story.cast.ap, ap, "record_arrival", arrived_on="2026-04-22"))
    arrived = ok(story.cast.ap.get(f"/v1/destination-referrals/{ap}/placement"))["moves"][-1]["id"]
    a_day_later = {"reason": "The night staff wrote it down.", "said": {"arrived_on": "2026-04-23"}}
    path = f"/v1/destination-referrals/{ap}/placement/moves/{arrived}/corrections"
    ok(story.cast.ap.post(path, json=a_day_later))
    move_on = HOME | {"lines": ["3 Bond Court", "Leeds"], "postcode": "LS1 2JZ"}
    ok(story.place(story.practitioner, ap, "propose_move_on", address=move_on))
    ok(story.practitioner.get(f"/v1/destination-referrals/{ap}/placement"))


def _words_and_reports(story: Story, crs: str) -> None:
    path = f"/v1/destination-referrals/{crs}"
    ok(story.practitioner.post(f"{path}/messages", json={"body": "He prefers mornings."}), 201)
    ok(story.cast.crs.get(f"{path}/messages"))
    said = story.update(story.cast.crs, crs, "progress", summary="Met twice; two landlords written to.")
    better = {"content": {"summary": "Met once; two landlords written to."}}
    right = {"reason": "One of the meetings was another resident's.", "said": better}
    ok(story.cast.crs.post(f"{path}/updates/{said['id']}/corrections", json=right), 201)
    story.move(story.cast.crs, crs, "complete", outcome_code="achieved")
    ended = ok(story.cast.crs.get(path))["moves"][-1]["id"]
    another = {"reason": "It was the flat of another client that was found.", "withdrawn": True}
    ok(story.cast.crs.post(f"{path}/moves/{ended}/corrections", json=another))
    ok(story.practitioner.get(f"{path}/updates"))
    concern = {
        "occurred_on": "2026-04-20",
        "details": "Came with a woman nobody knew, and was short with her.",
        "people": ["partner"],
        "reporter": "Support worker",
    }
    raised = ok(story.cast.crs.post(f"{path}/concerns", json=concern), 201)
    a_day_before = {"reason": "It was on Sunday.", "said": concern | {"occurred_on": "2026-04-19"}}
    ok(story.cast.crs.post(f"{path}/concerns/{raised['id']}/corrections", json=a_day_before), 201)
    ok(story.cast.crs.get(f"{path}/concerns"))
    danger = {"occurred_on": "2026-04-20", "details": "Says that he will wait for her outside."}
    ok(story.cast.crs.post(f"{path}/concerns", json=danger | {"immediate_danger": True}), 201)
    story.wait(minutes=2)
    director = story.cast.probation.as_practitioner("d.ellis", "regional_director")
    listed = ok(director.get("/v1/escalations", open="yes", limit=500))["items"]
    reached = next(one["id"] for one in listed if one["timer"] == "danger")
    done = {"done": "The police are with her, and he has been spoken to."}
    ok(director.post(f"/v1/escalations/{reached}/confirmation", json=done))
    ok(story.cast.crs.get(f"{path}/changes-of-circumstance"))


def _everybody_reads(story: Story, referral: str, crs: str, ap: str) -> None:
    for caller, path in (
        (story.practitioner, "referrals"),
        (story.cast.crs, "destination-referrals"),
        (story.cast.police, "check-requests"),
    ):
        ok(caller.get(f"/v1/{path}", limit=2))
    ok(story.practitioner.get("/v1/checks", referral_id=referral))
    ok(story.practitioner.get("/v1/releases", limit=2, counts="yes"))
    ok(story.practitioner.get(f"/v1/referrals/{referral}"))
    ok(story.practitioner.get(f"/v1/referrals/{referral}/timeline", limit=3))
    (last,) = ok(story.practitioner.get("/v1/checks", referral_id=referral, order="newest", limit=1))["items"]
    ok(story.practitioner.get(f"/v1/checks/{last['id']}/history", limit=3))
    ok(story.practitioner.get(f"/v1/checks/{last['id']}/timeline", limit=3))
    ok(story.cast.police.post("/v1/check-requests/search", json={"name": {"family": "Holdsworth"}}))
    for kind in ("police_da", "childrens_safeguarding"):
        story.checks(referral, kind)
    (check, *_) = story.checks(referral, "police_da")
    ok(story.practitioner.get(f"/v1/checks/{check['id']}/history", limit=8))
    family = {"family": samples.darren_and_toby()["person"]["name"]["family"]}
    ok(story.cast.police.post("/v1/check-requests/search", json={"name": family}))
    (found,) = ok(story.practitioner.post("/v1/people/search", json={"crn": CRN}))["found"]
    assert found["href"] == person_at(CRN)
    for path in ("", "/contacts", "/addresses", "/rosh", "/plan", "/case"):
        ok(story.practitioner.get(f"{person_at(CRN)}{path}"))
    ok(story.practitioner.get(f"{person_at(CRN)}/timeline", limit=3))
    for caller, path in (
        (story.practitioner, f"/v1/referrals/{referral}"),
        (story.cast.ap, f"/v1/destination-referrals/{ap}"),
    ):
        assert caller.get(f"{path}/summary").status_code == 200
    _another_region_says_something(story)
    for review in ok(story.practitioner.get(f"{person_at(CRN)}/reviews"))["items"]:
        ok(story.practitioner.get(f"/v1/reviews/{review['id']}"))
    ok(story.cast.ap.get(f"/v1/destination-referrals/{ap}/document"))
    ok(story.cast.crs.get("/v1/events", limit=3))
    ok(story.cast.oversight.get("/v1/audit/entries", limit=3))
    anybody = story.cast.crs.app.test_client()
    for path in ("/health/liveness", "/health/readiness", "/metrics", "/.well-known/jwks.json"):
        assert anybody.get(path).status_code == 200
    assert anybody.get("/.well-known/oauth-authorization-server").status_code == 200


def _release_dates(story: Story) -> None:
    """A prison sends when somebody known is released, and of whom it does not know whether they are."""
    as_of = clock.now().isoformat()
    lines = [
        {"crn": CRN, "release_date": "2026-05-20", "kind": "confirmed", "as_of": as_of},
        {"noms_number": "A1234BC", "release_date": "2026-07-01", "kind": "conditional", "as_of": as_of},
    ]
    ok(story.cast.prison.post("/v1/release-dates", json={"lines": lines}))


def _whose_case_it_is(story: Story) -> None:
    """One case is handed to a colleague and looked after by another; a second is opened and transferred."""
    opened = {
        "because": "pre_sentence_report",
        "person": {"crn": "X320742", "name": {"given": "Larry", "family": "Penhallow"}},
        "hearing_date": "2026-05-18",
        "household": {
            "children": "no",
            "contacts": [{"ref": "partner", "relationship": "partner", "details_status": "not_asked"}],
        },
    }
    case = ok(story.practitioner.post("/v1/people", json=opened), 201)
    tag = story.practitioner.get(case["href"]).headers["ETag"]
    details = {"date_of_birth": "1979-03-14", "noms_number": "A4418DX"}
    ok(story.practitioner.patch(case["href"], json=details, if_match=tag))
    ok(story.practitioner.get("/v1/people", mine="yes", order="newest", counts="yes"))
    ok(story.practitioner.get(f"{person_at(CRN)}/checks"))
    holding = f"{person_at(CRN)}/holding"
    until = "2026-05-29T17:00:00+01:00"
    for what, given in (
        ("holding", {"practitioner": "j.moss", "pdu": "Leeds"}),
        ("caretaker", {"action": "name", "practitioner": "a.khan", "until": until}),
        ("team", {"action": "add", "practitioner": "t.brook", "part": "pso"}),
    ):
        tag = story.spo.get(holding).headers["ETag"]
        ok(story.spo.post(f"{person_at(CRN)}/{what}", json=given, if_match=tag))
    ok(story.practitioner.get(holding))
    offer = {
        "person_id": case["person_id"],
        "to_region": "N51",
        "reason": "He moves to his mother's in Preston on release.",
    }
    transfer = ok(story.practitioner.post("/v1/transfers", json=offer), 201)
    manager = story.cast.stranger.as_practitioner("w.hart", "spo", pdu="Central Lancashire")
    seen = manager.get(transfer["href"])
    accepted = {"action": "accept", "practitioner": "n.west", "pdu": "Central Lancashire"}
    ok(manager.post(f"{transfer['href']}/transitions", json=accepted, if_match=seen.headers["ETag"]))
    ok(manager.get("/v1/transfers"))


def _webhooks(story: Story, hook: str) -> None:
    record(claimed(), 400)
    with db.transaction("owner") as session:
        session.execute(
            text(
                "UPDATE webhook_delivery SET state = 'dead', next_try_at = NULL, settled_at = derived_at"
                " WHERE tries > 0"
            )
        )
    path = f"/v1/webhooks/{hook}"
    ok(story.cast.crs.get("/v1/webhooks"))
    ok(story.cast.crs.get(path))
    (dead, *_) = ok(story.cast.crs.get(f"{path}/deliveries", state="dead"))["items"]
    ok(story.cast.crs.post(f"{path}/deliveries/{dead['id']}/replay"))

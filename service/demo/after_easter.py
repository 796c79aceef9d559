"""Easter and after: escalations rise, the child's details are supplied, agencies answer, and risk changes."""

from service.demo.page import chapter, item, note, say, when
from service.demo.scenario import Json, Scenario, check, police_result, read


def escalations(scenario: Scenario) -> None:
    """The child's details are missing, and escalations rise in working time."""
    scenario.environment.move_clock("2026-04-07 12:00")
    chapter("The Tuesday after Easter")
    note("Good Friday and Easter Monday are not working days, so the clocks did not count them.")
    _show_escalations(scenario)
    scenario.environment.move_clock("2026-04-09 12:00")
    chapter("Two working days later")
    _show_escalations(scenario)
    notices = [
        entry
        for entry in scenario.environment.caller("probation").get("/v1/events").json()["items"]
        if entry["event"] == "escalation.notified"
    ]
    say(
        "Probation's feed",
        "probation",
        f"has {len(notices)} notices: one for each recipient each time, however many clocks fired.",
    )


def _show_escalations(scenario: Scenario) -> None:
    steps: list[Json] = scenario.samuel.get("/v1/escalations").json()["items"]
    check(bool(steps), "no one was notified")
    say(scenario.samuel.name, "probation", "senior probation officer, reads the escalations:")
    for step in steps:
        notified = ", ".join(f"{one['role']} {one['holder'] or ''}".strip() for one in step["addressed_to"])
        item(
            f"{step['label']}, {step['timer']} clock, {step['step']} at {when(step['due_at'])}: "
            f"notified {notified}"
        )


def ask_about_the_child(scenario: Scenario) -> None:
    """The details are supplied once, and every request that waited for them is sent."""
    scenario.environment.move_clock("2026-04-09 14:00")
    chapter("Priya asks him about his son")
    contacts = read(scenario.priya.get(f"{scenario.person}/contacts"))["items"]
    son = next(contact for contact in contacts if contact["relationship"] == "child")
    scenario.priya.patch(
        f"{scenario.person}/contacts/{son['id']}",
        {"given_name": "Toby", "family_name": "Holdsworth", "date_of_birth": "2019-06-12"},
        tag=son["etag"],
    )
    say(
        scenario.priya.name,
        "probation",
        "records the name and date of birth, once. The check is sent automatically.",
    )
    council = scenario.environment.caller("council")
    (request,) = scenario.requests(council)
    path = f"/v1/check-requests/{request['id']}"
    asked = read(council.get(path))
    say(council.name, "agency", f"collects it: {asked['question']}")
    item(f"not known since {when(asked['exposed_since'])}: the exposure counts from then")
    council.post(
        f"{path}/results",
        {
            "complete": True,
            "nothing_found": False,
            "valid_as_at": "2026-04-09",
            "searched": {
                "from": "2019-06-12",
                "until": "2026-04-09",
                "sources": ["Children's social care records"],
            },
            "findings": {
                "children": [
                    {
                        "child_id": son["id"],
                        "status": "child_protection_plan",
                        "category": "emotional_abuse",
                        "since": "2025-11-03",
                        "conferences": [{"kind": "review", "date": "2026-05-12"}],
                        "source": "Allocated social worker",
                        "verified": "verified",
                    }
                ]
            },
        },
        seen=council.get(path),
    )
    say(
        council.name,
        "agency",
        "answers: a child protection plan, emotional abuse, review conference on 12 May.",
    )


def police_answer(scenario: Scenario) -> None:
    """Both forces answer: no convictions does not mean no concerns."""
    scenario.environment.move_clock("2026-04-10 09:30")
    chapter("The police answer")
    for part, calls in (("police", 7), ("other_police", 0)):
        force = scenario.environment.caller(part)
        for request in scenario.requests(force):
            path = f"/v1/check-requests/{request['id']}"
            result = police_result(read(force.get(path)), calls, "2026-04-10")
            force.post(f"{path}/results", result, seen=force.get(path))
        words = (
            f"{calls} call-outs, no convictions"
            if calls
            else "nothing held, with the period and sources searched"
        )
        say(force.name, "agency", f"answers: {words}.")
    for one in _checks(scenario):
        known = sum(not result["nothing_found"] for result in one["results"])
        asked = len(one["requests"])
        say(
            scenario.priya.name,
            "probation",
            f"{one['kind']}: {one['state']}; {known} of {asked} agencies hold information.",
        )
        for result in one["results"]:
            scenario.priya.post(
                f"/v1/checks/{one['id']}/reviews",
                {
                    "check_request_id": result["check_request_id"],
                    "changes": ["risk", "risk_management_plan"],
                    "reason": "Seven calls, and a plan for the boy: the risk to both was understated.",
                },
                seen=scenario.priya.get(f"/v1/checks/{one['id']}"),
            )
    item("An answer closes nothing: each is reviewed, by name, with what it changes.")
    for one in _checks(scenario):
        for review in one["reviews"]:
            scenario.samuel.post(
                f"/v1/checks/{one['id']}/reviews/{review['id']}/countersignature",
                {"agreed": True, "reason": "The plan must change; agreed in supervision."},
                seen=scenario.samuel.get(f"/v1/checks/{one['id']}"),
            )
    say(scenario.samuel.name, "probation", "countersigns: his risk is high, so a manager signs too.")


def _checks(scenario: Scenario) -> list[Json]:
    listed = scenario.priya.get("/v1/checks", {"referral_id": scenario.referral.rsplit("/", 1)[1]}).json()[
        "items"
    ]
    return [read(scenario.priya.get(f"/v1/checks/{one['id']}")) for one in listed]


def risk_changes(scenario: Scenario) -> None:
    """The risk to children rises; every organisation working with him is notified, and must acknowledge."""
    scenario.environment.move_clock("2026-04-10 11:00")
    chapter("The risk changes")
    scenario.priya.post(
        f"{scenario.person}/changes-of-circumstance",
        {
            "kind": "rosh_changed",
            "occurred_on": "2026-04-10",
            "source": "practitioner",
            "standing": "established",
            "rosh": {
                "group": "children",
                "level": "medium",
                "who": "His son, when the parents argue.",
                "reason": "Child protection plan for emotional abuse; seven call-outs.",
            },
        },
    )
    say(
        scenario.priya.name, "probation", "records it once: risk to children, low to medium, with the reason."
    )
    key = "crs:accommodation"
    provider = scenario.who(key)
    entry = provider.get("/v1/events").json()["items"][-1]
    say(provider.name, "destination", f"polls its feed: {entry['event']}")
    answer = provider.get(f"{scenario.parts[key]}/document")
    document = read(answer)
    level = document["document"]["risk"]["rosh"]["children"]["level"]
    item(f"its document, version {document['version']}, now says: risk to children {level}")
    check("larkhill" not in answer.text.lower(), "the provider was sent the ex-partner's address")
    check("call-out" not in answer.text.lower(), "the provider was sent the incidents")
    item("it holds neither the ex-partner's address nor the incidents")
    provider.post(
        f"{scenario.parts[key]}/acknowledgements",
        {"version": document["version"], "can_continue": True},
        seen=provider.get(scenario.parts[key]),
    )
    say(provider.name, "destination", "acknowledges, and can continue.")
    for other in ("approved_premises", "mappa"):
        who = scenario.who(other)
        version = read(who.get(f"{scenario.parts[other]}/document"))["version"]
        who.post(
            f"{scenario.parts[other]}/acknowledgements",
            {"version": version, "can_continue": True},
            seen=who.get(scenario.parts[other]),
        )
        say(who.name, "destination", "acknowledges too, and can continue.")
    scenario.move(key, "start")
    scenario.update(
        key,
        "session",
        on="2026-04-10T09:00:00Z",
        minutes=50,
        summary="Forms gone through aloud.",
    )
    say(provider.name, "destination", "starts, and reports its first session.")

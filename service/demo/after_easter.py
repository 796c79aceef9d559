"""Easter and after: the ladder climbs, the child's details come, the answers come, and risk changes."""

from service.demo.page import chapter, item, note, says, when
from service.demo.telling import Json, Story, insist, police_result, read


def climb(story: Story) -> None:
    """Nobody asks about the child; the ladder climbs all the same, in working time."""
    story.stage.move_clock("2026-04-07 12:00")
    chapter("The Tuesday after Easter")
    note("Good Friday and Easter Monday are not working days. The clocks knew.")
    _tell_escalations(story)
    story.stage.move_clock("2026-04-09 12:00")
    chapter("Two working days later")
    _tell_escalations(story)
    notices = [
        entry
        for entry in story.stage.caller("probation").get("/v1/events").json()["items"]
        if entry["event"] == "escalation.notified"
    ]
    says(
        "Probation's feed",
        "probation",
        f"has {len(notices)} notices: one for each recipient each time, however many clocks were behind it.",
    )


def _tell_escalations(story: Story) -> None:
    steps: list[Json] = story.samuel.get("/v1/escalations").json()["items"]
    insist(bool(steps), "nobody was told")
    says(story.samuel.name, "probation", "senior probation officer, looks at what is late:")
    for step in steps:
        told = ", ".join(f"{one['role']} {one['holder'] or ''}".strip() for one in step["addressed_to"])
        item(f"{step['label']}, {step['timer']} clock, {step['step']} at {when(step['due_at'])}: told {told}")


def ask_about_the_child(story: Story) -> None:
    """The details are supplied once, and every request that waited for them goes out."""
    story.stage.move_clock("2026-04-09 14:00")
    chapter("Somebody asks him about his son")
    contacts = read(story.priya.get(f"{story.person}/contacts"))["items"]
    son = next(contact for contact in contacts if contact["relationship"] == "child")
    story.priya.patch(
        f"{story.person}/contacts/{son['id']}",
        {"given_name": "Toby", "family_name": "Holdsworth", "date_of_birth": "2019-06-12"},
        tag=son["etag"],
    )
    says(
        story.priya.name,
        "probation",
        "records the name and date of birth, once. The check goes out by itself.",
    )
    council = story.stage.caller("council")
    (request,) = story.requests(council)
    path = f"/v1/check-requests/{request['id']}"
    asked = read(council.get(path))
    says(council.name, "agency", f"collects it: {asked['question']}")
    item(f"nobody had known since {when(asked['exposed_since'])}: the exposure counts from there")
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
    says(
        council.name,
        "agency",
        "answers: a child protection plan, emotional abuse, review conference on 12 May.",
    )


def police_answer(story: Story) -> None:
    """Both forces answer; no convictions is not the same as clear."""
    story.stage.move_clock("2026-04-10 09:30")
    chapter("The police answer")
    for part, calls in (("police", 7), ("other_police", 0)):
        force = story.stage.caller(part)
        for request in story.requests(force):
            path = f"/v1/check-requests/{request['id']}"
            force.get(path)
            force.post(f"{path}/results", police_result(calls, "2026-04-10"), seen=force.get(path))
        words = (
            f"{calls} call-outs, no convictions"
            if calls
            else "nothing held, with the period and sources searched"
        )
        says(force.name, "agency", f"answers: {words}.")
    for check in _checks(story):
        known = sum(not result["nothing_found"] for result in check["results"])
        asked = len(check["requests"])
        says(
            story.priya.name,
            "probation",
            f"{check['kind']}: {check['state']}; {known} of {asked} agencies know something.",
        )
        for result in check["results"]:
            story.priya.post(
                f"/v1/checks/{check['id']}/reviews",
                {
                    "check_request_id": result["check_request_id"],
                    "changes": ["risk", "risk_management_plan"],
                    "reason": "Seven calls, and a plan for the boy: the risk to both was understated.",
                },
                seen=story.priya.get(f"/v1/checks/{check['id']}"),
            )
    item("An answer closes nothing: each is reviewed, by name, with what it changes.")
    for check in _checks(story):
        for review in check["reviews"]:
            story.samuel.post(
                f"/v1/checks/{check['id']}/reviews/{review['id']}/countersignature",
                {"agreed": True, "reason": "The plan must change; agreed in supervision."},
                seen=story.samuel.get(f"/v1/checks/{check['id']}"),
            )
    says(story.samuel.name, "probation", "countersigns: his risk is high, so a manager signs too.")


def _checks(story: Story) -> list[Json]:
    listed = story.priya.get("/v1/checks", {"referral_id": story.referral.rsplit("/", 1)[1]}).json()["items"]
    return [read(story.priya.get(f"/v1/checks/{check['id']}")) for check in listed]


def risk_changes(story: Story) -> None:
    """The risk to children rises; everybody still working with him is told, and must say that they know."""
    story.stage.move_clock("2026-04-10 11:00")
    chapter("The risk changes")
    story.priya.post(
        f"{story.person}/changes-of-circumstance",
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
    says(story.priya.name, "probation", "records it once: risk to children, low to medium, with the reason.")
    key = "crs:accommodation"
    provider = story.who(key)
    entry = provider.get("/v1/events").json()["items"][-1]
    says(provider.name, "destination", f"polls its feed: {entry['event']}")
    answer = provider.get(f"{story.parts[key]}/document")
    document = read(answer)
    level = document["document"]["risk"]["rosh"]["children"]["level"]
    item(f"its document, version {document['version']}, now says: risk to children {level}")
    insist("larkhill" not in answer.text.lower(), "the provider was told where the ex-partner lives")
    insist("call-out" not in answer.text.lower(), "the provider was told of the incidents")
    item("it holds neither the ex-partner's address nor the incidents")
    provider.post(
        f"{story.parts[key]}/acknowledgements",
        {"version": document["version"], "can_continue": True},
        seen=provider.get(story.parts[key]),
    )
    says(provider.name, "destination", "acknowledges, and can go on.")
    for other in ("approved_premises", "mappa"):
        who = story.who(other)
        version = read(who.get(f"{story.parts[other]}/document"))["version"]
        who.post(
            f"{story.parts[other]}/acknowledgements",
            {"version": version, "can_continue": True},
            seen=who.get(story.parts[other]),
        )
        says(who.name, "destination", "so does everybody else who is working with him.")
    story.move(key, "start")
    story.update(
        key,
        "session",
        on="2026-04-10T13:00:00Z",
        minutes=50,
        summary="Forms gone through aloud.",
    )
    says(provider.name, "destination", "starts, and reports its first session.")

"""Before Easter: one referral, what each destination is sent, and what it may not see."""

from service.demo.page import chapter, item, say, when
from service.demo.scenario import Json, Scenario, check, name_of, read

CONFIDENCES = {
    "the ex-partner's address": "larkhill",
    "that MAPPA is involved": "mappa",
    "police intelligence": "seen with a knife",
    "who asked for a licence condition": "requested_by",
}
"""Confidences that only some destinations may be sent, each with a word that would reveal it."""


def submit(scenario: Scenario) -> None:
    """The practitioner submits once; the service does the rest in one transaction."""
    chapter("One referral")
    priya = scenario.priya
    say(
        priya.name,
        "probation",
        "prepares a release on 23 April. She previews, then submits once.",
    )
    preview = read(priya.post("/v1/referrals/preview", scenario.body))
    for part in preview["destinations"]:
        for advice in part.get("advice", []):
            item(f"{name_of(part)}: {advice['words']}", mark="!")
    key = "demo-submission-1"
    made = priya.post("/v1/referrals", scenario.body, key=key, expect=201)
    again = priya.post("/v1/referrals", scenario.body, key=key)
    check(again.json()["id"] == made.json()["id"], "the same key made a second referral")
    referral = read(made)
    scenario.referral, scenario.person = referral["href"], referral["person"]["href"]
    say(priya.name, "probation", "sent it twice by mistake. There is one referral, with five destinations:")
    for part in referral["destinations"]:
        scenario.parts[name_of(part)] = part["href"]
        why = f", opens on {part['held_until']}" if part["held_until"] else ""
        due = f", answer due {when(part['next_update_due'])}" if part["next_update_due"] else ""
        item(f"{name_of(part)}, {part['organisation']['name']}: {part['state']}{why}{due}")
    say("Referral Exchange", "service", "raised the checks automatically, from the people at risk:")
    for request in scenario.requests(priya, referral_id=referral["id"]):
        lacks = ", ".join(missing["detail"] for missing in request.get("missing", []))
        clocks = ", ".join(f"{clock['timer']} by {when(clock['due_at'])}" for clock in request["clocks"])
        item(
            f"{request['kind']} to {request['area'] or 'no agency yet'}: {request['state']}; clock: {clocks}"
            + (f"; lacks {lacks}" if lacks else "")
        )


def read_what_came(scenario: Scenario) -> None:
    """Each destination reads its own document, without anything it may not be sent."""
    chapter("What each destination was sent, and what was withheld")
    for key, path in scenario.parts.items():
        reader = scenario.who(key)
        if key == "cas3":
            reader.get(path, expect=404)
            say(
                reader.name,
                "destination",
                "sees nothing yet: it is too early for CAS3. It is sent when it is due.",
            )
            continue
        answer = reader.get(f"{path}/document")
        document = read(answer)["document"]
        say(reader.name, "destination", f"reads its document: {len(document)} sections.")
        text = answer.text.lower()
        absent = [words for words, marker in CONFIDENCES.items() if marker not in text]
        item("withheld: " + ("; ".join(absent) or "nothing"))
        check(
            key == "mappa" or len(absent) == len(CONFIDENCES),
            f"{key} was sent too much: only {absent} was withheld",
        )


def access_refused(scenario: Scenario) -> None:
    """A caller cannot see other organisations' referrals."""
    chapter("What others may not see")
    snooper = scenario.environment.caller("crs_ete")
    for key in ("mappa", "crs:accommodation"):
        snooper.get(scenario.parts[key], expect=404)
    say(
        snooper.name,
        "destination",
        "requests the MAPPA referral and another provider's by their exact addresses: 404.",
    )
    scenario.environment.caller("crs").get(scenario.referral, expect=403)
    item("Each refusal is on the audit trail.")


def decide(scenario: Scenario) -> None:
    """Each destination decides, in its own words, without seeing the others."""
    chapter("The destinations decide")
    for key, words in (
        ("approved_premises", "can meet what he needs, and accepts him"),
        ("crs:accommodation", "answers for each adjustment, and accepts"),
        ("mappa", "takes him at level 2"),
    ):
        who = scenario.who(key)
        part = read(who.get(scenario.parts[key]))
        answers = [{"kind": kind, "can_meet": True} for kind in part["adjustments_to_answer"]]
        if answers:
            scenario.update(key, "adjustments", answers=answers)
        if key == "mappa":
            scenario.update(
                key,
                "level_decision",
                level="2",
                decided_on="2026-04-01",
                rationale="Active joint work is needed.",
            )
        scenario.move(key, "accept")
        say(who.name, "destination", words + ".")
    ete = "crs:education_training_and_employment"
    scenario.move(ete, "request_information", question="Does he still hold a site card?")
    say(scenario.who(ete).name, "destination", "asks back: does he still hold a site card?")
    seen = scenario.priya.get(scenario.parts[ete])
    scenario.priya.post(
        f"{scenario.parts[ete]}/transitions",
        {"action": "answer_information", "answer": "It lapsed last year; he wants to renew it."},
        seen=seen,
    )
    scenario.move(ete, "decline", reason_code="no_capacity", alternative="A place in June.")
    say(scenario.who(ete).name, "destination", "declines, with a reason and an offer for June.")
    referral = read(scenario.priya.get(scenario.referral))
    say(scenario.priya.name, "probation", f"sees it all in one place: {_overall(referral)}")


def _overall(referral: Json) -> str:
    counts = ", ".join(
        f"{number} {state}" for state, number in referral["overall"]["counts"].items() if number
    )
    return f"{referral['overall']['status']} ({counts})"

"""The record: the timeline of the referral, and the audit trail."""

from collections import Counter
from itertools import groupby

from service import audit, db
from service.demo.callers import Caller
from service.demo.page import chapter, item, say, when
from service.demo.scenario import Json, Scenario, check, read


def timeline(scenario: Scenario) -> None:
    """The whole story, as probation reads it in one call."""
    chapter("The timeline of the referral")
    entries = _all(scenario.priya, f"{scenario.referral}/timeline")
    say(scenario.priya.name, "probation", f"reads {len(entries)} events:")
    for line, together in groupby(map(_line, entries)):
        times = len(list(together))
        item(line + (f", {times} times" if times > 1 else ""))


def _line(entry: Json) -> str:
    return f"{when(entry['occurred_at'])}  {entry['text']}"


def trail(scenario: Scenario) -> None:
    """The audit trail, read by the data protection officer, and verified."""
    chapter("The audit trail")
    officer = scenario.environment.caller("oversight")
    entries = _all(officer, "/v1/audit/entries")
    verbs = Counter((entry["verb"], entry["outcome"]) for entry in entries)
    say(
        officer.name, "oversight", f"reads {len(entries)} entries: every read, write, disclosure and refusal."
    )
    for (verb, outcome), number in sorted(verbs.items()):
        item(f"{number:>4}  {verb}" + ("" if outcome == "allowed" else f" ({outcome})"))
    with db.transaction("audit_reader") as session:
        found = list(audit.verify_bodies(session))
    check(not found, f"{len(found)} audit entries do not match their hash, form or columns")
    say(
        "Referral Exchange",
        "service",
        "verifies the trail: every entry agrees with its hash, form and columns.",
    )


def _all(caller: Caller, path: str) -> list[Json]:
    found: list[Json] = []
    page: Json = {"next": ""}
    while page.get("next") is not None:
        page = read(caller.get(path, {"after": page["next"]} if page["next"] else {}))
        found += page["items"]
    return found

"""Every deadline that the service publishes: its length, who is reminded and who is notified next, by value.

`wd` is a working day, `wh` a working hour, `d` a calendar day. `T` is the target, `H` the hard date, such as
the end of a stay. Each step has its key, then the role told on each side, probation first.
"""

from collections.abc import Iterator

import pytest

from service.agreements.policies import POLICIES as OF_AGREEMENTS
from service.checks.kinds import KINDS
from service.checks.policies import POLICIES as OF_REVIEWS
from service.circumstances.policies import POLICIES as OF_CIRCUMSTANCES
from service.destinations import DESTINATIONS
from service.destinations.policies import POLICIES as OF_EVERY_DESTINATION
from service.people.policies import POLICIES as OF_CASES
from service.subject_access.policies import POLICIES as OF_SUBJECT_ACCESS
from service.third_parties.policies import POLICIES as OF_DISCLOSURES
from service.timers.policy import At, Policy, Repeat, Step, Timer, parse
from service.timers.roles import FALLS_TO, PARTNER_ROLES, PROBATION_ROLES
from service.work.releases.policies import POLICIES as OF_RELEASES
from tests.timers.samples import POLICE_DA

PUBLISHED = {
    policy.key: policy
    for policy in map(
        parse,
        (
            *(kind.policy for kind in KINDS.values()),
            *(policy for destination in DESTINATIONS.values() for policy in destination.policies),
            *OF_AGREEMENTS,
            *OF_CASES,
            *OF_CIRCUMSTANCES,
            *OF_DISCLOSURES,
            *OF_EVERY_DESTINATION,
            *OF_RELEASES,
            *OF_REVIEWS,
            *OF_SUBJECT_ACCESS,
        ),
    )
}

OF_A_CHECK = """
ask: routine 2wd, urgent 4wh, today 2wh, in the calendar of probation
  before a hard date by 1wd
  missed: practitioner
  T: spo: spo
  T+2wd: pdu_head: pdu_head
  then every 10wd: regional_director
answer: routine 5wd, urgent 1wd, today 4wh, in the calendar of responder
  before a hard date by 2wd 1wd 4wh
  reminders at 50% 100%
  T+1wd: spo: spo, duty_manager
  T+3wd: pdu_head: pdu_head, unit_manager
  T+6wd: region: region, head_of_service
  T+10wd: director: regional_director, partnership_board
  then every 5wd: regional_director
pauses for returned_for_information: practitioner looks again every 10wd, 250wd in all
stops for answered asked cancelled superseded
"""


AWAITED_OF_PROBATION = "adjustment_unmet complexity_proposed information_requested"


def of_a_decision(targets: str, pace: tuple[str, str, str], cut_off: str = "") -> str:
    """Write out the ladder that all decisions of destinations climb, each at its pace."""
    return f"""
answer: {targets}, in the calendar of responder{cut_off}
  reminders at 50% 100%
  T: spo: spo, duty_manager
  T+{pace[0]}: pdu_head: pdu_head, unit_manager
  T+{pace[1]}: region: region, head_of_service
  T+{pace[2]}: director: regional_director, partnership_board
  then every 5wd: regional_director
pauses for {AWAITED_OF_PROBATION}: practitioner looks again every 10wd, 250wd in all
stops for anything
"""


OF_THE_END_OF_A_STAY = """
answer: routine H, urgent H, in the calendar of probation
  H-42d: days_42: practitioner, duty_manager
  H-21d: days_21: practitioner, duty_manager
  H-21d: days_21_spo: spo
  H-7d: days_7: practitioner, duty_manager
  H-7d: days_7_pdu_head: pdu_head
  H: day: practitioner, duty_manager
  H: day_pdu_head: pdu_head
  T+1wd: after: practitioner, unit_manager
  then every 2wd: pdu_head
stops for anything
"""

OF_A_DANGER_REPORTED = """
answer: routine 1m, urgent 1m, every hour
  T: first: practitioner, duty_manager (out of hours on_call_manager, on_call_officer)
  T+30m: spo: spo, unit_manager (out of hours on_call_manager, on_call_officer)
  T+1h: pdu_head: pdu_head, head_of_service
  T+2h: region: region, partnership_board
  then every 1h: regional_director (out of hours on_call_manager)
stops for confirmed
"""
OF_AN_EMERGENCY = """
answer: routine 1m, urgent 1m, every hour
  T: first: practitioner, duty_manager (out of hours on_call_manager, on_call_officer)
  T+2h: spo: spo, unit_manager (out of hours on_call_manager, on_call_officer)
  T+4h: pdu_head: pdu_head, head_of_service
  T+8h: region: region, partnership_board
  then every 1h: regional_director (out of hours on_call_manager)
stops for accepted confirmed entered_in_error recalled sharing_ended withdrawn
"""
OF_A_DANGER_ELSEWHERE = """
answer: routine 1m, urgent 1m, every hour
  T: first: practitioner (out of hours on_call_manager)
  T+30m: spo: spo (out of hours on_call_manager)
  T+1h: pdu_head: pdu_head
  T+2h: region: region
  then every 1h: regional_director (out of hours on_call_manager)
stops for confirmed decided
"""

OF_A_DANGER_TO_BE_TOLD = OF_A_DANGER_ELSEWHERE.replace("confirmed decided", "decided told")
OF_A_DEPARTURE = """
answer: routine 1m, urgent 1m, every hour
  T: practitioner: practitioner
  T: on_call: on_call_manager
  T: pdu_head: pdu_head
  T+2h: region: region
  then every 1h: regional_director (out of hours on_call_manager)
stops for confirmed
"""

DEADLINES = {
    "placement.departed_without_agreement": OF_A_DEPARTURE,
    "danger.reported": OF_A_DANGER_REPORTED,
    "proposals.danger": OF_A_DANGER_ELSEWHERE,
    "police_da.allocation": OF_A_CHECK,
    "childrens_safeguarding.allocation": OF_A_CHECK,
    "placement.emergency": OF_AN_EMERGENCY,
    "approved_premises.emergency": of_a_decision(
        "routine 2wh, urgent 2wh", ("2wh", "4wh", "1wd"), ", until 13:00"
    ),
    "approved_premises.short_notice": of_a_decision(
        "routine 5wd, urgent 2wd", ("2wd", "4wd", "8wd"), ", until 13:00"
    ),
    "approved_premises.standard": of_a_decision(
        "routine 10wd, urgent 5wd", ("3wd", "6wd", "10wd"), ", until 13:00"
    ),
    "placement.ap_end": OF_THE_END_OF_A_STAY,
    "placement.move_on_missing": """
answer: routine H, urgent H, in the calendar of probation
  H-28d: days_28: practitioner
  H-14d: days_14: practitioner
  H-14d: days_14_spo: spo
  H-7d: days_7: practitioner
  H-7d: days_7_pdu_head: pdu_head
  H: day: practitioner
  H: day_pdu_head: pdu_head
  then every 1wd: pdu_head
stops for anything
""",
    "move_on.agreement": """
answer: routine 5wd, urgent 1wd, in the calendar of responder
  reminders at 50% 100%
  T: practitioner: practitioner, duty_manager
  T+2wd: spo: spo, unit_manager
  T+5wd: pdu_head: pdu_head, head_of_service
  then every 5wd: pdu_head, head_of_service
stops for anything
""",
    "decision.put_off": f"""
answer: routine H, urgent H, in the calendar of responder
  H: day: practitioner, duty_manager
  T+2wd: spo: spo, unit_manager
  T+5wd: pdu_head: pdu_head, head_of_service
  then every 5wd: pdu_head, head_of_service
pauses for {AWAITED_OF_PROBATION}: practitioner looks again every 10wd, 250wd in all
stops for anything
""",
    "move_on.undecided": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "curfew.end": """
answer: routine H, urgent H, in the calendar of probation
  H-14d: days_14: practitioner
  H-2d: days_2: practitioner
  H: day: practitioner
  then every 5wd: practitioner
stops for anything
""",
    "meeting.ahead": """
answer: routine H, urgent H, in the calendar of probation
  H-5d: days_5: practitioner
  H: day: practitioner
  then every 5wd: practitioner
stops for anything
""",
    "agency_review.ahead": """
answer: routine H, urgent H, in the calendar of probation
  H-5d: days_5: practitioner
  H: day: practitioner
  then every 5wd: practitioner
stops for anything
""",
    "meeting.after_end": """
answer: routine 1wh, urgent 1wh, in the calendar of probation
  T: practitioner: practitioner
  T: spo: spo
  T+5wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "cas3.decision": of_a_decision("routine 2wd, urgent 1wd", ("2wd", "4wd", "8wd")),
    "placement.cas3_end": OF_THE_END_OF_A_STAY,
    "crs.decision": of_a_decision("routine 5wd, urgent 2wd", ("3wd", "6wd", "10wd")),
    "mappa.screening": of_a_decision("routine 10wd, urgent 2wd", ("3wd", "6wd", "10wd")),
    "disclosure.decision": """
answer: routine H, urgent H, in the calendar of probation
  H-14d: practitioner: practitioner
  H-7d: spo: spo
  H: pdu_head: pdu_head
  then every 2wd: pdu_head
pauses for proposed: spo looks again every 10wd, 250wd in all
stops for anything
""",
    "disclosure.urgent": OF_A_DANGER_TO_BE_TOLD,
    "disclosure.telling": """
answer: routine H, urgent H, in the calendar of probation
  H: practitioner: practitioner
  T+1wd: spo: spo
  T+2wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for anything
""",
    "disclosure.chance": """
answer: routine H, urgent H, in the calendar of probation
  H: practitioner: practitioner
  T+1wd: spo: spo
  T+2wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for anything
""",
    "right_to_know.answer": """
answer: routine H, urgent H, in the calendar of probation
  H: practitioner: practitioner, duty_manager
  T+2wd: spo: spo, unit_manager
  T+5wd: pdu_head: pdu_head, head_of_service
  then every 5wd: pdu_head
stops for anything
""",
    "right_to_know.urgent": OF_A_DANGER_REPORTED.replace("confirmed", "answered redirected"),
    "subject_access.copy": """
answer: routine H, urgent H, in the calendar of probation
  H-14d: records_manager: records_manager
  H-3d: region: region
  H: regional_director: regional_director
  then every 5wd: regional_director
stops for anything
""",
    "emergency_access.review": """
answer: routine 1wd, urgent 1wd, in the calendar of probation
  T: spo: spo
  T+1wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for reviewed
""",
    "proposals.decide": """
answer: routine 5wd, urgent 1wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for decided
""",
    "contacts.same": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: practitioner: practitioner
  T+2wd: spo: spo
  T+5wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for decided
""",
    "contacts.birth": """
answer: routine H, urgent H, in the calendar of probation
  H: practitioner: practitioner
  T+5wd: spo: spo
  then every 5wd: spo
stops for answered
""",
    "verifications.again": """
answer: routine 5wd, urgent 5wd, in the calendar of probation
  T: practitioner: practitioner
  T+5wd: spo: spo
  then every 5wd: spo
stops for verified
""",
    "people.same": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for decided
""",
    "share.confirmation": """
answer: routine 10wd, urgent 10wd, in the calendar of probation
  T: practitioner: practitioner
  T+5wd: spo: spo
  then every 2wd: spo
stops for ended
""",
    "shares.answer": """
answer: routine 2wd, urgent 1wd, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for answered
""",
    "agreement": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: spo: spo
  T+2wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for anything
""",
    "agreement.pdu_head": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: pdu_head: pdu_head
  T+2wd: region: region
  then every 2wd: region
stops for anything
""",
    "agreement.head_of_public_protection": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: head_of_public_protection: head_of_public_protection
  T+2wd: regional_director: regional_director
  then every 2wd: regional_director
stops for anything
""",
    "agreement.region": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: region: region
  T+2wd: regional_director: regional_director
  then every 2wd: regional_director
stops for anything
""",
    "agreement.regional_director": """
answer: routine 2wd, urgent 2wd, in the calendar of probation
  T: regional_director: regional_director
  then every 2wd: regional_director
stops for anything
""",
    "transfer.answer": """
answer: routine 5wd, urgent 5wd, in the calendar of probation
  T: spo: spo
  T+3wd: pdu_head: pdu_head
  T+6wd: region: region
  then every 5wd: region
stops for anything
""",
    "caretaker.end": """
answer: routine H, urgent H, in the calendar of probation
  H: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "caretaker.length": """
answer: routine 20wd, urgent 20wd, in the calendar of probation
  T: pdu_head: pdu_head
  T+5wd: region: region
  then every 10wd: region
stops for anything
""",
    "case.cover": """
answer: routine 1wh, urgent 1wh, in the calendar of probation
  T: spo: spo
  T+1wd: pdu_head: pdu_head
  then every 1wd: pdu_head
stops for anything
""",
    "case.ownerless": """
answer: routine 1wd, urgent 1wd, in the calendar of probation
  T: spo: spo
  T+2wd: pdu_head: pdu_head
  T+5wd: region: region
  then every 2wd: region
stops for anything
""",
    "sharing.end": """
answer: routine H, urgent H, in the calendar of probation
  H-28d: days_28: practitioner
  H-5d: days_5: practitioner
  then every 5wd: spo
stops for anything
""",
    "sharing.basis": """
answer: routine 5wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "review.after_sharing": """
answer: routine 1wd, urgent 4wh, in the calendar of probation
  T: spo: spo
  T+1wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for anything
""",
    "review.due_from_spo": """
answer: routine 5wd, urgent 1wd, in the calendar of probation
  T: spo: spo
  T+2wd: pdu_head: pdu_head
  then every 5wd: pdu_head
pauses for awaiting_agreement: spo looks again every 10wd, 250wd in all
stops for anything
""",
    "destination.silence": """
answer: routine 10wd, urgent 5wd, in the calendar of responder
  reminders at 100%
  T: practitioner: practitioner
  T+2wd: spo: spo, duty_manager
  T+5wd: pdu_head: pdu_head, unit_manager
  then every 10wd: pdu_head, head_of_service
stops for anything
""",
    "change.acknowledgement": """
answer: routine 2wd, urgent 4wh, in the calendar of responder
  reminders at 50% 100%
  T+1wd: spo: spo, duty_manager
  T+3wd: pdu_head: pdu_head, unit_manager
  then every 3wd: pdu_head, head_of_service
stops for anything
""",
    "adjustment.unmet": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "release.after_recall": """
answer: routine H, urgent H, in the calendar of probation
  H-5d: days_5: practitioner
  H: day: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 1wd: pdu_head
stops for anything
""",
    "release.handover": """
answer: routine 1m, urgent 1m, every hour
  missed: practitioner
  T: spo: spo (out of hours on_call_manager)
  T+4h: pdu_head: pdu_head (out of hours on_call_manager)
  then every 24h: pdu_head (out of hours on_call_manager)
stops for anything
""",
    "referral.incomplete": """
answer: routine 5wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "referral.blocked": """
answer: routine 5wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "information.owed": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "decline.undecided": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "change.undecided": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "complexity.undecided": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "outcomes.undecided": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "placement.offer_unconfirmed": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "placement.arrival_unrecorded": """
answer: routine H, urgent H, in the calendar of probation
  H: morning: practitioner, duty_manager
  T+1wd: spo: spo, unit_manager
  T+2wd: pdu_head: pdu_head, head_of_service
  then every 1wd: pdu_head, head_of_service
stops for anything
""",
    "wording.needed": """
answer: routine 1wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 5wd: pdu_head
stops for anything
""",
    "withdrawal.confirmation": """
answer: routine 3wd, urgent 1wd, in the calendar of responder
  reminders at 50% 100%
  T: practitioner: practitioner, duty_manager
  T+3wd: spo: spo, unit_manager
  then every 5wd: spo, head_of_service
stops for anything
""",
    "check.reply": """
answer: routine 2wd, urgent 4wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for anything
""",
    "check.dispute": """
answer: routine 1m, urgent 1m, every hour
  T: heads: pdu_head, head_of_service
  then every 120h: pdu_head, head_of_service
stops for anything
""",
    "check.redirect": """
answer: routine 1wd, urgent 2wh, in the calendar of probation
  T: practitioner: practitioner
  T+1wd: spo: spo
  T+3wd: pdu_head: pdu_head
  then every 2wd: pdu_head
stops for anything
""",
    "check.registration": """
answer: routine 2wd, urgent 4wh, today 2wh, in the calendar of probation
  before a hard date by 1wd
  T: region: region
  T+2wd: director: regional_director
  then every 5wd: regional_director
stops for anything
""",
    "referral.registration": """
answer: routine 5wd, urgent 4wh, in the calendar of probation
  T: region: region
  T+3wd: director: regional_director
  then every 5wd: regional_director
stops for anything
""",
    "review.late_answer": """
answer: routine 1wh, urgent 1wh, in the calendar of probation
  T: spo: spo
  T+1wd: pdu_head: pdu_head
  then every 2wd: pdu_head
pauses for awaiting_agreement: spo looks again every 10wd, 250wd in all
stops for anything
""",
    "review.due": """
answer: routine 5wd, urgent 1wd, in the calendar of probation
  T: practitioner: practitioner
  T+2wd: spo: spo
  T+5wd: pdu_head: pdu_head
  then every 5wd: pdu_head
pauses for awaiting_agreement: spo looks again every 10wd, 250wd in all
stops for anything
""",
}


def written(policy: Policy) -> str:
    """Write a policy out as above."""
    lines = [""]
    for name, timer in (("ask", policy.ask), ("answer", policy.answer)):
        lines += _of_timer(name, timer) if timer else ()
    if (pause := policy.pause) is not None:
        lines.append(
            f"pauses for {' '.join(sorted(pause.on))}: {pause.owner} looks again every {pause.review_after}, "
            f"{pause.max_total} in all"
        )
    lines.append(f"stops for {' '.join(sorted(policy.stop)) or 'anything'}")
    return "\n".join((*lines, ""))


def _of_timer(name: str, timer: Timer) -> Iterator[str]:
    targets = ", ".join(f"{urgency} {target or 'H'}" for urgency, target in timer.targets.items())
    cut_off = f", until {timer.cut_off:%H:%M}" if timer.cut_off else ""
    counted = "every hour" if timer.round_the_clock else f"in the calendar of {timer.calendar}"
    yield f"{name}: {targets}, {counted}{cut_off}"
    if timer.reserves:
        yield f"  before a hard date by {' '.join(map(str, timer.reserves))}"
    if timer.chasers:
        yield f"  reminders at {' '.join(f'{percent}%' for percent in timer.chasers)}"
    if timer.owner:
        yield f"  missed: {timer.owner}"
    for step in timer.steps:
        yield f"  {_at(step.at)}: {step.key}: {_notified(step)}"
    yield f"  then every {timer.repeat.every}: {_notified(timer.repeat)}"


def _notified(step: Step | Repeat) -> str:
    closed = f" (out of hours {', '.join(step.out_of_hours.values())})" if step.out_of_hours else ""
    return ", ".join(step.to.values()) + closed


def _at(at: At) -> str:
    base = "T" if at.base == "target" else "H"
    return f"{base}{'-' if at.before else '+'}{at.offset}" if at.offset else base


def test_no_deadline_is_published_that_is_not_written_out_here() -> None:
    assert set(PUBLISHED) == set(DEADLINES)


@pytest.mark.parametrize("key", DEADLINES)
def test_a_deadline_is_what_was_agreed(key: str) -> None:
    assert written(PUBLISHED[key]) == DEADLINES[key]


def test_the_policy_that_the_tests_of_timers_use_climbs_as_a_check_does() -> None:
    # Its pauses are short, so that the tests see them end.
    trial = written(parse({**POLICE_DA, "stop": ["asked", *POLICE_DA["stop"]]}))
    short, long = ("practitioner looks again every " + each for each in ("2wd, 5wd", "10wd, 250wd"))
    # What it asks for is not hurried either.
    slow = OF_A_CHECK.replace("urgent 4wh, today 2wh", "urgent 2wd").replace(
        "  before a hard date by 1wd\n", ""
    )
    assert trial.replace(short, long) == slow.replace("today 4wh, ", "")


def test_a_step_without_a_holder_falls_to_the_role_above_and_at_the_top_to_the_organisation() -> None:
    assert dict(FALLS_TO) == {
        "practitioner": "spo",
        "spo": "pdu_head",
        "pdu_head": "region",
        "region": "regional_director",
        "head_of_public_protection": "regional_director",
        "on_call_manager": "region",
        "court_duty_officer": "spo",
        "ap_duty_officer": "spo",
        "regional_director": None,
        "records_manager": "region",
        "duty_manager": "unit_manager",
        "on_call_officer": "head_of_service",
        "unit_manager": "head_of_service",
        "head_of_service": "partnership_board",
        "partnership_board": None,
    }


def test_each_side_is_notified_in_its_own_roles() -> None:
    of_probation = (
        "ap_duty_officer court_duty_officer head_of_public_protection on_call_manager pdu_head practitioner"
        " records_manager region regional_director spo"
    )
    of_partners = "duty_manager head_of_service on_call_officer partnership_board unit_manager"
    assert " ".join(sorted(PROBATION_ROLES)) == of_probation
    assert " ".join(sorted(PARTNER_ROLES)) == of_partners

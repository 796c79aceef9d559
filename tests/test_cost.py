"""What a call costs the database, counted in statements; what is timed is in `make bench`.

The count of a caller's calls is left out: it comes with some calls and not with others, on purpose.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from benchmarks.statements import watched
from service import cache_invalidation, clock
from service.timers.sweep import sweep
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.contract.conformance import conformance_of, operations
from tests.contract.openings import Fixtures
from tests.journeys.driver import Story
from tests.referrals.samples import LEEDS, MANCHESTER, darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

SUBMISSION = 40
"""Five destinations, three requests of checks, seven clocks, seventeen audit entries, twenty-six events.

One of them asks on whom else the person's numbers stand, and one what is asked of that. Another reads what
probation owes for the referral, by its clocks.
"""
AMENDMENT, URGENT = 60, 78
"""A new version of the same, which changes what each destination was sent, and one that makes it urgent.

One of them reads whom the record protects: every text is compared with that, and not with the document alone.
Another reads who is told of MAPPA by a decision, and one which other records are of the same person.
"""
CALLS = {
    ("probation", "read_destination_referral"): 10,
    ("destination", "read_document"): 14,
    ("probation", "read_review"): 10,
    ("probation", "record_change"): 83,
    ("probation", "propose_address"): 79,
    ("destination", "report_concern"): 100,
    ("probation", "supply_details"): 71,
    ("probation", "supply_person_details"): 42,
    ("probation", "complete_review"): 25,
    ("probation", "agree_to_review"): 33,
    ("probation", "decide_check"): 38,
    ("probation", "review_check"): 45,
    ("probation", "countersign_check_review"): 43,
    ("agency", "return_check_result"): 43,
    ("agency", "move_check_request"): 39,
    ("probation", "ask_for_agreement"): 31,
    ("probation", "decide_agreement"): 49,
    ("probation", "move_check_request"): 45,
    ("destination", "move_destination_referral"): 30,
    ("probation", "move_destination_referral"): 40,
    ("destination", "acknowledge_change"): 24,
    ("destination", "move_placement"): 30,
    ("probation", "move_placement"): 38,
}
"""Other calls, by who makes them, each with a case of its own; a clock that starts is told whose
it is, and that they live. Agencies and destinations that act are told whom to ring about danger.
A bed that is confirmed starts the clock of the arrival.
What answers a check or moves a stay may be the last that the departure gate waits for: whoever owes an
agreement then is asked of the record, one at a time.

What agencies wrote, and what is said at a review, is shown by whether the reader sees protected contacts,
which is asked of the record.
What probation writes to a destination is compared with whom the records of the person protect, and with its
document. Which records those are is asked once, as for whatever is true of the person; once more with a wider
reach.
What a system said last is read and kept; what is put right makes a new version of each open referral, with
all that an amendment sends.
A contact that is put right is protected by its new name too: what was sent is looked through for it.
A change says which disclosure decisions it opened, and like an answer what puts it right.
What an organisation may know of a person is asked of the decisions to tell it, once. Whether an agency is
sent anything new, and who reads its answer, is asked of the bases in the documents of the case.
What has been asked about a record, its questions as sent, whom they were about and which checks they serve
are read together, and what changes of it is written so, whatever moves.
An answer says something of each subject, and reads and writes which of them are open.
A decision that takes four eyes has its agreement, with an event; what ends a question looks for one.
"""
FEW, MANY = 1, 6


Document = dict[str, Any]
Change = Callable[[Document], Document]


def document(number: int) -> Document:
    return darren_and_toby(f"COST-{number}", crn=f"X32080{number}")


def as_it_is(given: Document) -> Document:
    return given


def with_children(given: Document) -> Document:
    """Add six children, in two authorities."""
    more = deepcopy(given)
    son = more["household"]["contacts"][1]
    for number in range(6):
        where = (LEEDS, MANCHESTER)[number % 2]
        more["household"]["contacts"].append({**son, "ref": f"child-{number}", "local_authority": where})
    return more


def with_partners(given: Document) -> Document:
    """Add four partners, of whom two live at an address of their own force."""
    more = deepcopy(given)
    homes = [one["ref"] for one in more["addresses"]]
    for number in range(4):
        partner = {
            "ref": f"partner-{number}",
            "relationship": ("partner", "ex_partner")[number % 2],
            "given_name": "Kirsty",
            "family_name": f"Number {'abcd'[number]}",
            "date_of_birth": f"199{number}-05-01",
            "details_status": "provided",
            "lives_at": homes[number % len(homes)],
        }
        more["household"]["contacts"].append(partner)
    return more


def with_addresses(given: Document) -> Document:
    """Add four addresses like the last one."""
    more = deepcopy(given)
    home = more["addresses"][-1]
    more["addresses"] += [{**home, "ref": f"home-{number}"} for number in range(4)]
    return more


def with_a_destination_less(given: Document) -> Document:
    """Leave out one of the two commissioned providers."""
    less = deepcopy(given)
    del less["destinations"][3]
    return less


def less_adjusted(given: Document) -> Document:
    """Take away an adjustment and change another: every destination was sent both."""
    less = deepcopy(given)
    del less["adjustments"][-1]
    less["adjustments"][0]["detail"] = "Reads slowly."
    return less


def made_urgent(given: Document) -> Document:
    """Make every part, every request and all their clocks urgent, besides."""
    return less_adjusted(given) | {"urgency": "urgent", "urgency_reason": "The release was brought forward."}


def submit(caller: Caller, number: int, more: Change = as_it_is) -> None:
    answer = caller.as_practitioner().post("/v1/referrals", json=more(document(number)))
    assert answer.status_code == 201, answer.text


def cost_of_submitting(caller: Caller, number: int, more: Change = as_it_is) -> int:
    with watched() as seen:
        submit(caller, number, more)
    return counted(seen)


def cost_of_amending(caller: Caller, number: int, more: Change) -> int:
    practitioner = caller.as_practitioner()
    listed = practitioner.get("/v1/referrals").get_json()["items"]
    (href,) = (one["href"] for one in listed if one["submission_reference"] == f"COST-{number}")
    tag = practitioner.get(href).headers["ETag"]
    with watched() as seen:
        answer = practitioner.post(f"{href}/versions", json=more(document(number)), if_match=tag)
    assert answer.status_code == 200, answer.text
    return counted(seen)


def cost_of_a_new_partner(caller: Caller, number: int) -> int:
    """Record one of whom nothing is known: whatever waits is asked again."""
    change = {
        "kind": "new_relationship",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
    }
    path = f"{person_at(f'X32080{number}')}/changes-of-circumstance"
    with watched() as seen:
        answer = caller.as_practitioner().post(path, json=change)
    assert answer.status_code == 201, answer.text
    return counted(seen)


def cost_of_reading(caller: Caller, path: str, expect: int) -> int:
    with watched() as seen:
        answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    (rows,) = (value for value in answer.get_json().values() if isinstance(value, list))
    assert len(rows) >= expect
    return counted(seen)


def counted(seen: list[tuple[str, dict[str, object]]]) -> int:
    return sum("call_count" not in statement for statement, _ in seen)


@pytest.fixture(autouse=True)
def what_is_kept_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep registrations and policies however slow the machine is: they are looked up every ten seconds."""
    monkeypatch.setattr(cache_invalidation, "MAX_AGE", 1000.0)


def test_a_submission_of_five_destinations_costs_no_more_statements_than_it_used_to(cast: Cast) -> None:
    submit(cast.probation, 0)  # reads registrations, policies and calendars, which are kept
    assert cost_of_submitting(cast.probation, 1) <= SUBMISSION


def test_an_amendment_costs_no_more_statements_than_it_used_to(cast: Cast) -> None:
    submit(cast.probation, 1)
    assert cost_of_amending(cast.probation, 1, less_adjusted) <= AMENDMENT


def test_an_amendment_that_makes_a_case_urgent_costs_no_more_statements_than_it_used_to(cast: Cast) -> None:
    submit(cast.probation, 1)
    assert cost_of_amending(cast.probation, 1, made_urgent) <= URGENT


@pytest.mark.parametrize(("side", "operation_id"), CALLS)
def test_a_call_costs_no_more_statements_than_it_used_to(
    cast: Cast, the_clock: TheClock, side: str, operation_id: str
) -> None:
    callers = {
        "probation": cast.probation.as_practitioner("s.okafor", "spo"),
        "destination": cast.ap,
        "agency": cast.police,
    }
    ((path, method),) = (
        (path, method)
        for path, method, operation in operations(conformance_of(cast.probation.app).spec)
        if operation["operationId"] == operation_id
    )
    fixtures = Fixtures(Story(cast, the_clock), callers[side], side)
    if method != "get":
        fixtures.ready(path, method, operation_id)()  # reads policies and calendars, which are kept
    call = fixtures.ready(path, method, operation_id)
    callers[side].token()
    with watched() as seen:
        answer = call()
    assert answer.status_code < 300, answer.text
    assert counted(seen) <= CALLS[side, operation_id]


def test_a_preview_is_published_to_nobody(cast: Cast) -> None:
    with watched() as seen:
        answer = cast.probation.as_practitioner().post("/v1/referrals/preview", json=document(1))
    assert answer.status_code == 200, answer.text
    assert not [sent for sent, _ in seen if "publish_to_feeds" in sent or "notify" in sent]


MORE = pytest.mark.parametrize(
    "more", [with_children, with_partners, with_addresses, with_a_destination_less]
)


@MORE
def test_a_submission_costs_the_same_however_much_is_in_it(cast: Cast, more: Change) -> None:
    """Children, partners, addresses, checks and destinations are rows of a statement, and not statements."""
    submit(cast.probation, 0)
    once = cost_of_submitting(cast.probation, 1)
    assert cost_of_submitting(cast.probation, 2, more) == once


def cost_of_reviewing(story: Story, reviews: int, **found: Any) -> int:
    """Complete so many reviews of a person in one call, and return what that cost."""
    first, *rest = (story.report_change("X320801", "self_harm")["reviews"][0]["id"] for _ in range(reviews))
    tag = story.practitioner.get(f"/v1/reviews/{first}").headers["ETag"]
    body = {**found, "also": rest}
    with watched() as seen:
        answer = story.practitioner.post(f"/v1/reviews/{first}/completion", json=body, if_match=tag)
    assert answer.status_code == 200, answer.text
    return counted(seen)


@pytest.mark.parametrize(
    "found", [{"changes": ["risk_management_plan"]}, {"no_change_reason": "Known to all."}]
)
def test_completing_reviews_together_costs_the_same_however_many_there_are(
    cast: Cast, the_clock: TheClock, found: dict[str, Any]
) -> None:
    submit(cast.probation, 1)
    story = Story(cast, the_clock)
    cost_of_reviewing(story, 2, **found)  # reads policies and calendars, which are kept
    assert cost_of_reviewing(story, MANY, **found) == cost_of_reviewing(story, 2, **found)


def cost_of_deciding(story: Story, reviews: int, *, agreed: bool) -> int:
    """Decide about so many reviews that were proposed together, and return what that cost."""
    cost_of_reviewing(story, reviews, no_change_reason="Known to all.")
    (asked,) = story.spo.get("/v1/agreements", state="asked").get_json()["items"]
    tag = story.spo.get(asked["href"]).headers["ETag"]
    body = {"agreed": agreed, "reason": "I have read them all."}
    with watched() as seen:
        answer = story.spo.post(f"{asked['href']}/decision", json=body, if_match=tag)
    assert answer.status_code == 200, answer.text
    return counted(seen)


@pytest.mark.parametrize("agreed", [True, False])
def test_deciding_about_what_was_proposed_together_costs_the_same_however_much_that_is(
    cast: Cast, the_clock: TheClock, agreed: bool
) -> None:
    submit(cast.probation, 1)
    story = Story(cast, the_clock)
    cost_of_deciding(story, 2, agreed=agreed)  # reads policies and calendars, which are kept
    assert cost_of_deciding(story, MANY, agreed=agreed) == cost_of_deciding(story, 2, agreed=agreed)


@MORE
@pytest.mark.parametrize("amended", [less_adjusted, made_urgent])
def test_an_amendment_costs_the_same_however_much_is_in_it(cast: Cast, more: Change, amended: Change) -> None:
    submit(cast.probation, 1)
    once = cost_of_amending(cast.probation, 1, amended)
    submit(cast.probation, 2, more)
    assert cost_of_amending(cast.probation, 2, lambda given: amended(more(given))) == once


@pytest.mark.parametrize("more", [with_children, with_partners, with_addresses])
def test_a_change_of_circumstance_costs_the_same_however_much_is_asked_again(
    cast: Cast, more: Change
) -> None:
    submit(cast.probation, 0)
    cost_of_a_new_partner(cast.probation, 0)
    submit(cast.probation, 1)
    once = cost_of_a_new_partner(cast.probation, 1)
    submit(cast.probation, 2, more)
    assert cost_of_a_new_partner(cast.probation, 2) == once


def test_a_submission_costs_the_same_however_many_there_have_been(cast: Cast) -> None:
    submit(cast.probation, 0)
    first = cost_of_submitting(cast.probation, 1)
    for number in range(2, 5):
        submit(cast.probation, number)
    assert cost_of_submitting(cast.probation, 5) == first


@pytest.mark.parametrize(
    ("part", "path", "most"),
    [
        ("probation", "/v1/referrals", 8),
        ("probation", "/v1/destination-referrals", 8),
        ("crs", "/v1/destination-referrals", 8),
        ("probation", "/v1/check-requests", 8),
        ("manager", "/v1/check-requests", 9),  # besides, what this manager did in these cases
        ("police", "/v1/check-requests", 8),
        ("probation", "/v1/overdue", 8),
        ("probation", "/v1/work", 8),
        ("manager", "/v1/work", 8),
        ("police", "/v1/work", 8),
        ("crs", "/v1/work", 8),
        ("crs", "/v1/events", 3),
    ],
)
def test_a_list_costs_the_same_however_long_it_is(
    cast: Cast, the_clock: TheClock, part: str, path: str, most: int
) -> None:
    readers = {
        "probation": cast.probation.as_practitioner(),
        "manager": cast.probation.as_practitioner("s.okafor", "spo"),
    }
    reader = readers.get(part) or cast.callers[part]
    for number in range(FEW):
        submit(cast.probation, number)
    the_clock.move(timedelta(days=60))  # so that clocks are overdue
    reader.token()
    short = cost_of_reading(reader, path, FEW)
    the_clock.move(timedelta(days=-60))
    for number in range(FEW, MANY):
        submit(cast.probation, number)
    the_clock.move(timedelta(days=60))
    reader.token()
    assert cost_of_reading(reader, path, MANY) == short <= most


@pytest.mark.parametrize("part", ["probation", "manager", "police", "duty_manager", "crs"])
def test_a_list_of_work_costs_the_same_however_it_is_narrowed(
    cast: Cast, the_clock: TheClock, part: str
) -> None:
    readers = {
        "probation": cast.probation.as_practitioner(),
        "manager": cast.probation.as_practitioner("s.okafor", "spo"),
        "duty_manager": cast.police.as_practitioner("duty.manager", "duty_manager"),
    }
    reader = readers.get(part) or cast.callers[part]
    for number in range(FEW):
        submit(cast.probation, number)
    the_clock.move(timedelta(days=60))
    rest = {
        "urgency": "routine",
        "due_before": the_clock.at.isoformat(),
        "overdue": "yes",
        "pdu": "Leeds",
        "person": person_at("X320800").rpartition("/")[2],
        "order": "newest",
    }
    flags = ({"mine": "yes"}, {"role": "spo"}, {"kind": "decide_referral"}, rest, {"counts": "yes"})
    reader.token()
    reader.get("/v1/work")
    for chosen in product((False, True), repeat=len(flags)):
        query = {
            name: value for flag, on in zip(flags, chosen, strict=True) if on for name, value in flag.items()
        }
        with watched() as seen:
            answer = reader.get("/v1/work", **query)
        assert answer.status_code == 200, answer.text
        assert counted(seen) <= 8, query


@pytest.mark.parametrize("part", ["probation", "police"])
def test_a_list_of_escalations_costs_the_same_however_long_it_is(
    cast: Cast, the_clock: TheClock, part: str
) -> None:
    reader = {"probation": cast.probation.as_practitioner()}.get(part) or cast.callers[part]
    costs = []
    for first, end in ((0, FEW), (FEW, MANY)):
        for number in range(first, end):
            submit(cast.probation, number)
        the_clock.move(timedelta(days=60))
        sweep(the_clock.at)
        reader.token()
        costs.append(cost_of_reading(reader, "/v1/escalations", end))
        the_clock.move(timedelta(days=-60))
    # Besides what another list asks: to whom each step was addressed, by name, and what was noted of it.
    assert costs[0] == costs[1] <= 11

"""The catalogue of events: every name with its subject, its audience and the members of its `data`.

Pure. `append` refuses any other name; `docs/tables/events.md` and the OpenAPI document are made from it. The
caller of `append` decides the audience of an event; `audience` describes it in words.
"""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from service.events.data_types import TIMELINE, EventType, Member, event, read

REGION: Final = "the region"
FORCE: Final = "the police force that was asked"
HOLDER: Final = "the region that holds the record"
BOTH_REGIONS: Final = "the region that holds the record, and the one that would"
REGIONS: Final = "every region that works with the person"
PARTNER: Final = "the region, and the destination once it has been sent the referral"
AGENCY: Final = "the region, and the agency once it has been sent the request"


_code, _codes, _count = partial(Member, "code"), partial(Member, "codes"), partial(Member, "count")
_day, _id, _flag = partial(Member, "day"), partial(Member, "id"), partial(Member, "flag")

_SECTIONS = _codes("The sections of the document that changed.")
_URGENCY = _code("`routine` or `urgent`.")
_WHY = _code("What the service acted on.", required=False)
_REASON = _code("The reason: one of the destination's own codes.")
_OUTCOME = _code("The outcome: one of the destination's own codes.")
_ADDRESS = _id("The address that is planned to move on to.")
_FIELDS = _codes("The names of what changed.")

_PART_IN_MERGE = _code("Of this record: `stands` for both, or is the `alias`.")

_referral = partial(event, audience=REGION, sections=_SECTIONS)


_referral_ending = event(
    "referral.sharing_ending",
    REGION,
    "Sharing ends soon with the licence or order, unless another basis is named.",
    ends_on=_day("The last day."),
    open=Member("counts", "What is still open, by kind: `open_check`, `open_review` and the like."),
)


def _part(happened: str, about: str, audience: str = PARTNER, /, **data: Member) -> EventType:
    return event(f"destination_referral.{happened}", audience, about, **data)


def _stay(happened: str, about: str, **data: Member) -> EventType:
    return event(f"placement.{happened}", PARTNER, about, **data)


def _check(happened: str, about: str) -> EventType:
    kind, cycle = _code("The kind of check."), _count("The cycle of this check in the case, from 1.")
    return event(f"check.{happened}", REGION, about, kind=kind, cycle=cycle)


def _request(happened: str, about: str, audience: str = AGENCY, /, **data: Member) -> EventType:
    kind = _code("The kind of check.")
    return event(f"check_request.{happened}", audience, about, kind=kind, urgency=_URGENCY, **data)


def _review(happened: str, about: str, **data: Member) -> EventType:
    kind = _code("`risk`, or `disclosure`: whether to warn a person who may be in danger.")
    change = _id("The change of circumstance that opened it.")
    return event(f"review.{happened}", REGION, about, kind=kind, change=change, urgency=_URGENCY, **data)


def _kept(name: str, about: str) -> EventType:
    return event(name, TIMELINE, about, fields=_FIELDS)


def _verified(kind: str, about: str) -> EventType:
    return event(f"{kind}.verified", TIMELINE, about, how=_code("How, such as `home_visit`."))


def _case(happened: str, about: str, **data: Member) -> EventType:
    return event(f"person.{happened}", HOLDER, about, **data)


def _agreement(happened: str, about: str, audience: str = REGION, /, **data: Member) -> EventType:
    return event(
        f"agreement.{happened}",
        audience,
        about,
        kind=_code("The kind of decision."),
        subject_kind=_code("What kind of thing it is about."),
        subject=_id("What it is about."),
        **data,
    )


def _transfer(happened: str, about: str) -> EventType:
    asked_by = _code("Who asked: `holder`, or `receiver`.")
    return event(f"transfer.{happened}", BOTH_REGIONS, about, asked_by=asked_by)


def _rosh(happened: str, about: str, audience: str = REGIONS) -> EventType:
    return event(
        f"rosh.{happened}",
        audience,
        about,
        "person",
        group=_code("The group at risk."),
        from_level=_code("The level before; null the first time.", nullable=True),
        to_level=_code("The level now."),
    )


SHARED: Final = "the region that holds the record, and the region that sees it"
_SHOWN = _codes("The sections that are seen.")
_UNTIL = Member("moment", "When it ends by itself.")
_OF_REGION = _code("The code of the region that sees the record.")


def _share(happened: str, about: str, audience: str, **data: Member) -> EventType:
    share = _id("The share, at `/v1/people/{person_id}/shares/{share_id}`.")
    return event(f"person.{happened}", audience, about, share=share, region=_OF_REGION, **data)


def _exclusion(happened: str, about: str) -> EventType:
    of_region = _code("The code of their region.")
    return event(f"person.{happened}", HOLDER, about, exclusion=_id("The exclusion."), region=of_region)


def _telling(happened: str, about: str, **data: Member) -> EventType:
    recipient = _code("Who may be told: `partner`, `employer`, `agency` and the like.")
    name = f"disclosure_decision.{happened}"
    return event(name, REGION, about, recipient=recipient, urgency=_URGENCY, **data)


def _subject_access(happened: str, about: str) -> EventType:
    received = Member("day", "The day on which the request was received.")
    return event(f"subject_access.{happened}", REGION, about, received_on=received)


_SIDE_RECORD = _id("The record of the region that asked: only that region reads it.", required=False)

_CLOCKED = (
    "agreement",
    "check_request",
    "destination_referral",
    "placement",
    "change_notice",
    "referral",
    "wording",
    "adjustment",
    "agency_review",
    "completion",
    "probation_move",
    "recall",
    "emergency",
    "change_of_circumstance",
    "disclosure_decision",
    "right_to_know",
    "subject_access",
    "review",
    "case_holding",
    "contact",
    "address",
    "person",
    "share_request",
    "sight",
    "transfer",
)
"""What has clocks."""
_CLOCK = {
    "clock": _id("The clock."),
    "timer": _code("What is timed: `answer`, `ask`, `review`, `silence` and the like."),
    "step": _code("The step of its escalation policy."),
}


def _clock(happened: str, about: str) -> EventType:
    return event(
        f"clock.{happened}",
        TIMELINE,
        about,
        *_CLOCKED,
        **_CLOCK,
        label=_code("What the clock is about: a kind of check, destination or review."),
        due_at=Member("moment", "When the step was due."),
        late=_flag("Whether it was recorded more than 15 minutes after it was due."),
        told=_codes("Who is notified, as `side:role`."),
    )


_ESCALATIONS = Member(
    "items",
    "The first of them; all are at `href`.",
    members={
        "escalation": _id("The escalation, to acknowledge."),
        "clock": _id("The clock."),
        "subject_kind": _code("The kind of the overdue subject."),
        "subject_id": _id("Which one."),
        "step": _code("The step of its escalation policy."),
        "due_at": Member("moment", "When the step was due."),
        "late": _flag("Whether it was recorded more than 15 minutes after it was due."),
        "urgent": _flag("Whether it is urgent."),
    },
)

_OF_A_RELEASE: Final = {
    "release_date": _day("The day."),
    "kind": _code("`confirmed`, `conditional` or `earliest`."),
    "as_of": Member("moment", "When that was so in the prison's record."),
    "outcome": _code(
        "What became of it: `changed`, `same`, `older`, `another_on_record`, `no_open_referral` or `unclear`."
    ),
}
_HANDED_OVER: Final = Member(
    "items",
    "What is red of each.",
    members={
        "person": _id("The person's record."),
        "clock": _id("The clock."),
        "red": _codes("Each column of the board that is red, and what was found, such as `bed.none`."),
    },
)
_RELEASE_DATES = Member(
    "items", "What was sent of each.", members={"person": _id("The person's record."), **_OF_A_RELEASE}
)

WITHHELD: Final = event(
    "entry.withheld",
    "a reader who may know only that there is an entry",
    "Something happened in a limited access case that does not name the practitioner for whom the feed is "
    "read, or a request was refused because the record is held elsewhere. It is recorded under another name.",
    "event",
)
"""How an entry is shown to a reader who may not know what it is; nothing is recorded under this name."""

_ROWS: Final = (
    event(
        "referral.submitted",
        REGION,
        "A referral was submitted.",
        destinations=_codes("The destinations it asks for."),
        urgency=_URGENCY,
    ),
    _referral("referral.amended", about="A new version of a referral was submitted."),
    _referral("referral.corrected", about="A correction of the record made a new version of a referral."),
    _referral("referral.release_changed", about="Another day of release made a new version of a referral."),
    _referral("referral.supervision_ended", about="The end of supervision made a new version of a referral."),
    _referral("referral.risk_changed", about="A change of risk made a new version of a referral."),
    _referral_ending,
    # What is asked of one destination.
    _part(
        "found_incomplete",
        "It cannot be sent, because answers that the destination needs are missing.",
        REGION,
        missing=_count("How many answers are missing."),
        because=_WHY,
    ),
    _part("held", "It waits for a date.", REGION, held_until=_day("When it is sent."), because=_WHY),
    _part(
        "blocked",
        "It waits for something else to happen.",
        REGION,
        blocked_by=_codes("What it waits for."),
        because=_WHY,
    ),
    _part("sent", "The destination was sent the referral."),
    _part("received", "The destination confirmed that it has received the referral."),
    _part("information_requested", "The destination asked probation a question before it decides."),
    _part("information_answered", "Probation answered the destination's question."),
    _part("accepted", "The destination accepted the referral."),
    _part(
        "waitlisted",
        "The destination put the person on its waiting list.",
        expected_by=_day("When it expects to decide.", required=False),
    ),
    _part("deferred", "The destination deferred its decision.", not_before=_day("Not before this day.")),
    _part("declined", "The destination declined the referral.", reason_code=_REASON),
    _part("challenged", "Probation challenged the decline."),
    _part("decline_upheld", "The destination reconsidered and upheld its decision to decline."),
    _part("sent_again", "Probation put the referral right after a decline, and sent it again."),
    _part("decline_settled", "Probation decided what follows from the decline."),
    _part("started", "The destination started its work with the person."),
    _part(
        "put_on_hold",
        "The destination put its work on hold.",
        review_on=_day("When it looks again.", required=False),
    ),
    _part(
        "suspended",
        "The service put the work on hold after a change of circumstance.",
        because=_code(_WHY.about),
    ),
    _part("resumed", "The destination resumed its work."),
    _part("completed", "The destination completed its work.", outcome_code=_OUTCOME),
    _part("ended_early", "The destination ended its work early.", reason_code=_REASON),
    _part("withdrawn", "Probation withdrew it before the destination confirmed receipt."),
    _part("closed", "The case has ended, and nothing is asked of it any more.", because=_code(_WHY.about)),
    _part("withdrawal_requested", "Probation asked the destination to agree to a withdrawal."),
    _part("withdrawal_confirmed", "The destination confirmed the withdrawal."),
    _part("entered_in_error", "Probation marked it as entered in error."),
    event(
        "wording.needed",
        REGION,
        "A destination has a text that gives away what it may not know, or goes without it: word it anew, "
        "or confirm it with a reason.",
        gives_away=_codes("What the texts give away, by kind."),
        texts=_count("How many texts there are."),
    ),
    _part(
        "changed",
        "What the destination was sent has changed; its document has a new version.",
        sections=_SECTIONS,
        document_version=_count("The version of the document, as the destination counts those it was sent."),
        must_acknowledge=_flag("Whether the destination must acknowledge the change.", required=False),
        reconfirm=_flag("Whether it must also confirm that it can continue as accepted.", required=False),
    ),
    _part(
        "change_acknowledged",
        "The destination acknowledged changes to what it was sent.",
        document_version=_count("The version up to which it acknowledged, as the destination counts them."),
        can_continue=_flag("Whether it can continue as accepted.", required=False),
    ),
    _part("sharing_ended", "Sharing with the destination has ended: it reads nothing more of the person."),
    _part("sharing_continued", "Sharing with the destination goes on, on another basis or with another end."),
    _part(
        "message_sent",
        "One side sent the other a message.",
        **{"message_id": _id("The message."), "from": _code("The side that sent it.")},
    ),
    _part(
        "updated",
        "The destination reported on its work.",
        update_id=_id("The report."),
        kind=_code("The kind of report."),
        cannot_meet=_codes("Of a report on adjustments: those it cannot make.", required=False),
    ),
    _part(
        "update_corrected",
        "The destination put right or withdrew a report of its own.",
        update_id=_id("What is reported instead."),
        corrects=_id("The report that it puts right or withdraws."),
        kind=_code("The kind of report."),
        withdrawn=_flag("Whether nothing takes its place."),
        cannot_meet=_codes("Of a report on adjustments: those it cannot make.", required=False),
    ),
    _part(
        "corrected",
        "The destination put right or withdrew its answer, or that its work has ended.",
        move_id=_id("What it says instead."),
        corrects=_id("What it puts right or withdraws."),
        action=_code("What it had said: `accept`, `decline`, `uphold`, `complete` or `end_early`."),
        withdrawn=_flag("Whether nothing takes its place: the referral goes on where it was."),
        reason_code=_code("The reason, as it is put right.", required=False),
        outcome_code=_code("How the work ended, as it is put right.", required=False),
    ),
    _part(
        "adjustment_settled",
        "Probation decided to go on without an adjustment that the destination cannot make.",
        adjustment=_code("Which kind of adjustment."),
    ),
    _part(
        "change_settled",
        "Probation decided what follows from a change with which the destination cannot go on.",
        decision=_code("What it decided: `go_on` or `seek_elsewhere`."),
    ),
    _part(
        "complexity_settled",
        "Probation decided about another complexity that the destination proposed.",
        decision=_code("What it decided: `agree` or `keep_level`."),
    ),
    _part(
        "outcomes_settled",
        "Probation decided about other desired outcomes that the destination proposed.",
        decision=_code("What it decided: `agree` or `keep_outcomes`."),
    ),
    _part(
        "circumstances_changed",
        "Something changed in the person's life that this destination may know.",
        change=_id("The change of circumstance."),
        urgency=_URGENCY,
    ),
    _part(
        "agreement_asked_for",
        "The destination is asked whether it agrees to an address to move on to.",
        address_id=_ADDRESS,
    ),
    _part(
        "agreement_asked_no_longer",
        "The destination need not agree to an address any more: nobody moves on to it.",
        address_id=_ADDRESS,
    ),
    # A stay.
    _stay(
        "offered",
        "The destination offered a bed or room.",
        expected_arrival=_day("The first day."),
        expected_departure=_day("The last day."),
    ),
    _stay("confirmed", "Probation confirmed the offer."),
    _stay("arrived", "The person arrived.", arrived_on=_day("When.")),
    _stay("not_arrived", "The person did not arrive."),
    _stay("extended", "The stay was extended.", expected_departure=_day("The last day now.")),
    _stay(
        "departed",
        "The person left.",
        departed_on=_day("When."),
        departed_to=_code("What for, where it was not the address to move on to.", required=False),
    ),
    _stay(
        "corrected",
        "The destination put right or withdrew something that it had recorded of the stay.",
        move_id=_id("What is recorded instead."),
        corrects=_id("What it puts right or withdraws."),
        action=_code("What it had recorded."),
        withdrawn=_flag("Whether nothing takes its place."),
        expected_arrival=_day("The first day of the offer, as it is put right.", required=False),
        expected_departure=_day("The last day, as it is put right.", required=False),
        arrived_on=_day("The day of arrival, as it is put right.", required=False),
        departed_on=_day("The day of departure, as it is put right.", required=False),
        departed_to=_code("Where the person went, as it is put right.", required=False),
    ),
    event(
        "placement.departed_without_agreement",
        REGION,
        "The person left, and nobody had agreed to it: a named person must see to it now.",
        outstanding=_codes("What had not been agreed or answered for the address to move on to."),
    ),
    _stay("cancelled", "The offer or the stay was cancelled."),
    _stay(
        "move_on_proposed", "Probation proposed an address to move on to after the stay.", address_id=_ADDRESS
    ),
    _stay(
        "move_on_withdrawn",
        "The address to move on to was entered in error: none is proposed now.",
        address_id=_ADDRESS,
    ),
    _stay("agreement_withdrawn", "Probation took back its agreement to the address.", address_id=_ADDRESS),
    _stay("move_on_agreed", "Probation agreed to the address to move on to.", address_id=_ADDRESS),
    _stay(
        "gate_overridden",
        "A manager allowed the departure although something was outstanding.",
        address_id=Member("id", _ADDRESS.about, nullable=True),
    ),
    # Checks and the requests of which they consist.
    _check("raised", "A check was raised."),
    _check("reopened", "A check is open again, because a request must be answered."),
    _check("answered", "Every agency has answered."),
    _check("reviewed", "Every answer has been reviewed."),
    _check("not_required", "A manager decided that the check is not required."),
    _check("cancelled", "Every request of the check was cancelled."),
    _check("superseded", "Another check replaces this one."),
    _request(
        "reinstated", "A manager did not confirm that it was about the wrong person: another request follows."
    ),
    _request("required", "An agency must be asked.", REGION),
    _request(
        "awaiting_details",
        "The request cannot be sent yet, because details are missing.",
        REGION,
        missing=_codes("The details that are missing."),
    ),
    _request(
        "requested",
        "The request was sent to the agency, or its question was answered or needs no answer any more.",
        agency=_id("The agency, when it is asked first.", required=False),
    ),
    _request(
        "acknowledged",
        "The agency acknowledged the request, or a newer version of its question.",
        question=_count("The version of the question.", required=False),
    ),
    _request("returned_for_information", "The agency asked for information it needs to answer."),
    _request(
        "partially_returned",
        "The agency returned a part of its answer.",
        result=_id("The result."),
        number=_count("Which result of this request, from 1."),
    ),
    _request(
        "returned",
        "The agency returned its answer, or what it had not answered was withdrawn.",
        result=_id("The result."),
        number=_count("Which result of this request, from 1."),
    ),
    _request(
        "supplemented",
        "The agency added to its answer, or answered what was asked of it no longer.",
        result=_id("The result."),
        number=_count("Which result of this request, from 1."),
    ),
    _request(
        "answer_corrected",
        "The agency put an answer of its own right, or withdrew it: what it had answered may be open again.",
        result=_id("What is said instead."),
        number=_count("Which result of this request that is, from 1."),
        corrects=_id("The result that it puts right or withdraws."),
        withdrawn=_flag("Whether nothing takes its place."),
    ),
    _request(
        "information_given",
        "Probation answered a question that was open beside a part, or it needs no answer any more.",
    ),
    _request("redirect_disputed", "The agency redirected a question that had been redirected before."),
    _request("redirect_settled", "It is settled which agency is asked."),
    _request(
        "part_reviewed",
        "Probation reviewed a part of the answer.",
        changes=_codes("What it changes in the case."),
    ),
    _request(
        "reviewed", "Probation reviewed the answer.", changes=_codes("What the answer changes in the case.")
    ),
    _request("refused", "The agency refused to answer.", reason_code=_code("The reason.")),
    _request(
        "misdirected",
        "The agency redirected the request to the area that should have been asked.",
        to_area=_code("The area, where an agency is registered for it.", required=False),
    ),
    _request("cancelled", "A manager ended the request, or nobody is left to ask about."),
    _request("superseded", "Another request replaces this one.", succeeded_by=_id("That request.")),
    _request(
        "details_changed", "The details that the request waits for have changed, or whom it asks about."
    ),
    _request(
        "question_changed",
        "The agency is asked more, or is told what was corrected or withdrawn: read the request again.",
        because=_code(
            "`joined`, `corrected`, `withdrawn`, `taken_back`, `asked_again`, `named_back` or `handed_over`."
        ),
        question=_count("The version of the question."),
    ),
    _request("needed_by_changed", "The day by which the answer is needed has changed."),
    _request(
        "urgency_raised",
        "The request, or more of what it asks about, became urgent, or its hard date moved forward.",
    ),
    _request("countersignature_needed", "A review of the answer waits for a manager's countersignature."),
    _request(
        "review_sent_back", "A manager did not agree with the review, so the answer must be reviewed again."
    ),
    # Changes of circumstance, and their reviews.
    event(
        "change_of_circumstance.recorded",
        REGION,
        "A change of circumstance was recorded.",
        **{
            "kind": _code("The kind of change."),
            "standing": _code("`alleged` or `established`."),
            "urgency": _URGENCY,
            "checks": _count("How many checks it raised."),
            "for": _codes("The roles to show it to immediately."),
            "corrects": _id("The report that this one puts right or withdraws.", required=False),
            "withdrawn": _flag("Whether it only takes that report back.", required=False),
        },
    ),
    _review(
        "opened",
        "A change of circumstance opened a review.",
        owner=_code("The role that owes it."),
        consider=_codes("What to consider."),
    ),
    _review(
        "agreement_needed",
        "A review that would change nothing waits for a manager's decision.",
        **{"proposal": _id("The proposal."), "for": _codes("The roles to show it to.")},
    ),
    _review(
        "sent_back",
        "A manager did not agree that nothing needs to change.",
        **{"proposal": _id("The proposal."), "for": _codes("The roles to show it to.")},
    ),
    _review(
        "put_right",
        "What a review is about was put right or withdrawn by whoever reported it: it is open again.",
        **{
            "by": _id("The change of circumstance that says so."),
            "for": _codes("The roles to show it to."),
        },
    ),
    _review(
        "completed",
        "A review was completed.",
        changes=_codes("What it changes; empty when nothing."),
        disclosure=_code("Of a `disclosure` review: what was decided.", required=False),
    ),
    _review(
        "closed",
        "A review was closed without an outcome.",
        because=_code("What ended it: a refuted allegation, or the end of the case."),
    ),
    # Whether a third party is told something about a person.
    _telling(
        "opened",
        "It must be decided whether somebody is told something about the person.",
        **{"for": _codes("The roles to show it to immediately.")},
    ),
    _telling("proposed", "What is told, or that nothing is, waits for a manager's decision."),
    _telling("sent_back", "A manager did not agree with what was proposed."),
    _telling("referred", "The police were asked to tell somebody, under the Right to Know."),
    _telling("agreed", "A manager agreed that somebody is told, and nobody has told them yet."),
    _telling(
        "reopened",
        "They could not be told as agreed, the police do not decide it, or the person has not died after "
        "all; it is decided again.",
    ),
    _telling(
        "answered_late",
        "A force that was asked under the Right to Know answered, after it had been settled otherwise.",
        told=_flag("Whether the force told them."),
    ),
    _telling(
        "lapsed",
        "Nothing is left to decide: what it was opened for was not so, or the person has died.",
        because=_code("Why: `refuted`, `entered_in_error` or `died`."),
    ),
    _telling(
        "told",
        "They were told.",
        **{"for": _codes("The roles to show it to immediately: it gave somebody away.", required=False)},
    ),
    _telling("closed", "It was decided that they are not told."),
    _telling("referenced", "The reference of the police was added to what they were asked."),
    _telling("chance_passed", "The person had the chance to tell it first, and did not."),
    _telling(
        "raised",
        "Somebody is in danger now: what was to be decided, told or answered is urgent.",
        **{"for": _codes("The roles to show it to immediately.")},
    ),
    _telling(
        "corrected",
        "What was recorded as told, or as answered by the police, was a mistake: it is as it was before.",
        **{"for": _codes("The roles to show it to immediately.")},
    ),
    _telling("outcome_added", "How they took it, and what followed, was added."),
    # What a force decides under the Right to Know.
    event(
        "right_to_know.asked", FORCE, "You are asked to decide whether somebody is told.", urgency=_URGENCY
    ),
    event(
        "right_to_know.reopened",
        FORCE,
        "You are asked again: what was answered was recorded by mistake.",
        urgency=_URGENCY,
    ),
    event(
        "right_to_know.raised",
        FORCE,
        "Somebody is in danger now: what you are asked is urgent.",
        urgency=_URGENCY,
    ),
    event(
        "right_to_know.ended",
        FORCE,
        "You are asked no more: it was answered, or taken back.",
        urgency=_URGENCY,
    ),
    # What a person is given of their own record.
    _subject_access("opened", "A person asked for what is held about them."),
    _subject_access("texts_decided", "It was decided how texts of the copy are given."),
    _subject_access("released", "The copy was released."),
    _subject_access("withdrawn", "The request was taken back."),
    # A person's record.
    _kept("person.recorded", "A person was recorded."),
    _kept("person.changed", "Facts about a person changed."),
    event(
        "person.limited",
        REGIONS,
        "Access to a person's record was limited to named practitioners.",
        named=Member("counts", "How many practitioners are named, by reason."),
    ),
    event("person.limit_lifted", REGIONS, "A person's record is no longer a limited access case."),
    event(
        "person.staff_named",
        "the region that holds the record, and the region of the member of staff",
        "A member of staff was named who may know of a limited access case.",
        because=_code("`chosen`, or `escalated`: something overdue was escalated to them."),
        region=_code("The code of their region."),
    ),
    _exclusion("staff_excluded", "A member of staff was excluded from a person's record."),
    _exclusion("exclusion_ended", "A member of staff is no longer excluded from a person's record."),
    _share(
        "shared",
        "A person's record was shared with another region.",
        SHARED,
        basis=_code("On what basis."),
        sections=_SHOWN,
        until=_UNTIL,
    ),
    _share("share_ended", "A share was ended before its time.", SHARED, basis=_code("On what basis it was.")),
    _share(
        "share_confirmation_needed",
        "A region sees the record from before it had one holder: confirm that, or end it.",
        HOLDER,
    ),
    _share(
        "emergency_access_taken",
        "A manager took emergency access to a person's record, which a manager of the holder has to review.",
        HOLDER,
        **{"sections": _SHOWN, "until": _UNTIL, "for": _codes("The roles to show it to immediately.")},
    ),
    _share(
        "share_reviewed",
        "A manager reviewed emergency access.",
        SHARED,
        outcome=_code("`justified` or `not_justified`."),
    ),
    event(
        "person.submitted_elsewhere",
        "the region that holds the record, and the region that asked",
        "Another region stated something about a person whose record is held here.",
        region=_code("The code of the region that asked."),
        asked=_code("The kind of request: `submission`, `opening`, `amendment` or `change`."),
        side_record=_SIDE_RECORD,
    ),
    event(
        "person.danger_reported_elsewhere",
        "the region that holds the record; only the timeline within a region",
        "What another region stated raises danger: it must be decided, urgently.",
        region=_code("The code of the region that stated it."),
        raises=_codes("What raises it: `rosh.` and a group, `contact.` and whom, `change.` and a kind."),
    ),
    event(
        "person.share_requested",
        "the region that holds the record, and the region that asked",
        "A region that does not see a record asked its holder for a share.",
        region=_code("The code of the region that asked."),
        basis=_code("On what basis."),
        sections=_codes("Which sections."),
        side_record=_SIDE_RECORD,
    ),
    event(
        "share_request.answered",
        "the region that holds the record, and the region that asked",
        "The holder of a record answered a region that asked for a share.",
        given=_flag("Whether a share was given."),
        side_record=_SIDE_RECORD,
    ),
    event(
        "person.proposal_decided",
        TIMELINE,
        "The holder of a record took or left something that another region states.",
        section=_code("The section of the record."),
        taken=_flag("Whether it was taken."),
        raises=_codes("What danger it raises."),
    ),
    _case(
        "opened",
        "A case was opened with no destination.",
        because=_code("Why: `pre_sentence_report`, `allocation`, `transfer_in` or `curfew`."),
    ),
    _case("reassigned", "Another practitioner of the region is accountable for the case."),
    event("person.handed_over", BOTH_REGIONS, "An operator handed the case over to another region."),
    _case(
        "caretaker_named",
        "A colleague acts for the accountable practitioner.",
        until=Member("moment", "Until when."),
    ),
    _case("caretaker_ended", "The accountable practitioner acts again."),
    _case("team_joined", "A colleague joined the team of the case.", part=_code("As what.")),
    _case("team_departed", "A colleague left the team of the case.", part=_code("As what.")),
    event(
        "release_arrangement.recorded",
        REGION,
        "Somebody said how an arrangement for a release stands.",
        item=_code("Which: `tag`, `benefit` and the like."),
        state=_code("How it stands."),
    ),
    event(
        "person.release_date_sent",
        TIMELINE,
        "A prison sent the date of the person's release.",
        **_OF_A_RELEASE,
    ),
    _case("practitioner_departed", "The accountable practitioner has left, and nobody has taken over."),
    _agreement(
        "asked",
        "A manager was asked for a decision that takes four eyes.",
        **{"for": _codes("The roles to show it to.")},
    ),
    _agreement(
        "decided",
        "A manager decided something that takes four eyes.",
        "the region, where the manager had been asked; otherwise the timeline only",
        agreed=_flag("Whether the manager agreed."),
    ),
    _agreement("withdrawn", "Whoever asked a manager for a decision took that back."),
    _agreement(
        "readdressed",
        "Whoever was asked for a decision can no longer make it, and another manager is asked.",
        **{"for": _codes("The roles to show it to.")},
    ),
    _agreement("lapsed", "There is nothing left to decide of what a manager was asked for."),
    _case("cover_needed", "The accountable practitioner is away for days, and something is urgent."),
    _transfer("requested", "One region asked another to hand over a case, or to take it."),
    _transfer("accepted", "The receiving region holds the case."),
    _transfer("declined", "The other region declined; the holder is the same as before."),
    _transfer("withdrawn", "The region that asked took the request back."),
    _transfer("lapsed", "Nobody answered: the 28 days of an offer have passed, or the case went elsewhere."),
    _kept("contact.recorded", "A contact of a person was recorded."),
    _kept("contact.changed", "Facts about a contact of a person changed."),
    event("contact.entered_in_error", TIMELINE, "A contact of a person was entered in error."),
    event("address.entered_in_error", TIMELINE, "An address of a person was entered in error."),
    _verified("contact", "It was recorded how a contact of a person was verified."),
    _verified("address", "It was recorded how an address was verified."),
    event(
        "person.verification_ended",
        HOLDER,
        "A contact or an address was verified, and is not any more; it says why.",
        "contact",
        "address",
    ),
    event(
        "contact.may_be_the_same",
        TIMELINE,
        "A contact of a person may be the same as another; somebody must say.",
        because=_code("Why: `identity_changed` or `likely_twin`."),
        other=_id("The other contact."),
    ),
    event(
        "contact.sameness_decided",
        TIMELINE,
        "Somebody has said whether a contact is the same as another.",
        same=_flag("Whether they are the same."),
        other=_id("The other contact."),
    ),
    event(
        "person.may_be_the_same",
        TIMELINE,
        "A number of a person stands, or stood, on another record of the region; somebody must say whether "
        "they are one.",
        numbers=_codes("Which numbers: `noms_number` or `pnc_number`."),
    ),
    event("person.told_apart", TIMELINE, "A manager has said that two records are two people's."),
    _case("merged", "Two records are one person's: one stands for both.", part=_PART_IN_MERGE),
    _case("merge_undone", "Two records are two people's again, each under its own CRN.", part=_PART_IN_MERGE),
    _kept("address.recorded", "An address was recorded."),
    _kept("address.changed", "Facts about an address changed."),
    _rosh("recorded", "The risk of serious harm to a group was recorded for the first time.", TIMELINE),
    _rosh("confirmed", "The risk of serious harm to a group was assessed again and is unchanged."),
    _rosh("raised", "The risk of serious harm to a group was raised."),
    _rosh("lowered", "The risk of serious harm to a group was lowered."),
    # Clocks.
    _clock("chased", "The organisation that must answer was reminded."),
    _clock("missed", "A deadline passed."),
    _clock("escalated", "Something late was escalated."),
    _clock("escalated_again", "The last step of an escalation was repeated."),
    _clock("hard_date_reached", "The day by which an answer was needed has come, and there is none."),
    _clock("pause_reviewed", "A pause has lasted so long that it must be reviewed."),
    _clock("pause_ended", "A pause ended, because it had lasted as long as a pause may."),
    event(
        "clock.moved",
        TIMELINE,
        "A clock was moved onto another version of its policy.",
        *_CLOCKED,
        **{name: _CLOCK[name] for name in ("clock", "timer")},
        policy=_code("The key of the policy."),
        policy_version=_count("The version that it goes by from now on."),
        due_at=Member("moment", "When the answer is due by it."),
    ),
    event("clock.confirmed", TIMELINE, "A named person has seen to a danger.", *_CLOCKED, **_CLOCK),
    event("clock.handed_over", TIMELINE, "An escalation was handed to a colleague.", *_CLOCKED, **_CLOCK),
    event("clock.noted", TIMELINE, "Somebody noted something of an escalation.", *_CLOCKED, **_CLOCK),
    event("clock.acknowledged", TIMELINE, "An escalation was acknowledged.", *_CLOCKED, **_CLOCK),
    event(
        "escalation.notified",
        "the organisation that is notified",
        "An organisation was notified of what is late.",
        "notice",
        role=_code("The role to notify; null for the organisation itself.", nullable=True),
        urgent=_flag("Whether any of it is urgent."),
        count=_count("How many escalations there are."),
        items=_ESCALATIONS,
    ),
    event(
        "release_dates.sent",
        "the region that holds the records",
        "A prison sent release dates of people whose records the region holds.",
        prison=_id("The organisation that sent them."),
        count=_count("How many people they are of; the first 50 are listed."),
        items=_RELEASE_DATES,
    ),
    event(
        "releases.handed_over",
        "the region that releases them",
        "On the day of releases, what was still red on the board went to a manager.",
        "release_dates",
        role=_code("The role of the manager."),
        count=_count("How many people they are; the first 50 are listed."),
        items=_HANDED_OVER,
    ),
    event(
        "policy.published",
        "the region or responder that the version is for; nobody, where it is for everybody",
        "A version of an escalation policy was published.",
        key=_code("The key of the policy, at `/v1/policies/{key}`."),
        area=_code("The code of the region whose clocks it is for; null for those of all.", nullable=True),
        valid_from=Member("moment", "When clocks begin to start with it."),
    ),
    event(
        "staff_register.changed",
        "the organisation whose register it is, where something changed",
        "Members of staff were entered in the staff register, or their entries were replaced.",
        entered=_count("How many were entered."),
        changed=_count("How many have changed."),
        unchanged=_count("How many were as they were sent."),
    ),
    event(
        "webhook.disabled",
        "the organisation whose webhook it is",
        "A webhook was disabled.",
        reason=_code("Why."),
    ),
)

CATALOGUE: Final[Mapping[str, EventType]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every event that may be recorded, by its name."""


def validated(name: str, subject_kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `data` of an event as JSON.

    Raises:
        ValueError: the catalogue has no such event, it happens to something else, a member is missing or not
            in the catalogue, or a value is not of its member's type. The message quotes no value.
    """
    row = CATALOGUE.get(name)
    if row is None:
        raise ValueError(f"{name} is not in the catalogue of events")
    if subject_kind not in row.subjects:
        raise ValueError(f"{name} does not happen to a {subject_kind}")
    if not row.required <= data.keys() <= row.data.keys():
        raise ValueError(f"{name} has other members in the catalogue of events")
    members = row.data
    return {member: read(members[member], value) for member, value in data.items()}

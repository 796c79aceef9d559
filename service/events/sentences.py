"""What happened, as a sentence: for every event of the catalogue that a timeline shows. Pure.

A sentence is a template; its names and words are found by whoever shows it (`cases/timelines.py`). Of several
for one event, the first is taken for which everything is known.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NOT_ON_TIMELINES: Final = frozenset({
    "escalation.notified", "release_dates.sent", "releases.handed_over", "policy.published",
    "staff_register.changed", "webhook.disabled",
})  # fmt: skip
"""The events that belong to nobody's record and to no referral."""

_LATE: Final = ": {late}."


def _about_late(opening: str) -> tuple[str, str]:
    return opening + _LATE, f"{opening}."


_ROWS: Final[Mapping[str, str | tuple[str, ...]]] = {
    "referral.submitted": "{who} submitted a referral of {person}.",
    "referral.amended": "{who} submitted a new version of the referral.",
    "referral.corrected": "The record was corrected, which made a new version of the referral.",
    "referral.release_changed": "The day of release changed, which made a new version of the referral.",
    "referral.supervision_ended": "Supervision ended, which made a new version of the referral.",
    "referral.risk_changed": "The risk of serious harm changed, which made a new version of the referral.",
    "referral.sharing_ending": (
        "Sharing ends on {ends_on}, with the licence or order, unless another basis is named."
    ),
    "destination_referral.found_incomplete": "The referral to {destination} cannot be sent: {missing}.",
    "destination_referral.held": "The referral to {destination} is held until {held_until}.",
    "destination_referral.blocked": (
        "The referral to {destination} waits for something else to happen first."
    ),
    "destination_referral.sent": "The referral was sent to {destination}.",
    "destination_referral.received": "{destination} received the referral.",
    "destination_referral.information_requested": (
        "{destination} asked probation a question before it decides."
    ),
    "destination_referral.information_answered": "{who} answered a question from {destination}.",
    "destination_referral.accepted": "{destination} accepted the referral.",
    "destination_referral.waitlisted": (
        "{destination} put {person} on its waiting list, and expects to decide by {expected_by}.",
        "{destination} put {person} on its waiting list.",
    ),
    "destination_referral.deferred": "{destination} put off its decision until {not_before} or later.",
    "destination_referral.declined": (
        "{destination} declined the referral: {reason}.",
        "{destination} declined the referral.",
    ),
    "destination_referral.challenged": "{who} challenged the decision of {destination} to decline.",
    "destination_referral.decline_upheld": "{destination} looked again, and still declines the referral.",
    "destination_referral.sent_again": "{who} put the referral right and sent it to {destination} again.",
    "destination_referral.decline_settled": (
        "{who} decided what follows now that {destination} has declined."
    ),
    "destination_referral.started": "{destination} started work with {person}.",
    "destination_referral.put_on_hold": (
        "{destination} put its work on hold, and looks again on {review_on}.",
        "{destination} put its work on hold.",
    ),
    "destination_referral.suspended": (
        "The work of {destination} was put on hold after a change of circumstance."
    ),
    "destination_referral.resumed": "{destination} resumed its work.",
    "destination_referral.completed": (
        "{destination} completed its work: {outcome}.",
        "{destination} completed its work.",
    ),
    "destination_referral.ended_early": (
        "{destination} ended its work early: {reason}.",
        "{destination} ended its work early.",
    ),
    "destination_referral.withdrawn": "{who} withdrew the referral to {destination}.",
    "destination_referral.closed": "The referral to {destination} was closed, because the case has ended.",
    "destination_referral.withdrawal_requested": "{who} asked {destination} to agree to a withdrawal.",
    "destination_referral.withdrawal_confirmed": "{destination} confirmed the withdrawal.",
    "destination_referral.entered_in_error": (
        "{who} marked the referral to {destination} as entered in error."
    ),
    "wording.needed": "Texts for {destination} give away what it may not know, and need new wording.",
    "destination_referral.changed": (
        "The document sent to {destination} changed, and {destination} {must_acknowledge}.",
        "The document sent to {destination} changed.",
    ),
    "destination_referral.change_acknowledged": (
        "{destination} acknowledged a change and {can_continue}.",
        "{destination} acknowledged a change.",
    ),
    "destination_referral.sharing_ended": "Sharing with {destination} ended.",
    "destination_referral.sharing_continued": "{who} decided that sharing with {destination} goes on.",
    "destination_referral.message_sent": "{who} sent a message about the referral to {destination}.",
    "destination_referral.updated": "{destination} reported on its work.",
    "destination_referral.update_corrected": "{destination} {withdrawn} a report of its own.",
    "destination_referral.corrected": "{destination} {withdrawn} its answer, or that its work had ended.",
    "destination_referral.adjustment_settled": (
        "{who} decided to go on without an adjustment that {destination} cannot make."
    ),
    "destination_referral.change_settled": (
        "{who} decided what follows now that {destination} cannot go on after a change."
    ),
    "destination_referral.complexity_settled": (
        "{who} decided about the complexity that {destination} had proposed."
    ),
    "destination_referral.outcomes_settled": (
        "{who} decided about the outcomes that {destination} had proposed."
    ),
    "destination_referral.circumstances_changed": "{destination} was told of a change of circumstance.",
    "destination_referral.agreement_asked_for": (
        "{destination} was asked whether it agrees to {address}.",
        "{destination} was asked whether it agrees to an address to move on to.",
    ),
    "destination_referral.agreement_asked_no_longer": (
        "{destination} need not agree to {address} any more.",
        "{destination} need not agree to an address to move on to any more.",
    ),
    "placement.offered": "{destination} offered a place from {expected_arrival} to {expected_departure}.",
    "placement.confirmed": "{who} confirmed the offer of {destination}.",
    "placement.arrived": "{person} arrived at {destination} on {arrived_on}.",
    "placement.not_arrived": "{person} did not arrive at {destination}.",
    "placement.extended": "The stay at {destination} was extended to {expected_departure}.",
    "placement.departed": "{person} left {destination} on {departed_on}.",
    "placement.corrected": "{destination} {withdrawn} something that it had recorded of the stay.",
    "placement.departed_without_agreement": (
        "{person} left {destination} before everybody had agreed: a named person must see to it now."
    ),
    "placement.cancelled": "The place at {destination} was cancelled.",
    "placement.move_on_proposed": (
        "{who} proposed to move on from {destination} to {address}.",
        "{who} proposed an address to move on to from {destination}.",
    ),
    "placement.move_on_withdrawn": (
        "The address to move on to from {destination} was entered in error, and none is proposed now."
    ),
    "placement.agreement_withdrawn": (
        "{who} took back the agreement to {address}.",
        "{who} took back the agreement to the address to move on to.",
    ),
    "placement.move_on_agreed": (
        "{who} agreed to the address at {address}.",
        "{who} agreed to the address to move on to.",
    ),
    "placement.gate_overridden": (
        "{who} allowed the departure from {destination} although something was outstanding."
    ),
    "check.raised": "The {check} was raised.",
    "check.reopened": "The {check} is open again.",
    "check.answered": "Every agency has answered the {check}.",
    "check.reviewed": "Every answer to the {check} has been reviewed.",
    "check.not_required": "{who} decided that the {check} is not required.",
    "check.cancelled": "The {check} was cancelled.",
    "check.superseded": "Another check replaced the {check}.",
    "check_request.reinstated": (
        "{who} did not agree that the {check} of {agency} was about the wrong person."
    ),
    "check_request.required": "{agency} must be asked for the {check}{about}.",
    "check_request.awaiting_details": (
        "{agency} cannot be asked for the {check}{about} yet: details are missing."
    ),
    "check_request.requested": "{agency} was asked for the {check}{about}.",
    "check_request.acknowledged": "{agency} acknowledged the {check}{about}.",
    "check_request.returned_for_information": (
        "{agency} asked for more information before it answers the {check}{about}."
    ),
    "check_request.partially_returned": (
        "{agency} answered part of the {check}{about}: {found}.",
        "{agency} answered part of the {check}{about}.",
    ),
    "check_request.returned": (
        "{agency} answered the {check}{about}: {found}.",
        "{agency} answered the {check}{about}.",
    ),
    "check_request.supplemented": (
        "{agency} added to its answer to the {check}{about}: {found}.",
        "{agency} added to its answer to the {check}{about}.",
    ),
    "check_request.answer_corrected": "{agency} {withdrawn} an answer to the {check}{about}.",
    "check_request.information_given": "{who} answered a question from {agency} about the {check}{about}.",
    "check_request.redirect_disputed": (
        "{agency} passed on the {check}{about}, which had been passed on before."
    ),
    "check_request.redirect_settled": "It was settled which agency is asked for the {check}{about}.",
    "check_request.part_reviewed": "{who} reviewed part of the answer of {agency} to the {check}{about}.",
    "check_request.reviewed": "{who} reviewed the answer of {agency} to the {check}{about}.",
    "check_request.refused": "{agency} refused to answer the {check}{about}.",
    "check_request.misdirected": "{agency} passed the {check}{about} on to another area.",
    "check_request.cancelled": "{agency} need not answer the {check}{about} any more.",
    "check_request.superseded": "Another request replaced the {check} of {agency}{about}.",
    "check_request.details_changed": "The details changed that the {check}{about} waits for.",
    "check_request.question_changed": "The question to {agency} for the {check}{about} changed.",
    "check_request.needed_by_changed": "The day changed by which {agency} must answer the {check}{about}.",
    "check_request.urgency_raised": "The {check} of {agency}{about} became more urgent.",
    "check_request.countersignature_needed": (
        "The review of the {check} of {agency}{about} waits for a manager to countersign it."
    ),
    "check_request.review_sent_back": (
        "{who} did not agree with the review of the {check} of {agency}{about}."
    ),
    "change_of_circumstance.recorded": (
        "{who} recorded a change of circumstance: {change}.",
        "{who} recorded a change of circumstance.",
    ),
    "review.opened": "A change of circumstance must be reviewed.",
    "review.agreement_needed": (
        "{who} proposed that a change of circumstance changes nothing, and a manager must decide."
    ),
    "review.sent_back": "{who} did not agree that a change of circumstance changes nothing.",
    "review.put_right": "What a review is about was put right, or withdrawn, by whoever reported it.",
    "review.completed": "{who} reviewed a change of circumstance.",
    "review.closed": "The review of a change of circumstance was closed: there is nothing left to review.",
    "disclosure_decision.opened": (
        "It must be decided whether {recipient} is told something about {person}."
    ),
    "disclosure_decision.proposed": "{who} proposed what {recipient} is told, and a manager must decide.",
    "disclosure_decision.sent_back": "{who} did not agree with what {recipient} was to be told.",
    "disclosure_decision.referred": "{who} asked the police to tell {recipient}, under the Right to Know.",
    "disclosure_decision.agreed": "{who} agreed that {recipient} is told.",
    "disclosure_decision.reopened": "It must be decided again whether {recipient} is told.",
    "disclosure_decision.answered_late": (
        "The police answered late under the Right to Know, and {told_them}."
    ),
    "disclosure_decision.lapsed": "There is nothing left to decide about telling {recipient}.",
    "disclosure_decision.told": "{who} recorded that {recipient} was told.",
    "disclosure_decision.closed": "{who} decided that {recipient} is not told.",
    "disclosure_decision.corrected": (
        "{who} took back what was recorded of telling {recipient}: it was a mistake."
    ),
    "disclosure_decision.referenced": "The reference of the police was added to what they were asked.",
    "disclosure_decision.chance_passed": "{person} had the chance to tell {recipient} first, and did not.",
    "disclosure_decision.raised": "Somebody is in danger now: whether {recipient} is told became urgent.",
    "disclosure_decision.outcome_added": "{who} added how {recipient} took it, and what followed.",
    "right_to_know.asked": (
        "The police were asked to decide under the Right to Know whether somebody is told."
    ),
    "right_to_know.reopened": "The police must decide again under the Right to Know.",
    "right_to_know.raised": "What the police were asked under the Right to Know became urgent.",
    "right_to_know.ended": "The police need not decide under the Right to Know any more.",
    "release_arrangement.recorded": "{who} recorded for the release: {arrangement}.",
    "subject_access.opened": (
        "{person} asked for a copy of what is held about them; the request was received on {received_on}."
    ),
    "subject_access.texts_decided": "{who} decided how texts of the copy are given.",
    "subject_access.released": "{who} released the copy that {person} asked for.",
    "subject_access.withdrawn": "The request for a copy of the record was taken back.",
    "person.recorded": "{who} recorded {person}.",
    "person.changed": "{who} changed facts about {person}.",
    "person.limited": "{who} limited access to the record of {person}.",
    "person.limit_lifted": "{who} lifted the limit on the record of {person}.",
    "person.staff_named": "A member of staff was named who may know of the limited access case.",
    "person.staff_excluded": "{who} excluded a member of staff from the record of {person}.",
    "person.exclusion_ended": "{who} let a member of staff see the record of {person} again.",
    "person.shared": "{who} shared the record of {person} with another region until {until}.",
    "person.share_ended": "A share of the record of {person} was ended.",
    "person.share_confirmation_needed": (
        "A region still sees the record of {person} from before: confirm that, or end it."
    ),
    "person.emergency_access_taken": "{who} took emergency access to the record of {person} until {until}.",
    "person.share_reviewed": "{who} reviewed emergency access to the record of {person}.",
    "person.submitted_elsewhere": "Another region stated something about {person}.",
    "person.danger_reported_elsewhere": (
        "Another region stated something about {person} that raises danger: it must be decided now."
    ),
    "person.share_requested": "Another region asked to see the record of {person}.",
    "share_request.answered": "{who} {given} a region that asked for it sight of the record.",
    "person.proposal_decided": "{who} {taken} something that another region stated about {person}.",
    "person.opened": "{who} opened the case of {person}.",
    "person.reassigned": "{who} made another practitioner accountable for the case of {person}.",
    "person.handed_over": "The case of {person} was handed over to another region.",
    "person.caretaker_named": (
        "{who} named a colleague to act for the accountable practitioner until {until}."
    ),
    "person.caretaker_ended": "The accountable practitioner acts again.",
    "person.team_joined": "A colleague joined the team of the case.",
    "person.team_departed": "A colleague left the team of the case.",
    "person.release_date_sent": "{organisation} sent the release date of {person}: {release_date}.",
    "person.practitioner_departed": "The accountable practitioner has left, and nobody has taken over.",
    "agreement.asked": "{who} asked a manager for a decision.",
    "agreement.decided": "{who} {agreed} what a manager was asked for.",
    "agreement.withdrawn": "{who} took back what a manager was asked for.",
    "agreement.readdressed": (
        "Another manager is asked for a decision, because the first can no longer make it."
    ),
    "agreement.lapsed": "There is nothing left to decide of what a manager was asked for.",
    "person.cover_needed": "The accountable practitioner is away, and something urgent needs cover.",
    "transfer.requested": "{who} asked for the case of {person} to move between regions.",
    "transfer.accepted": "{who} accepted the case of {person} from the other region.",
    "transfer.declined": "{who} declined the transfer of {person}.",
    "transfer.withdrawn": "{who} took back the request to transfer {person}.",
    "transfer.lapsed": "The request to transfer {person} lapsed without an answer.",
    "contact.recorded": "{who} put {contact} on record.",
    "contact.changed": "{who} changed facts about {contact}.",
    "contact.entered_in_error": "{who} marked {contact} as entered in error.",
    "address.entered_in_error": "{who} marked {address} as entered in error.",
    "contact.verified": "{who} recorded how {contact} was verified.",
    "address.verified": "{who} recorded how {address} was verified.",
    "person.verification_ended": "{subject} is no longer verified.",
    "contact.may_be_the_same": "Somebody must say whether {contact} is the same as another contact.",
    "contact.sameness_decided": "{who} decided that {contact} is {same} as another contact.",
    "person.may_be_the_same": "Somebody must say whether {person} is the same as another person on record.",
    "person.told_apart": "{who} decided that {person} and another person on record are two people.",
    "person.merged": "{who} decided that two records are both of {person}.",
    "person.merge_undone": "{who} decided that two records are of two people after all.",
    "address.recorded": "{who} put {address} on record.",
    "address.changed": "{who} changed facts about {address}.",
    "rosh.recorded": "{who} recorded the risk of serious harm to {group} as {to_level}.",
    "rosh.confirmed": "{who} assessed the risk of serious harm to {group} again: it is still {to_level}.",
    "rosh.raised": "{who} raised the risk of serious harm to {group} to {to_level}.",
    "rosh.lowered": "{who} lowered the risk of serious harm to {group} to {to_level}.",
    "clock.chased": _about_late("A reminder was sent about {subject}"),
    "clock.missed": _about_late("A deadline passed for {subject}"),
    "clock.escalated": (
        "{told} notified about {subject}: {late}.",
        *_about_late("What is late about {subject} was escalated"),
    ),
    "clock.escalated_again": (
        "{told} notified again about {subject}: {late}.",
        *_about_late("What is late about {subject} was escalated again"),
    ),
    "clock.hard_date_reached": (
        "The day by which an answer was needed has come for {subject}, and there is none."
    ),
    "clock.pause_reviewed": (
        "The clock of {subject} has been paused so long that the pause must be reviewed."
    ),
    "clock.pause_ended": "The pause of {subject} ended, because it had lasted as long as a pause may.",
    "clock.moved": "The deadline of {subject} moved to {due_at} under another version of the policy.",
    "clock.confirmed": "{who} has seen to the danger about {subject}.",
    "clock.handed_over": "{who} handed an escalation about {subject} to a colleague.",
    "clock.noted": "{who} added a note to an escalation about {subject}.",
    "clock.acknowledged": "{who} acknowledged an escalation about {subject}.",
}

SENTENCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {name: (row,) if isinstance(row, str) else row for name, row in _ROWS.items()}
)
"""By the name of an event, its sentence; or several, the fullest first and the last one always possible."""

EITHER: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "withdrawn": ("withdrew", "put right"),
        "given": ("gave", "did not give"),
        "taken": ("took over", "left aside"),
        "agreed": ("agreed to", "did not agree to"),
        "same": ("the same", "not the same"),
        "can_continue": ("can continue", "cannot continue"),
    }
)
"""What a flag of an event says, when it is set and when it is not."""


def sentence(name: str, words: Mapping[str, str | None]) -> str:
    """Return what happened as a sentence.

    Args:
        name: of the event; one of `SENTENCES`.
        words: by the names in the templates; None for what is not known.
    """
    known = {slot: one for slot, one in words.items() if one is not None}
    for template in SENTENCES[name][:-1]:
        try:
            return _begun(template.format_map(known))
        except KeyError:
            continue
    return _begun(SENTENCES[name][-1].format_map(known))


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]

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
    "referral.corrected": "The referral has a new version, because facts about the case were corrected.",
    "referral.release_changed": "The referral has a new version, because the release date changed.",
    "referral.supervision_ended": "The referral has a new version, because supervision ended.",
    "referral.risk_changed": "The referral has a new version, because the risk of serious harm changed.",
    "referral.sharing_ending": (
        "Sharing ends on {ends_on} with the licence or order, unless probation names another basis."
    ),
    "destination_referral.found_incomplete": "The referral to {destination} cannot be sent: {missing}.",
    "destination_referral.held": "The referral to {destination} is held until {held_until}.",
    "destination_referral.blocked": (
        "The referral to {destination} cannot be sent until something else has happened."
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
    "destination_referral.deferred": "{destination} deferred its decision until {not_before} or later.",
    "destination_referral.declined": (
        "{destination} declined the referral: {reason}.",
        "{destination} declined the referral.",
    ),
    "destination_referral.challenged": "{who} challenged the decision of {destination} to decline.",
    "destination_referral.decline_upheld": "{destination} looked again, and still declines the referral.",
    "destination_referral.sent_again": "{who} corrected the referral and sent it to {destination} again.",
    "destination_referral.decline_settled": (
        "{who} decided what follows now that {destination} has declined."
    ),
    "destination_referral.started": "{destination} started work with {person}.",
    "destination_referral.put_on_hold": (
        "{destination} put its work on hold, and will look again on {review_on}.",
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
    "wording.needed": "Probation must reword texts that give away what {destination} may not know.",
    "destination_referral.changed": (
        "The document sent to {destination} changed, and {destination} {must_acknowledge}.",
        "The document sent to {destination} changed.",
    ),
    "destination_referral.change_acknowledged": (
        "{destination} acknowledged a change and {can_continue}.",
        "{destination} acknowledged a change.",
    ),
    "destination_referral.sharing_ended": "Sharing with {destination} ended.",
    "destination_referral.sharing_continued": "{who} decided that sharing with {destination} continues.",
    "destination_referral.message_sent": "{who} sent a message about the referral to {destination}.",
    "destination_referral.updated": "{destination} reported on its work.",
    "destination_referral.update_corrected": "{destination} {withdrawn} one of its reports.",
    "destination_referral.corrected": "{destination} {withdrawn} its answer, or that its work had ended.",
    "destination_referral.adjustment_settled": (
        "{who} decided to go on without an adjustment that {destination} cannot make."
    ),
    "destination_referral.change_settled": (
        "{who} decided what follows now that {destination} cannot continue after a change."
    ),
    "destination_referral.complexity_settled": (
        "{who} decided on the complexity level that {destination} had proposed."
    ),
    "destination_referral.outcomes_settled": (
        "{who} decided on the outcomes that {destination} had proposed."
    ),
    "destination_referral.circumstances_changed": "{destination} was notified of a change of circumstance.",
    "destination_referral.agreement_asked_for": (
        "{destination} was asked whether it agrees to {address}.",
        "{destination} was asked whether it agrees to an address to move on to.",
    ),
    "destination_referral.agreement_asked_no_longer": (
        "{destination} no longer needs to agree to {address}.",
        "{destination} no longer needs to agree to an address to move on to.",
    ),
    "placement.offered": "{destination} offered a place from {expected_arrival} to {expected_departure}.",
    "placement.confirmed": "{who} confirmed the offer of {destination}.",
    "placement.arrived": "{person} arrived at {destination} on {arrived_on}.",
    "placement.not_arrived": "{person} did not arrive at {destination}.",
    "placement.extended": "The stay at {destination} was extended to {expected_departure}.",
    "placement.departed": "{person} left {destination} on {departed_on}.",
    "placement.corrected": "{destination} {withdrawn} something it had recorded about the stay.",
    "placement.departed_without_agreement": (
        "{person} left {destination} before everybody had agreed, and probation must act now."
    ),
    "placement.cancelled": "The place at {destination} was cancelled.",
    "placement.move_on_proposed": (
        "{who} proposed to move on from {destination} to {address}.",
        "{who} proposed an address to move on to from {destination}.",
    ),
    "placement.move_on_withdrawn": (
        "The address to move on to from {destination} was entered in error, and probation "
        "must propose another."
    ),
    "placement.agreement_withdrawn": (
        "{who} withdrew the agreement to {address}.",
        "{who} withdrew the agreement to the address to move on to.",
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
    "check_request.required": "Probation must ask {agency} for the {check}{about}.",
    "check_request.awaiting_details": (
        "Something is missing before {agency} can be asked for the {check}{about}."
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
    "check_request.redirect_settled": "Probation settled which agency answers the {check}{about}.",
    "check_request.part_reviewed": "{who} reviewed part of the answer of {agency} to the {check}{about}.",
    "check_request.reviewed": "{who} reviewed the answer of {agency} to the {check}{about}.",
    "check_request.refused": "{agency} refused to answer the {check}{about}.",
    "check_request.misdirected": "{agency} passed the {check}{about} on to another area.",
    "check_request.cancelled": "{agency} no longer needs to answer the {check}{about}.",
    "check_request.superseded": "Another request replaced the {check} of {agency}{about}.",
    "check_request.details_changed": "Details that the {check}{about} waits for have changed.",
    "check_request.question_changed": "The question to {agency} for the {check}{about} changed.",
    "check_request.needed_by_changed": "The date by which {agency} must answer the {check}{about} changed.",
    "check_request.urgency_raised": "The {check} of {agency}{about} became more urgent.",
    "check_request.countersignature_needed": (
        "A manager must countersign the review of the {check} of {agency}{about}."
    ),
    "check_request.review_sent_back": (
        "{who} did not agree with the review of the {check} of {agency}{about}."
    ),
    "change_of_circumstance.recorded": (
        "{who} recorded a change of circumstance: {change}.",
        "{who} recorded a change of circumstance.",
    ),
    "review.opened": "Probation must review a change of circumstance.",
    "review.agreement_needed": (
        "{who} proposed that a change of circumstance changes nothing, and a manager must decide."
    ),
    "review.sent_back": "{who} did not agree that a change of circumstance changes nothing.",
    "review.put_right": (
        "The change of circumstance under review was corrected or withdrawn by whoever reported it."
    ),
    "review.completed": "{who} reviewed a change of circumstance.",
    "review.closed": "The review of a change of circumstance was closed: there is nothing left to review.",
    "disclosure_decision.opened": (
        "Probation must decide whether to make a disclosure about {person} to {recipient}."
    ),
    "disclosure_decision.proposed": (
        "{who} proposed what to disclose to {recipient}, and a manager must decide."
    ),
    "disclosure_decision.sent_back": "{who} did not agree with the proposed disclosure to {recipient}.",
    "disclosure_decision.referred": (
        "{who} asked the police to make a disclosure to {recipient} under the Right to Know."
    ),
    "disclosure_decision.agreed": "{who} agreed to the disclosure to {recipient}.",
    "disclosure_decision.reopened": (
        "Probation must decide again whether to make a disclosure to {recipient}."
    ),
    "disclosure_decision.answered_late": (
        "The police answered late under the Right to Know, and {told_them}."
    ),
    "disclosure_decision.lapsed": "There is nothing left to decide about a disclosure to {recipient}.",
    "disclosure_decision.told": "{who} recorded the disclosure to {recipient}.",
    "disclosure_decision.closed": "{who} decided not to make a disclosure to {recipient}.",
    "disclosure_decision.corrected": (
        "{who} took back what was recorded of the disclosure to {recipient}: it was a mistake."
    ),
    "disclosure_decision.referenced": "The police reference was added to the Right to Know request.",
    "disclosure_decision.chance_passed": (
        "{person} had the chance to make the disclosure to {recipient} first, and did not."
    ),
    "disclosure_decision.raised": (
        "The decision on a disclosure to {recipient} is now urgent, because somebody is in danger."
    ),
    "disclosure_decision.outcome_added": (
        "{who} recorded how {recipient} responded to the disclosure, and what followed."
    ),
    "right_to_know.asked": ("The police were asked to decide on a disclosure under the Right to Know."),
    "right_to_know.reopened": "The police must decide again under the Right to Know.",
    "right_to_know.raised": "The Right to Know request to the police became urgent.",
    "right_to_know.ended": "The police no longer need to decide under the Right to Know.",
    "release_arrangement.recorded": (
        "{who} recorded for the release: {arrangement}.",
        "{who} recorded an arrangement for the release.",
    ),
    "subject_access.opened": (
        "{person} asked for a copy of what is held about them; the request was received on {received_on}."
    ),
    "subject_access.texts_decided": "{who} decided how the texts in the copy are given.",
    "subject_access.released": "{who} released the copy that {person} asked for.",
    "subject_access.withdrawn": "The request for a copy was withdrawn.",
    "person.recorded": "{who} recorded {person}.",
    "person.changed": "{who} changed details of {person}.",
    "person.limited": "{who} limited access to the case of {person}.",
    "person.limit_lifted": "{who} lifted the limit on access to the case of {person}.",
    "person.staff_named": "A member of staff was given access to the limited access case.",
    "person.staff_excluded": "{who} excluded a member of staff from the case of {person}.",
    "person.exclusion_ended": "{who} ended a member of staff's exclusion from the case of {person}.",
    "person.shared": "{who} shared the case of {person} with another region until {until}.",
    "person.share_ended": "Another region's access to the case of {person} was ended.",
    "person.share_confirmation_needed": (
        "Probation must confirm or end another region's access to the case of {person}."
    ),
    "person.emergency_access_taken": "{who} took emergency access to the case of {person} until {until}.",
    "person.share_reviewed": "{who} reviewed emergency access to the case of {person}.",
    "person.submitted_elsewhere": "Another region stated something about {person}.",
    "person.danger_reported_elsewhere": (
        "Another region stated that somebody may be in danger in the case of {person}, and "
        "probation must act now."
    ),
    "person.share_requested": "Another region asked to see the case of {person}.",
    "share_request.answered": "{who} {given} another region the access to the case that it asked for.",
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
    "person.practitioner_departed": "The accountable practitioner has left, and probation must name another.",
    "agreement.asked": "{who} asked a manager for a decision.",
    "agreement.decided": "{who} {agreed} the request for a manager's decision.",
    "agreement.withdrawn": "{who} withdrew the request for a manager's decision.",
    "agreement.readdressed": (
        "Another manager is asked for a decision, because the first can no longer make it."
    ),
    "agreement.lapsed": "There is nothing left for a manager to decide on the request.",
    "person.cover_needed": (
        "The accountable practitioner is away and something is urgent, so probation must find cover."
    ),
    "transfer.requested": "{who} asked for the case of {person} to move between regions.",
    "transfer.accepted": "{who} accepted the case of {person} from the other region.",
    "transfer.declined": "{who} declined the transfer of the case of {person}.",
    "transfer.withdrawn": "{who} withdrew the request to transfer the case of {person}.",
    "transfer.lapsed": "The request to transfer the case of {person} lapsed without an answer.",
    "contact.recorded": "{who} recorded {contact}.",
    "contact.changed": "{who} changed details of {contact}.",
    "contact.entered_in_error": "{who} marked {contact} as entered in error.",
    "address.entered_in_error": "{who} marked {address} as entered in error.",
    "contact.verified": "{who} recorded how {contact} was verified.",
    "address.verified": "{who} recorded how {address} was verified.",
    "person.verification_ended": "{subject} is no longer verified.",
    "contact.may_be_the_same": (
        "Probation must decide whether {contact} and another contact are the same person."
    ),
    "contact.sameness_decided": "{who} decided that {contact} is {same} as another contact.",
    "person.may_be_the_same": (
        "Probation must decide whether {person} and another person on record are the same person."
    ),
    "person.told_apart": "{who} decided that {person} and another person on record are two people.",
    "person.merged": "{who} decided that two cases are both of {person}.",
    "person.merge_undone": "{who} decided that two cases are of two people after all.",
    "address.recorded": "{who} recorded {address}.",
    "address.changed": "{who} changed details of {address}.",
    "rosh.recorded": "{who} recorded the risk of serious harm to {group} as {to_level}.",
    "rosh.confirmed": "{who} assessed the risk of serious harm to {group} again: it is still {to_level}.",
    "rosh.raised": "{who} raised the risk of serious harm to {group} to {to_level}.",
    "rosh.lowered": "{who} lowered the risk of serious harm to {group} to {to_level}.",
    "clock.chased": _about_late("A reminder was sent about {subject}"),
    "clock.missed": _about_late("A deadline passed for {subject}"),
    "clock.escalated": (
        "{told} notified about {subject}: {late}.",
        *_about_late("{subject} was escalated"),
    ),
    "clock.escalated_again": (
        "{told} notified again about {subject}: {late}.",
        *_about_late("{subject} was escalated again"),
    ),
    "clock.hard_date_reached": ("The last date for an answer was reached without one for {subject}."),
    "clock.pause_reviewed": (
        "The deadline for {subject} has been paused for so long that the pause is due for review."
    ),
    "clock.pause_ended": (
        "The deadline for {subject} runs again, because it had been paused for as long as it may be."
    ),
    "clock.moved": "The deadline for {subject} moved to {due_at}, because the policy on deadlines changed.",
    "clock.confirmed": "{who} confirmed action on the danger about {subject}.",
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
        "taken": ("accepted", "rejected"),
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

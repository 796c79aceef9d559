"""What can be done with checks. Actions never commit, and change rows only through `writes`."""

from service.checks.actions import agreeing as _agreeing  # noqa: F401 - registers what carries out decisions
from service.checks.actions.answering import require_answerable, return_result
from service.checks.actions.asking import (
    acknowledge,
    answer_information,
    ask_again,
    cancel,
    is_news,
    refuse,
    require_open,
    return_for_information,
    stop_wrong_person,
    supply_details,
)
from service.checks.actions.closing import OPENED, await_reviews, close_all, was_opened
from service.checks.actions.correcting import correct_result
from service.checks.actions.deciding import (
    countersign_review,
    decide_not_required,
    require_answer_to_review,
    require_unanswered,
    require_waiting_for_signature,
    review_answer,
)
from service.checks.actions.describing import ask_by_description
from service.checks.actions.following import follow_case, tell_refuted, tell_said_since, tell_who_asks
from service.checks.actions.meetings import look_at_meetings
from service.checks.actions.raising import (
    CheckCase,
    lack_basis,
    raise_checks,
    recheck,
    reconcile,
    send_for_duty,
    take_over_checks,
)
from service.checks.actions.redirecting import misdirect, settle_redirect
from service.checks.actions.urgency import (
    follow_hearing,
    follow_hearings,
    follow_needed_by,
    give_back_needed_by,
    hurry_reviews,
    raise_urgency,
    raise_urgency_of_address,
)

__all__ = [
    "OPENED",
    "CheckCase",
    "acknowledge",
    "answer_information",
    "ask_again",
    "ask_by_description",
    "await_reviews",
    "cancel",
    "close_all",
    "correct_result",
    "countersign_review",
    "decide_not_required",
    "follow_case",
    "follow_hearing",
    "follow_hearings",
    "follow_needed_by",
    "give_back_needed_by",
    "hurry_reviews",
    "is_news",
    "lack_basis",
    "look_at_meetings",
    "misdirect",
    "raise_checks",
    "raise_urgency",
    "raise_urgency_of_address",
    "recheck",
    "reconcile",
    "refuse",
    "require_answer_to_review",
    "require_answerable",
    "require_open",
    "require_unanswered",
    "require_waiting_for_signature",
    "return_for_information",
    "return_result",
    "review_answer",
    "send_for_duty",
    "settle_redirect",
    "stop_wrong_person",
    "supply_details",
    "take_over_checks",
    "tell_refuted",
    "tell_said_since",
    "tell_who_asks",
    "was_opened",
]

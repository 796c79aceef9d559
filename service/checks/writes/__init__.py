"""Writes every row of this package; nothing else adds, changes or deletes one."""

from service.checks.writes.answers import (
    add_countersignature,
    add_message,
    add_result,
    add_review,
)
from service.checks.writes.clocks import subject_of
from service.checks.writes.following import adopt, follow_case, lock_without_referral
from service.checks.writes.requests import (
    Move,
    add_check,
    add_request,
    add_requests,
    add_subjects,
    change_details,
    decide_not_required,
    lock,
    lock_all,
    lock_request,
    make_urgent,
    move,
    move_all,
    not_now,
    record_event,
    recount,
    require,
)

__all__ = [
    "Move",
    "add_check",
    "add_countersignature",
    "add_message",
    "add_request",
    "add_requests",
    "add_result",
    "add_review",
    "add_subjects",
    "adopt",
    "change_details",
    "decide_not_required",
    "follow_case",
    "lock",
    "lock_all",
    "lock_request",
    "lock_without_referral",
    "make_urgent",
    "move",
    "move_all",
    "not_now",
    "record_event",
    "recount",
    "require",
    "subject_of",
]

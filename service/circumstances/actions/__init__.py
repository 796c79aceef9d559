"""What can be done about changes and reviews. Actions never commit, and change rows only through `writes`."""

from service.circumstances.actions import agreeing as _agreeing  # noqa: F401 - registers what decides
from service.circumstances.actions import deaths as _deaths  # noqa: F401 - registers what records a death
from service.circumstances.actions import late_news as _late_news  # noqa: F401 - registers who reads it
from service.circumstances.actions import looking_through as _looking_through  # noqa: F401 - registers it
from service.circumstances.actions import reopening as _reopening  # noqa: F401 - registers what reopens a plan
from service.circumstances.actions.concerns import case_around, correct_concern, report_concern
from service.circumstances.actions.household import (
    change_address,
    decide_same_person,
    enter_in_error,
    lock_for_details,
    supply_details,
)
from service.circumstances.actions.recording import (
    LockedCase,
    case_of,
    propose_address,
    record_change,
    supply_person_details,
)
from service.circumstances.actions.reviewing import (
    agree_to_reviews,
    complete_together,
    require_to_be_completed,
    require_waiting_for_agreement,
)

__all__ = [
    "LockedCase",
    "agree_to_reviews",
    "case_around",
    "case_of",
    "change_address",
    "complete_together",
    "correct_concern",
    "decide_same_person",
    "enter_in_error",
    "lock_for_details",
    "propose_address",
    "record_change",
    "report_concern",
    "require_to_be_completed",
    "require_waiting_for_agreement",
    "supply_details",
    "supply_person_details",
]

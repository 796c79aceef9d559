"""Working time, escalation policies as data, clocks, and the sweep that fires them.

Owns every deadline of the service. It knows who is notified at each step, and nothing of what was asked.
"""

from service.timers.ladder import is_sooner
from service.timers.last_steps import register_hard_date as at_hard_date
from service.timers.publishing import publish_calendar, publish_calendars, publish_policies
from service.timers.queries import (
    clocks_of,
    due_if_started,
    due_under,
    every_cycle,
    hard_dates_before,
    is_open_about,
    last_cycle,
    subjects_with_clock,
)
from service.timers.subjects import ClockCase, Subject
from service.timers.writes.clocks import (
    end_all,
    end_those_of,
    ends_with_last_step,
    follow_case,
    follow_hard_dates,
    follow_referral,
    hand_back,
    hand_over,
    pause,
    pause_all,
    raise_urgency,
    resume,
    resume_all,
    start,
    stop,
    stop_all,
)
from service.timers.writes.cycles import count_by_the_first_due, make_urgent_from_now, take_up_again

__all__ = [
    "ClockCase",
    "Subject",
    "at_hard_date",
    "clocks_of",
    "count_by_the_first_due",
    "due_if_started",
    "due_under",
    "end_all",
    "end_those_of",
    "ends_with_last_step",
    "every_cycle",
    "follow_case",
    "follow_hard_dates",
    "follow_referral",
    "hand_back",
    "hand_over",
    "hard_dates_before",
    "is_open_about",
    "is_sooner",
    "last_cycle",
    "make_urgent_from_now",
    "pause",
    "pause_all",
    "publish_calendar",
    "publish_calendars",
    "publish_policies",
    "raise_urgency",
    "resume",
    "resume_all",
    "start",
    "stop",
    "stop_all",
    "subjects_with_clock",
    "take_up_again",
]

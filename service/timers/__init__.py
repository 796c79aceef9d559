"""Working time, escalation policies as data, clocks that never fall silent, and the sweep that fires them.

Owns every deadline of the service; it knows whom a step is for, and nothing of what was asked.
"""

from service.timers.actions import pause, raise_urgency, resume, start, stop
from service.timers.policy_versions import publish_calendar, publish_policies, publish_standing
from service.timers.queries import clocks_of
from service.timers.subjects import ClockCase, Subject

__all__ = [
    "ClockCase",
    "Subject",
    "clocks_of",
    "pause",
    "publish_calendar",
    "publish_policies",
    "publish_standing",
    "raise_urgency",
    "resume",
    "start",
    "stop",
]

"""Decisions whether somebody outside the case is told something about the person, and what they were told.

Owns those decisions, the referrals to the police under the Domestic Violence Disclosure Scheme, and their
clocks. It tells nobody itself: people do, and say here what they said.
"""

from service.checks.knowing import register_knowing
from service.third_parties.actions import agreeing as _agreeing  # noqa: F401 - registers who decides
from service.third_parties.naming import people_of_right_to_know
from service.third_parties.queries import may_know
from service.timers.naming import register_people

register_knowing(may_know)
register_people("agency", people_of_right_to_know)

__all__ = ["may_know"]

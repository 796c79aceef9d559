"""The person on probation, household, contacts and addresses, and who may know of them.

Owns facts about people with their source and history; decides nothing about what must be checked or sent.
"""

from service.people.actions.escalating import name_for_escalation
from service.people.naming import people_on_record
from service.timers.confidants import register_naming
from service.timers.naming import register_people

register_naming(name_for_escalation)
register_people("probation", people_on_record)

"""The person on probation, household, contacts and addresses, and who may know of them.

Owns facts about people with their source and history; decides nothing about what must be checked or sent.
"""

from service import agreements, settling
from service.people.actions import births, one_person
from service.people.actions.agreeing import LIFTING, RECORD
from service.people.actions.escalating import name_for_escalation
from service.people.naming import people_on_record
from service.timers.confidants import register_naming
from service.timers.naming import register_people

register_naming(name_for_escalation)
agreements.register_record(RECORD)
agreements.register(restriction_lifted=LIFTING)
register_people("probation", people_on_record)
settling.register(one_person.PACKAGE, 1, one_person.notice_numbers)
settling.register(births.PACKAGE, 1, births.follow_births, by_name=True)

"""Writes every row of this package; nothing else adds, changes or deletes one."""

from service.people.writes.proposals import add_decision, add_share_request, answer_share_request
from service.people.writes.records import (
    Holds,
    Kind,
    add_person,
    begin_holding,
    change_contact,
    end_verification,
    enter_in_error,
    give_up_ref,
    has_given_up_ref,
    keep_address_details,
    keep_contact_details,
    new_address,
    new_contact,
    record,
    record_event,
    start_holding,
    supersede,
    write_around,
    write_person,
)
from service.people.writes.risk import add_rosh_assessment
from service.people.writes.statements import add_statements, carry_statements, replace_statements
from service.people.writes.verifications import follow_end, look_again, stop_looking

__all__ = [
    "Holds",
    "Kind",
    "add_decision",
    "add_person",
    "add_rosh_assessment",
    "add_share_request",
    "add_statements",
    "answer_share_request",
    "begin_holding",
    "carry_statements",
    "change_contact",
    "end_verification",
    "enter_in_error",
    "follow_end",
    "give_up_ref",
    "has_given_up_ref",
    "keep_address_details",
    "keep_contact_details",
    "look_again",
    "new_address",
    "new_contact",
    "record",
    "record_event",
    "replace_statements",
    "start_holding",
    "stop_looking",
    "supersede",
    "write_around",
    "write_person",
]

"""Writes every row of this package; nothing else adds, changes or deletes one."""

from service.people.writes.records import (
    Kind,
    add_person,
    add_rosh_assessment,
    keep_address_details,
    keep_contact_details,
    new_address,
    new_contact,
    record,
    record_event,
    start_holding,
    write_around,
    write_person,
)

__all__ = [
    "Kind",
    "add_person",
    "add_rosh_assessment",
    "keep_address_details",
    "keep_contact_details",
    "new_address",
    "new_contact",
    "record",
    "record_event",
    "start_holding",
    "write_around",
    "write_person",
]

"""The catalogue of events: the service records what is in it, all of it, and nothing else."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

import service
from service.access.actor import Actor
from service.agreements import states as agreements
from service.checks import states as checks
from service.checks.states import CheckState
from service.circumstances import states as reviews
from service.destinations import states as destinations
from service.events import append
from service.events.catalogue import CATALOGUE, WITHHELD, validated
from service.events.model import Event
from service.openapi import document
from service.openapi.events import schema_name
from service.people.states import TRANSFERS
from service.referrals import placement_states
from service.subject_access import states as subject_access
from service.tables import pages
from service.third_parties import states as disclosures
from service.timers.sweep import EVENT_OF
from tests import rows
from tests.events.factories import data_of

NAMES: Final = sorted(CATALOGUE)
MADE_OF: Final = {
    f"{kind}.{how}"
    for kind in ("contact", "address")
    for how in ("recorded", "changed", "entered_in_error", "verified")
} | {f"rosh.{how}" for how in ("recorded", "confirmed", "raised", "lowered")}
"""Names that the code puts together from what happened, as no table lists it."""

IRREGULAR: Final = {
    "sent",
    "given",
    "told",
    "held",
    "upheld",
    "found",
    "put",
    "withdrawn",
    "overridden",
    "undone",
    "taken",
}
NAMED_AFTER_THEIR_STATE: Final = {
    "check_request.awaiting_details",
    "contact.may_be_the_same",
    "person.may_be_the_same",
    "referral.sharing_ending",
}


def of_the_tables() -> set[str]:
    """Return every name that a table of states or of firings gives an event."""
    tables = (
        agreements.TABLE,
        checks.TABLE,
        destinations.TABLE,
        reviews.TABLE,
        disclosures.TABLE,
        subject_access.TABLE,
        placement_states.TABLE,
        TRANSFERS,
    )
    return {
        *(row.event for table in tables for row in table.rows),
        *(event for table in tables for event in table.initial.values()),
        *(f"check.{state}" for state in CheckState if state is not CheckState.OPEN),
        *EVENT_OF.values(),
    }


@cache
def written_out() -> frozenset[str]:
    """Return every text in the code, the catalogue itself apart, that is the name of an event."""
    folder = Path(service.__file__).parent
    catalogue = folder / "events" / "catalogue.py"
    return frozenset(
        node.value
        for file in folder.rglob("*.py")
        if file != catalogue
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in CATALOGUE
    )


def record(name: str, subject_kind: str, data: dict[str, Any]) -> None:
    with rows.transaction() as session:
        append(
            session,
            Actor.for_service("test"),
            name,
            subject_kind=subject_kind,
            subject_id=UUID(int=1),
            data=data,
        )


def test_every_name_that_a_table_gives_an_event_is_in_the_catalogue() -> None:
    assert of_the_tables() <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_catalogue_is_recorded_somewhere(name: str) -> None:
    assert name in of_the_tables() | MADE_OF | written_out()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_says_what_happened_in_the_past_tense(name: str) -> None:
    subject, _, happened = name.partition(".")
    assert re.fullmatch(r"[a-z_]+", subject)
    words = set(happened.split("_"))
    assert words & IRREGULAR or any(word.endswith("ed") for word in words) or name in NAMED_AFTER_THEIR_STATE


def test_every_row_says_who_reads_it_and_what_each_member_is_in_sentences() -> None:
    for row in (*CATALOGUE.values(), WITHHELD):
        assert row.audience
        for about in (row.about, *(member.about for member in row.data.values())):
            assert re.fullmatch(r"[A-Z`].*\.", about), about


@pytest.mark.parametrize("name", NAMES)
def test_an_event_may_have_every_member_and_lack_those_not_always_there(name: str) -> None:
    row, data = CATALOGUE[name], data_of(name)
    for kind in row.subjects:
        assert validated(name, kind, data).keys() == row.data.keys()
    fewest = {member: data[member] for member in row.required}
    assert validated(name, row.subjects[0], fewest).keys() == row.required


@pytest.mark.parametrize("name", NAMES)
def test_an_event_of_another_subject_or_with_other_data_is_refused(name: str) -> None:
    row, data = CATALOGUE[name], data_of(name)
    subject = row.subjects[0]
    with pytest.raises(ValueError, match="does not happen to a weather"):
        validated(name, "weather", data)
    with pytest.raises(ValueError, match="other members"):
        validated(name, subject, {**data, "note": "a_code"})
    for missing in row.required:
        with pytest.raises(ValueError, match="other members"):
            validated(name, subject, {member: data[member] for member in data if member != missing})
    for member in row.data:
        with pytest.raises(ValueError, match="an event may") as refused:
            validated(name, subject, {**data, member: "His partner rang"})
        assert "partner" not in str(refused.value)


def test_nothing_is_recorded_that_the_catalogue_refuses(database: str) -> None:
    data = data_of("check.raised")
    record("check.raised", "check", data)
    for name, kind, given in (
        ("check.forgotten", "check", data),
        (WITHHELD.name, "event", {}),
        ("check.raised", "check_request", data),
        ("check.raised", "check", {**data, "note": "a_code"}),
        ("check.raised", "check", {"kind": "police_da"}),
        ("check.raised", "check", {**data, "cycle": "first"}),
    ):
        with pytest.raises(ValueError, match=r"catalogue|happen|may carry"):
            record(name, kind, given)
    with rows.transaction() as session:
        assert session.scalars(select(Event.name)).all() == ["check.raised"]


def test_the_printed_page_has_every_event_with_every_member() -> None:
    lines = pages()["events.md"].splitlines()
    for row in (*CATALOGUE.values(), WITHHELD):
        (line,) = [line for line in lines if line.startswith(f"| `{row.name}` |")]
        assert row.about in line
        assert row.audience in line
        assert all(f"`{member}` (" in line for member in row.data)


def test_the_document_names_every_event_and_types_every_entry_of_a_feed(app: Flask) -> None:
    schemas = document(app)["components"]["schemas"]
    names = schemas["EventName"]
    assert names["enum"] == [*CATALOGUE, WITHHELD.name]
    assert names["x-enum-descriptions"] == [row.about for row in (*CATALOGUE.values(), WITHHELD)]
    in_feeds = [row for row in (*CATALOGUE.values(), WITHHELD) if row.in_feeds]
    assert list(schemas["FeedEntryView"]["discriminator"]["mapping"]) == [row.name for row in in_feeds]
    for row in in_feeds:
        members = schemas[schema_name(row.name)]["properties"]
        assert members["event"]["enum"] == [row.name]
        assert members["data"]["properties"].keys() == row.data.keys()
        assert set(members["data"].get("required", ())) == row.required
    for name in ("TimelineEntryView", "DeliveryView"):
        assert schemas[name]["properties"]["event"] == {"$ref": "#/components/schemas/EventName"}

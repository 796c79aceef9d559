"""An entry that a superuser has altered is found."""

import json
from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from service import audit, db
from service.audit.canonical import digest, plain, written
from service.audit.model import AuditEntry
from service.db import new_id
from tests.audit.shah import SHAH

Tamper = Callable[..., None]


@pytest.fixture
def entry(database: str) -> AuditEntry:
    """One entry among others."""
    with db.transaction("api") as session:
        ids = [
            audit.record(
                session, SHAH, "consultation", object_kind="referral", object_id=new_id(), person_id=new_id()
            )
            for _ in range(5)
        ]
    with db.transaction("audit_reader") as session:
        return session.scalars(select(AuditEntry).where(AuditEntry.id == ids[2])).one()


@pytest.fixture
def tamper(server: str, database: str) -> Tamper:
    """Change a column of an entry as an administrator could who first takes the protection away."""

    def _tamper(entry: AuditEntry, **columns: object) -> None:
        with psycopg.connect(server, dbname=database) as connection:
            for protected in ("audit_entry", f"audit_entry_{entry.recorded_at:%Y_%m}"):
                connection.execute(
                    sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(sql.Identifier(protected))
                )
            for name, value in columns.items():
                connection.execute(
                    sql.SQL("UPDATE audit_entry SET {} = %s WHERE id = %s").format(sql.Identifier(name)),
                    (value, entry.id),
                )

    return _tamper


def found() -> list[tuple[object, str]]:
    with db.transaction("audit_reader") as session:
        return [(one.entry_id, one.what) for one in audit.verify_bodies(session)]


def test_an_untouched_trail_agrees_with_itself(entry: AuditEntry) -> None:
    assert found() == []


def test_an_edited_body_is_found(entry: AuditEntry, tamper: Tamper) -> None:
    tamper(entry, body=entry.body.replace("consultation", "alteration"))
    assert found() == [(entry.id, "hash"), (entry.id, "verb")]


def test_an_edited_body_with_a_new_hash_is_found_by_its_columns(entry: AuditEntry, tamper: Tamper) -> None:
    edited = entry.body.replace("p.shah", "a.reid")
    tamper(entry, body=edited, body_sha256=digest(edited))
    assert found() == [(entry.id, "practitioner_id")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("person_id", None),
        ("actor_organisation_id", new_id()),
        ("client_id", "somebody-else"),
        ("practitioner_id", None),
        ("verb", "search"),
        ("outcome", "denied"),
        ("object_kind", "person"),
        ("object_id", "X000000"),
    ],
)
def test_an_edited_search_column_is_found(
    entry: AuditEntry, tamper: Tamper, column: str, value: object
) -> None:
    tamper(entry, **{column: value})
    assert found() == [(entry.id, column)]


@pytest.mark.parametrize("spelling", ["spaced", "not json", "not an object", "too little"])
def test_a_body_in_another_form_is_found(entry: AuditEntry, tamper: Tamper, spelling: str) -> None:
    body = json.loads(entry.body)
    edited = {
        "spaced": json.dumps(body, indent=1),
        "not json": entry.body[:-1],
        "not an object": "7",
        "too little": written(plain({"id": body["id"]})),
    }[spelling]
    tamper(entry, body=edited, body_sha256=digest(edited))
    assert found() == [(entry.id, "form")]

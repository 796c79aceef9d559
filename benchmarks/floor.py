"""The bare routes that the API is measured against: Flask and psycopg, and nothing of ours between.

Served by the same command as the API. What a route asks the database, it reads from a file that the
measurement wrote beside the database's.
"""

import json
import os
import pickle
import threading
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from flask import Flask, Response
from psycopg.rows import dict_row

app: Final = Flask("floor", static_folder=None)
_of_thread: Final = threading.local()


@app.get("/health/liveness")
def liveness() -> Response:
    """Return that the server is running."""
    return Response(status=204)


@app.get("/nothing-new")
def nothing_new() -> Response:
    """Return the response of a poll with nothing new, without doing any work."""
    return Response(status=304)


@app.get("/statements/<name>")
def statements(name: str) -> Response:
    """Run the API's statements for the same response, in one transaction, and send every row."""
    rows: list[dict[str, Any]] = []
    connection = _connection()
    with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
        for query, parameters in _recorded(name):
            cursor.execute(query, parameters)
            if cursor.description:
                rows += cursor.fetchall()
    return Response(json.dumps(rows, default=str), mimetype="application/json")


@cache
def _recorded(name: str) -> list[tuple[bytes, dict[str, Any]]]:
    file = Path(os.environ["REFERRALS_VAR"]) / f"{name}.statements"
    recorded: list[tuple[str, dict[str, Any]]] = pickle.loads(file.read_bytes())
    return [(_afresh(query).encode(), parameters) for query, parameters in recorded]


def _afresh(query: str) -> str:
    """Give a copied row a new key and date."""
    if not query.startswith("INSERT INTO audit_entry"):
        return query
    return query.replace("%(id)s", "gen_random_uuid()").replace("%(recorded_at)s", "now()")


def _connection() -> "psycopg.Connection[Any]":
    """Return the connection of this thread, opened when first asked for."""
    if not hasattr(_of_thread, "connection"):
        _of_thread.connection = psycopg.connect(os.environ["DATABASE_URL"])
    connection: psycopg.Connection[Any] = _of_thread.connection
    return connection

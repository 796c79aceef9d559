"""Sees at a glance that nothing has changed for a caller who has an answer already, as for most polls.

What was seen is remembered, with who the caller is, until something else is told of either.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response
from sqlalchemy import Row, TextClause, text

from service import db, tidings
from service.access.actor import Actor
from service.access.queries import REGISTRATIONS
from service.access.tokens import AccessToken

LONGEST: Final = 10.0
"""Seconds that anything is remembered untold of: a process may die between a change and the telling."""
_MOST: Final = 4096
"""Callers remembered in a process; with one more it begins again."""


def who_calls(value: str = "NULL") -> TextClause:
    """Return the statement for a caller as it is registered now, along with one value.

    It tells the database first for whom this transaction works: whatever else is asked, is asked as that.

    Args:
        value: SQL for the value; the organisation of the caller is `caller.id`.
    """
    return text(f"""
        WITH caller AS MATERIALIZED (
            SELECT c.status, c.scopes, c.certificate_bound, o.id, o.kind, o.code,
                (SELECT count(*) FROM client_key k
                 WHERE k.client_id = c.id AND k.kid = ANY (:keys) AND k.status <> 'denied') AS good_keys,
                set_config('app.organisation', CAST(o.id AS text), true) AS told_organisation,
                set_config('app.client', c.id, true) AS told_client,
                set_config('app.practitioner', :practitioner, true) AS told_practitioner
            FROM client c JOIN organisation o ON o.id = c.organisation_id
            WHERE c.id = :client
        )
        SELECT caller.*, ({value}) AS value FROM caller
    """)  # noqa: S608 - made of our own words when the program starts


def told(token: AccessToken) -> dict[str, Any]:
    """Return the parameters of `who_calls`."""
    practitioner = token.practitioner.id if token.practitioner else ""
    return {"client": token.client_id, "keys": list(token.client_keys), "practitioner": practitioner}


@dataclass(frozen=True)
class _Seen:
    caller: Row[Any]
    heard: int
    until: float


class Glance:
    """How a poll sees whether there is anything new."""

    def __init__(
        self,
        value: str,
        subject: Callable[[UUID], str],
        unchanged: Callable[[Actor, Any], Response | None],
    ) -> None:
        """Prepare to look.

        Args:
            value: see `who_calls`. It must depend on the organisation alone.
            subject: what is told of among the tidings when that value of an organisation changes.
            unchanged: given the caller and the value: the answer, or None when it needs a proper look.
        """
        self.unchanged = unchanged
        self._subject = subject
        self._statement = who_calls(value)
        self._seen: dict[tuple[str, frozenset[str]], _Seen] = {}

    def see(self, token: AccessToken) -> Row[Any] | None:
        """Return how a caller is registered, with its value; None when it is not."""
        asked = token.client_id, token.client_keys
        heard, known = tidings.heard(), self._seen.get(asked)
        if heard is not None and known is not None and self._holds(known):
            return known.caller
        with db.engine("api").connect().execution_options(isolation_level="AUTOCOMMIT") as line:
            caller = line.execute(self._statement, told(token)).one_or_none()
        if heard is not None and caller is not None:
            if len(self._seen) >= _MOST:
                self._seen.clear()
            self._seen[asked] = _Seen(caller, heard, time.monotonic() + LONGEST)
        return caller

    def _holds(self, known: _Seen) -> bool:
        return known.until > time.monotonic() and not tidings.told_since(
            known.heard, REGISTRATIONS, self._subject(known.caller.id)
        )

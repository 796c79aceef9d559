"""The bodies that are sent: CloudEvents 1.0 in JSON, thin, saying what the feed says and no more. Pure."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from service.fields import moment_text

CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
VERIFICATION: Final = "webhook.verification"


def from_entry(entry: Mapping[str, Any], *, source: str) -> bytes:
    """Return the message about one entry of the feed.

    Args:
        entry: as `events.queries.read` returns it; unchanged under `data`.
        source: the URL of the feed: with the event's id it names the event.
    """
    subject = entry["subject"]
    return _written(
        {
            "specversion": "1.0",
            "id": entry["id"],
            "source": source,
            "type": entry["event"],
            "subject": f"{subject['kind']}/{subject['id']}",
            "time": entry["occurred_at"],
            "datacontenttype": "application/json",
            "data": entry,
        }
    )


def verification(message_id: UUID, challenge: str, at: datetime, *, source: str) -> bytes:
    """Return the message that asks a receiver to say the challenge back."""
    return _written(
        {
            "specversion": "1.0",
            "id": str(message_id),
            "source": source,
            "type": VERIFICATION,
            "time": moment_text(at),
            "datacontenttype": "application/json",
            "data": {"challenge": challenge},
        }
    )


def answers(body: bytes, challenge: str) -> bool:
    """Return whether a response repeats the challenge: `{"challenge": "..."}`."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("challenge") == challenge


def _written(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()

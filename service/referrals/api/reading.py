"""What every route of referrals reads of a request before it reads the body."""

from collections.abc import Callable

from service.http import read_json


def action_asked_for(known: Callable[[str], bool]) -> str | None:
    """Return the action that a body names, None when it names none of ours: the body's own faults come later.

    Raises:
        Problem: 400, 413, 415 or 422 when the body cannot be read at all.
    """
    sent = read_json()
    action = sent.get("action") if isinstance(sent, dict) else None
    return action if isinstance(action, str) and known(action) else None

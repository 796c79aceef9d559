"""A complete referral to submit, for the demonstration, the examples and the tests. All of it is invented.

Dates are relative to a given day (`day+22` in the file), so that it is valid at any time of the year.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path(__file__).parent / "darren_and_toby.json"


def sample(today: date, reference: str, crn: str) -> dict[str, Any]:
    """Return a referral that combines two typical cases in one person.

    He is in custody and going to an approved premises under MAPPA, with a move-on address later. He has an
    on-and-off ex-partner in another force's area, and a son whose date of birth is not known.

    Args:
        today: the day that its dates are relative to.
        reference: its submission reference.
        crn: the CRN of the person.
    """
    submission: dict[str, Any] = _dated(json.loads(_FILE.read_text()), today)
    submission["submission_reference"] = reference
    submission["person"]["crn"] = crn
    return submission


def _dated(value: Any, today: date) -> Any:
    if isinstance(value, dict):
        return {name: _dated(member, today) for name, member in value.items()}
    if isinstance(value, list):
        return [_dated(member, today) for member in value]
    if isinstance(value, str) and value.startswith(("day+", "day-")):
        return (today + timedelta(days=int(value.removeprefix("day")))).isoformat()
    return value

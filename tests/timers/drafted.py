"""Drafts of the policy that the tests of timers use, drawn at random: other figures, the same steps."""

from typing import Any

from hypothesis import strategies as st

from service.timers.versions import drafts
from tests.timers.samples import POLICE_DA

STEPS = ("spo", "pdu_head", "region", "director")


@st.composite
def figures(draw: st.DrawFn) -> dict[str, Any]:
    """Any figures that an override of the police policy may have."""
    urgent = draw(st.integers(1, 2))
    routine = draw(st.integers(urgent, 10))
    offsets = sorted(draw(st.integers(1, most)) for most in (2, 6, 12, 20))
    reminders = sorted(draw(st.sets(st.sampled_from([10, 25, 50, 75, 100]), min_size=1)))
    return {
        "answer": {
            "targets": {"routine": f"{routine}wd", "urgent": f"{urgent}wd"},
            "reminders": [f"{each}%" for each in reminders],
            "steps": [{"key": key, "at": f"T+{days}wd"} for key, days in zip(STEPS, offsets, strict=True)],
        }
    }


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Any document of an override of the police policy."""
    return figures().map(_document)


def _document(drawn: dict[str, Any]) -> dict[str, Any]:
    draft = drafts.override(POLICE_DA, drawn)
    assert not draft.faults
    return draft.document

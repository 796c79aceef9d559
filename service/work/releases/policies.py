"""The escalation policy of a day of release, as data. Every figure is a default of ours."""

from typing import Any, Final

HANDOVER: Final = "release.handover"
_ON_CALL: Final = {"probation": "on_call_manager"}

POLICIES: Final[tuple[dict[str, Any], ...]] = (
    {
        # Whoever is released sleeps somewhere that night, also on a Saturday: at 09:00 on the day, what is
        # still red goes from the practitioner to the SPO of the unit, or whoever is on call.
        "key": HANDOVER,
        "answer": {
            "targets": {"routine": "1m"},
            "calendar": "probation",
            "round_the_clock": True,
            "owner": "practitioner",
            "steps": [
                {"key": "spo", "at": "T", "probation": "spo", "out_of_hours": _ON_CALL},
                {"key": "pdu_head", "at": "T+4h", "probation": "pdu_head", "out_of_hours": _ON_CALL},
            ],
            "tail": {"every": "24h", "to": "pdu_head", "out_of_hours": _ON_CALL},
        },
    },
)

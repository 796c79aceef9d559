"""The policy that the tests of timers use: the one the design writes out."""

from typing import Any

POLICE_DA: dict[str, Any] = {
    "key": "police_da.trial",
    "version": 3,
    "ask": {
        "target": "2wd",
        "owner": "practitioner",
        "missed": [{"to": "spo", "at": "T"}, {"to": "pdu_head", "at": "T+2wd"}],
    },
    "answer": {
        "targets": {"routine": "5wd", "urgent": "1wd"},
        "calendar": "responder",
        "needed_by_reserve": ["2wd", "1wd", "4wh"],
        "chasers": ["50%", "100%"],
        "steps": [
            {"key": "spo", "at": "T+1wd", "probation": "spo", "partner": "duty_manager"},
            {"key": "pdu_head", "at": "T+3wd", "probation": "pdu_head", "partner": "unit_manager"},
            {"key": "region", "at": "T+6wd", "probation": "region", "partner": "head_of_service"},
            {
                "key": "director",
                "at": "T+10wd",
                "probation": "regional_director",
                "partner": "partnership_board",
            },
        ],
        "tail": {"every": "5wd", "to": "regional_director"},
    },
    "pause": {
        "on": ["returned_for_information"],
        "review_after": "2wd",
        "owner": "practitioner",
        "max_total": "5wd",
    },
    "stop": ["answered", "cancelled", "superseded"],
}

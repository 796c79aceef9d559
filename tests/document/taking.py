"""Takes a submission as the service does, without storing it."""

from typing import Any

from service.referrals.schemas.submission import SubmissionSchema, canonical


def taken(submission: dict[str, Any]) -> dict[str, Any]:
    return canonical(SubmissionSchema().load(submission))

"""The paths at which the subjects of events are read. A subject that is not listed has no path of its own."""

import uuid

PATHS = {
    "referral": "/v1/referrals/{}",
    "destination_referral": "/v1/destination-referrals/{}",
    "placement": "/v1/destination-referrals/{}/placement",
    "check": "/v1/checks/{}",
    "check_request": "/v1/check-requests/{}",
    "change_of_circumstance": "/v1/changes-of-circumstance/{}",
    "review": "/v1/reviews/{}",
    "webhook": "/v1/webhooks/{}",
    "transfer": "/v1/transfers/{}",
    "agreement": "/v1/agreements/{}",
    "notice": "/v1/escalations?notice={}",
}


def href(kind: str, subject_id: uuid.UUID | str) -> str | None:
    """Return the path at which this subject is read, None when it is read only as part of something else."""
    path = PATHS.get(kind)
    return path.format(subject_id) if path else None

"""The paths at which the subjects of events are read. A subject that is not listed has no path of its own."""

import uuid

PATHS = {
    "referral": "/v1/referrals/{id}",
    "destination_referral": "/v1/destination-referrals/{id}",
    "wording": "/v1/destination-referrals/{id}",
    "adjustment": "/v1/destination-referrals/{id}",
    "agency_review": "/v1/destination-referrals/{id}",
    "completion": "/v1/destination-referrals/{id}",
    "probation_move": "/v1/destination-referrals/{id}",
    "emergency": "/v1/destination-referrals/{id}",
    "placement": "/v1/destination-referrals/{id}/placement",
    "check": "/v1/checks/{id}",
    "check_request": "/v1/check-requests/{id}",
    "change_of_circumstance": "/v1/changes-of-circumstance/{id}",
    "review": "/v1/reviews/{id}",
    "disclosure_decision": "/v1/disclosure-decisions/{id}",
    "right_to_know": "/v1/right-to-know/{id}",
    "release_arrangement": "/v1/people/{person}/release-arrangements",
    "subject_access": "/v1/subject-access/{id}",
    "person": "/v1/people/{person}",
    "contact": "/v1/people/{person}/contacts/{id}",
    "address": "/v1/people/{person}/addresses/{id}",
    "recall": "/v1/people/{person}",
    "case_holding": "/v1/people/{person}/holding",
    "sight": "/v1/people/{person}/shares/{id}",
    "share_request": "/v1/people/{person}/share-requests",
    "webhook": "/v1/webhooks/{id}",
    "transfer": "/v1/transfers/{id}",
    "staff_register": "/v1/staff",
    "policy": "/v1/policies",
    "agreement": "/v1/agreements/{id}",
    "notice": "/v1/escalations?notice={id}",
}
"""By the kind of subject: `{id}` is the subject's, `{person}` that of the record it belongs to."""


def href(kind: str, subject_id: uuid.UUID | str, person_id: uuid.UUID | str | None = None) -> str | None:
    """Return the path at which this subject is read, None when it is read only as part of something else.

    Args:
        kind: the kind of subject.
        subject_id: the subject.
        person_id: the record it belongs to; None for a reader who may not know the record, or where there is
            none. Whatever is read under the record then has no path.
    """
    path = PATHS.get(kind)
    if path is None or ("{person}" in path and person_id is None):
        return None
    return path.format(id=subject_id, person=person_id)

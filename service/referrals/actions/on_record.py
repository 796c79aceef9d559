"""Says what the newest referral of a case has on record that a legal basis of telling somebody needs."""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from service.referrals.document_queries import version_of
from service.referrals.queries import referrals_of_person
from service.third_parties.case_facts import OnRecord, register_record

MAPPA: Final = "mappa"
_AGAINST_CHILDREN: Final = (
    "contact_sexual_offences_against_children",
    "non_contact_sexual_offences_against_children",
)


def on_record(session: Session, person_id: UUID, probation_id: UUID) -> OnRecord:
    """Return what the newest referral of a region says, on each record of the person; nothing without any."""
    referrals = referrals_of_person(session, person_id, probation_id)
    newest = {one.person_id: one for one in sorted(referrals, key=lambda one: (one.submitted_at, one.id))}
    documents = [version_of(session, one, one.current_version).document for one in newest.values()]
    convictions = [(document.get("offence") or {}).get("convictions") or {} for document in documents]
    return OnRecord(
        mappa=any(
            asked["kind"] == MAPPA for document in documents for asked in document.get("destinations") or []
        ),
        child_sex_offence=any(each.get(kind) for each in convictions for kind in _AGAINST_CHILDREN),
    )


register_record(on_record)

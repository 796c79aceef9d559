"""Carries a new assessment of risk into a referral, and to every destination that was sent the old one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access import Actor
from service.document.paths import value_at, with_value
from service.document.vocabulary import overall_rosh
from service.people.model import RoshAssessment
from service.referrals import writes
from service.referrals.actions.amend import bring_in_line
from service.referrals.document_queries import whole_document
from service.referrals.model import Referral

CARRIED = ("level", "who", "nature", "imminence")
"""The members of an assessment that a referral holds; its reason and evidence stay with the person's
record.
"""


def share_risk_change(session: Session, actor: Actor, referral: Referral, assessment: RoshAssessment) -> None:
    """Make a new version of a referral with a new assessment of risk, and send it to those it concerns.

    Args:
        referral: locked.
        assessment: of the risk to one group.
    """
    before = whole_document(session, referral)
    group = assessment.group_at_risk
    known: Mapping[str, Any] = value_at(before, f"risk.rosh.{group}") or {}
    said = {name: getattr(assessment, name) for name in CARRIED if getattr(assessment, name) is not None}
    document = with_value(before, f"risk.rosh.{group}", {**known, **said})
    if value_at(document, "risk.rosh.overall"):
        document = with_value(document, "risk.rosh.overall", overall_rosh(value_at(document, "risk.rosh")))
    if document == before:
        return
    writes.make_version(session, actor, referral, document, ["risk"], event="referral.risk_changed")
    bring_in_line(session, actor, referral, before, document, trigger="risk_changed")

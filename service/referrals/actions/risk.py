"""Carries a change of risk into a referral as a new version, and so to everybody it concerns."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from sqlalchemy.orm import Session

from service.access import Actor
from service.referrals.actions.amend import bring_in_line, make_version
from service.referrals.actions.sharing import changed_sections
from service.referrals.document.vocabulary import highest_rosh
from service.referrals.model import Referral
from service.referrals.queries import whole_document


def share_risk_change(
    session: Session, actor: Actor, referral: Referral, group: str, judged: Mapping[str, Any]
) -> list[str]:
    """Make the risk to one group what it is now judged to be; whoever is sent it must acknowledge it.

    Args:
        referral: locked.
        group: the group at risk.
        judged: its level and, where given, who, nature, imminence and factors; what is not given is not
            kept, because it was said of another level.

    Returns:
        The sections that changed; none when the referral says so already.
    """
    before = whole_document(session, referral)
    document = deepcopy(before)
    rosh = document.setdefault("risk", {}).setdefault("rosh", {})
    rosh[group] = {name: value for name, value in judged.items() if value is not None}
    if "overall" in rosh:
        rosh["overall"] = highest_rosh(rosh)
    sections = changed_sections(before, document)
    if sections:
        make_version(session, actor, referral, document, sections, event="referral.risk_changed")
        bring_in_line(session, actor, referral, before, document, trigger="risk_changed")
    return sections

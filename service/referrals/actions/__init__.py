"""What can be done with referrals. Actions never commit, and change rows only through `writes`."""

from service.referrals.actions import agreeing as _agreeing  # noqa: F401 - registers what opens a gate
from service.referrals.actions import correcting as _correcting  # noqa: F401 - registers itself
from service.referrals.actions import knowing as _knowing  # noqa: F401 - registers itself
from service.referrals.actions import looking_through as _looking_through  # noqa: F401 - registers itself
from service.referrals.actions import on_record as _on_record  # noqa: F401 - registers itself
from service.referrals.actions.amend import amend_referral
from service.referrals.actions.release import open_what_may_be_sent
from service.referrals.actions.risk import share_risk_change
from service.referrals.actions.submit import submit_referral
from service.referrals.queries import open_referrals_of

__all__ = [
    "amend_referral",
    "open_referrals_of",
    "open_what_may_be_sent",
    "share_risk_change",
    "submit_referral",
]

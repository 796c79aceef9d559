"""The whole of a case, as it is shown in one call."""

from marshmallow import fields as plain

from service import fields
from service.cases.schemas.holdings import CaseHoldingView
from service.checks.schemas.checks import CheckSummary
from service.checks.schemas.requests import CheckRequestSummary
from service.checks.schemas.results import SubjectOutcomeView
from service.circumstances.schemas.changes import ChangeView
from service.circumstances.schemas.reviews import ReviewView
from service.people.schemas.records import PersonView
from service.referrals import placement_states
from service.referrals.schemas.destination_referrals import DestinationReferralSummary
from service.referrals.schemas.referrals import ReferralSummaryView
from service.timers.schemas import OverdueView


class StayView(fields.View):
    """A stay in a case, without its history."""

    state = fields.Choice(placement_states.STATES, metadata={"description": "How far the stay is."})
    starts_on = fields.Day(
        allow_none=True, metadata={"description": "The first day that is planned; null if not known."}
    )
    ends_on = fields.Day(
        allow_none=True, metadata={"description": "The last day that is planned; null if not known."}
    )
    arrived_on = fields.Day(allow_none=True, metadata={"description": "The day of arrival; null until then."})
    departed_on = fields.Day(
        allow_none=True, metadata={"description": "The day of departure; null until then."}
    )


class PartOfCaseView(DestinationReferralSummary):
    """A destination referral of a case, with its stay."""

    stay = plain.Nested(
        StayView, allow_none=True, metadata={"description": "The stay; null where none was offered."}
    )


class ReferralOfCaseView(ReferralSummaryView):
    """A referral of a case, with its destination referrals."""

    destinations = plain.List(
        plain.Nested(PartOfCaseView), metadata={"description": "The destination referrals."}
    )


class RequestOfCaseView(CheckRequestSummary):
    """A request to an agency, with the outcomes of the answer that stands."""

    outcomes = plain.List(
        plain.Nested(SubjectOutcomeView),
        metadata={"description": "What the answer that stands says of each it is about; empty without one."},
    )


class CheckOfCaseView(CheckSummary):
    """A check of a case, with its requests and what was answered."""

    requests = plain.List(
        plain.Nested(RequestOfCaseView), metadata={"description": "One request for each agency asked."}
    )


class ObligationView(OverdueView):
    """A clock of a case that has not stopped."""

    overdue = fields.Flag(metadata={"description": "Whether the target has passed."})


def _some(name: str, item: type[fields.View], meaning: str) -> plain.Nested:
    members = {
        "items": plain.List(plain.Nested(item), metadata={"description": meaning}),
        "more": fields.Flag(metadata={"description": "Whether there are more than are shown here."}),
        "href": fields.Text(metadata={"description": "The list that has all of them on this record."}),
    }
    view = type(name, (fields.View,), {"__doc__": meaning, **members})
    return plain.Nested(view, allow_none=True, metadata={"description": f"{meaning} Null if not shared."})


class WholeCaseView(fields.View):
    """The whole of a case."""

    person = plain.Nested(PersonView, metadata={"description": "The person, with their present risk."})
    holding = plain.Nested(CaseHoldingView, metadata={"description": "Who answers for the case; the team."})
    referrals = _some(
        "ReferralsOfCase", ReferralOfCaseView, "The referrals, the newest first, with each stay."
    )
    checks = _some("ChecksOfCase", CheckOfCaseView, "The checks, the newest first, and what was answered.")
    reviews = _some("ReviewsOfCase", ReviewView, "The reviews, those that are open first.")
    changes = _some("ChangesOfCase", ChangeView, "The changes of circumstance, the newest first.")
    obligations = _some(
        "ObligationsOfCase", ObligationView, "What somebody owes in the case, the next due first."
    )

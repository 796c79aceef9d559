"""The duty to refer, as a developer would add it: everything about it is in this file.

Section 213B of the Housing Act 1996 (England). Used by a test; not registered.
"""

from datetime import timedelta

from service.destinations.case import Case, when, yes
from service.destinations.contract import OWN_REGION, Destination, Hold
from service.destinations.policies import answer_policy
from service.destinations.updates import ProgressSchema
from service.document.paths import paths
from service.fields import Choice, LongText, Schema

OPENS = timedelta(days=56)


class DutyToReferAnnexSchema(Schema):
    """What only a housing authority asks."""

    reason = Choice({"leaving_custody": "leaves prison", "eviction": "is evicted", "other": "another reason"})
    support_needed = LongText()


def _hold(case: Case) -> Hold | None:
    release = case.day("release.date")
    if release is None or release - OPENS <= case.today:
        return None
    return Hold(release - OPENS, "more_than_56_days_ahead", "The duty to refer opens 56 days before.")


DESTINATION = Destination(
    key="duty_to_refer",
    title="Duty to refer",
    prefix="dtr",
    annex=DutyToReferAnnexSchema,
    purpose="Help from a housing authority for a person who may become homeless",
    permitted=paths(
        {
            "person": "crn name.given name.family date_of_birth phone email",
            "release": "date",
            "adjustments[]": "kind needed detail",
            "dtr": "reason support_needed",
        }
    ),
    required=paths({"person": "date_of_birth", "dtr": "reason"}),
    required_when=(when("the release date is known", yes("release.date_known"), "release.date"),),
    organisation_kind="local_authority",
    duty=lambda _ask: "duty_to_refer",
    area=OWN_REGION,
    hold=_hold,
    policy=lambda _case: "duty_to_refer.decision",
    policies=(
        answer_policy("duty_to_refer.decision", routine="5wd", urgent="1wd", pace=("2wd", "4wd", "8wd")),
    ),
    decline_reasons={"no_duty": "The authority owes no duty"},
    outcomes={"housed": "Housed"},
    updates={"progress": ProgressSchema},
)

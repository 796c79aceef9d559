"""The plan of a record, as it is shown: every part with the version that states it."""

from collections.abc import Iterable
from typing import Any

from marshmallow import fields as plain

from service import fields
from service.document.plan import ContingencySchema
from service.document.risk import ManagementPlanSchema
from service.document.vocabulary import LICENCE_CONDITIONS
from service.referrals.plan import CONTINGENCY, MANAGEMENT_PLAN


class StatedView(fields.View):
    """Where a part of a plan is stated."""

    referral_id = fields.Identifier(metadata={"description": "The referral that states it."})
    version = fields.Count(metadata={"description": "Its version, the latest of that referral."})
    stated_at = fields.Moment(metadata={"description": "When that version was submitted."})


class ConditionView(fields.View):
    """One additional licence condition; who asked for it is not shown."""

    type = fields.Choice(LICENCE_CONDITIONS, metadata={"description": "The kind of condition."})
    detail = fields.LongText(
        allow_none=True, metadata={"description": "What the condition says; null if not stated."}
    )


class ExclusionZoneView(fields.View):
    """An area that the person must not enter."""

    label = fields.Text(metadata={"description": "A short name."})
    postcodes = plain.List(fields.Text(), metadata={"description": "Postcodes that make up the zone."})


class CurfewView(fields.View):
    """The hours when the person must be indoors; null for what is not stated."""

    starts_at = fields.Text(allow_none=True, metadata={"description": "When it starts each day."})
    ends_at = fields.Text(allow_none=True, metadata={"description": "When it ends each day."})
    until = fields.Day(allow_none=True, metadata={"description": "The last day of the curfew."})


class ResidenceView(fields.View):
    """Limits on where the person may live; null for what is not stated."""

    restrictions = fields.Flag(allow_none=True, metadata={"description": "Whether there are any."})
    restrictions_detail = fields.LongText(allow_none=True, metadata={"description": "The limits."})


class StatedConditionsView(StatedView):
    """Additional licence conditions, and where they are stated."""

    value = plain.List(plain.Nested(ConditionView), metadata={"description": "The conditions."})


class StatedExclusionZonesView(StatedView):
    """Areas that the person must not enter, and where they are stated."""

    value = plain.List(plain.Nested(ExclusionZoneView), metadata={"description": "The areas."})


class StatedCurfewView(StatedView):
    """A curfew, and where it is stated."""

    value = plain.Nested(CurfewView, metadata={"description": "The curfew."})


class StatedResidenceView(StatedView):
    """Limits on where the person may live, and where they are stated."""

    value = plain.Nested(ResidenceView, metadata={"description": "The limits."})


class StatedTextView(StatedView):
    """A text of the plan, and where it is stated."""

    value = fields.LongText(metadata={"description": "The text."})


class StatedTextsView(StatedView):
    """Texts of the plan, and where they are stated."""

    value = plain.List(fields.Text(), metadata={"description": "The texts."})


class StatedFlagView(StatedView):
    """An answer of the plan, and where it is stated."""

    value = fields.Flag(metadata={"description": "The answer."})


def _part(view: type[StatedView], about: str) -> plain.Nested:
    return plain.Nested(view, allow_none=True, metadata={"description": f"{about} Null if nobody stated it."})


def _answers(name: str, meaning: str, asked: Any, names: Iterable[str]) -> type[fields.View]:
    kinds = {fields.Flag: StatedFlagView, fields.List: StatedTextsView}
    members = {
        one: _part(kinds.get(type(field), StatedTextView), field.metadata["description"])
        for one, field in asked().fields.items()
        if one in names
    }
    return type(name, (fields.View,), {"__doc__": meaning, **members})


PlanManagementView = _answers(
    "PlanManagementView", "The plan to manage the risk.", ManagementPlanSchema, MANAGEMENT_PLAN
)
PlanContingencyView = _answers(
    "PlanContingencyView", "What staff do when something goes wrong.", ContingencySchema, CONTINGENCY
)


class PlanView(fields.View):
    """The conditions a person is under, and what staff do when something goes wrong."""

    person = fields.Text(metadata={"description": "The address of the person."})
    conditions = _part(StatedConditionsView, "Additional licence conditions.")
    exclusion_zones = _part(StatedExclusionZonesView, "Areas that the person must not enter.")
    curfew = _part(StatedCurfewView, "Hours during which the person must be indoors.")
    court_orders = _part(StatedTextsView, "Civil and protective orders in force.")
    residence = _part(StatedResidenceView, "Limits on where the person may live.")
    management_plan = plain.Nested(
        PlanManagementView, metadata={"description": "The plan to manage the risk, answer by answer."}
    )
    contingency = plain.Nested(
        PlanContingencyView, metadata={"description": "What staff do out of hours, answer by answer."}
    )

"""How policies, their versions and drafts look on the wire."""

from marshmallow import fields as plain

from service import tenses
from service.fields import Choice, Count, Flag, Identifier, List, LongText, Moment, Schema, Text, View
from service.http import list_schema
from service.timers.policy import PACES
from service.timers.versions.words import CALENDARS, ROLES, SIDES

_ACTS = "What you may do with it now."
_SPAN = "In working days (`5wd`) or working hours (`4wh`); `H` where it is the hard date."
_AT = "`T` when the target passes, `T+2wd` after it; `H`, `H-21d` on or before the hard date."
_WORDS = "The same in words."
SCOPES = {
    "everybody": "the general version",
    "region": "for the clocks of one region",
    "responder": "for one destination or agency",
    "responder_in_region": "for one destination or agency, in the clocks of one region",
}
STATES = {
    "in_force": "clocks that it fits start with it now",
    "planned": "it begins later",
    "replaced": "a later version for the same has taken its place",
    "ended": "it has ended, and nothing took its place",
}


class PolicyTargetsDraft(Schema):
    """The targets of a part; what you leave out stays as in the general version."""

    routine = Text(max=10, metadata={"example": "3wd", "description": f"The usual target. {_SPAN}"})
    urgent = Text(max=10, metadata={"example": "4wh", "description": f"The urgent target. {_SPAN}"})
    today = Text(
        max=10,
        metadata={
            "example": "2wh", "description": f"The target where the answer is needed on the day. {_SPAN}"
        },
    )  # fmt: skip


class PolicyStepDraft(Schema):
    """When a step of the general version is due."""

    key = Text(required=True, max=60, metadata={"example": "pdu_head", "description": "The step."})
    at = Text(required=True, max=12, metadata={"example": "T+2wd", "description": _AT})


class PolicyTimerDraft(Schema):
    """The figures of one part of a policy; what you leave out stays as in the general version."""

    targets = plain.Nested(PolicyTargetsDraft, metadata={"description": "How soon an answer is due."})
    reminders = List(
        Text(max=4),
        max=10,
        metadata={
            "example": ["50%", "100%"],
            "description": "After which parts of the time the responder is reminded.",
        },
    )
    steps = List(
        plain.Nested(PolicyStepDraft),
        max=20,
        metadata={"description": "The steps that are due at another time. None can be left out."},
    )


class PolicyFigures(Schema):
    """The figures of an override. Steps, roles, the repeat and pauses are those of the general version."""

    ask = plain.Nested(
        PolicyTimerDraft, metadata={"description": "Probation's own time until the request is sent."}
    )
    answer = plain.Nested(PolicyTimerDraft, metadata={"description": "The time until the answer."})


class PolicyDryRunRequest(Schema):
    """The draft of an override for the clocks of your region."""

    responder_id = Identifier(
        metadata={"description": "The destination or agency it is for; all of them when left out."}
    )
    figures = plain.Nested(PolicyFigures, required=True, metadata={"description": "The figures."})


class PolicyVersionRequest(PolicyDryRunRequest):
    """An override for the clocks of your region; of an administration, for those of any."""

    area = Text(
        max=10,
        metadata={
            "example": "N54",
            "description": "The code of the region whose clocks it is for. A region may leave it out: it is "
            "for its own. An administration names this, `responder_id` or both.",
        },
    )
    valid_from = Moment(
        tense=tenses.AHEAD, metadata={"description": "When clocks begin to start with it; now when left out."}
    )
    valid_until = Moment(
        tense=tenses.AHEAD,
        metadata={"description": "When it ends, and clocks start with the general version again."},
    )
    reason = LongText(
        required=True, max=1000, metadata={"description": "Why, such as the agreement that it follows."}
    )


class PolicyApplicationRequest(Schema):
    """That running clocks should go by a version."""

    clocks = List(
        Identifier(),
        min=1,
        max=200,
        metadata={
            "description": "Only these clocks. When left out: all of your region that the version fits, "
            "other than those that go by a version for fewer."
        },
    )
    reason = LongText(required=True, max=1000, metadata={"description": "Why they are moved."})


class PolicyRoleView(View):
    """A role that is notified."""

    side = Choice(SIDES, metadata={"description": "Its side."})
    role = Choice(
        ROLES,
        allow_none=True,
        metadata={"description": "The role; if vacant, the one above. Null for the organisation itself."},
    )
    words = Text(metadata={"description": _WORDS})


class PolicyTargetView(View):
    """A target."""

    urgency = Choice(PACES, metadata={"description": "For which urgency."})
    target = Text(metadata={"example": "5wd", "description": _SPAN})
    words = Text(metadata={"description": _WORDS})


class PolicyReminderView(View):
    """A reminder before the target."""

    at = Text(metadata={"example": "50%", "description": "After which part of the time."})
    words = Text(metadata={"description": _WORDS})


class PolicyStepView(View):
    """A step of an escalation policy."""

    key = Text(metadata={"example": "pdu_head", "description": "The step, as escalations name it."})
    at = Text(metadata={"example": "T+3wd", "description": _AT})
    words = Text(metadata={"description": _WORDS})
    notifies = plain.List(
        plain.Nested(PolicyRoleView), metadata={"description": "The roles it notifies, of your side."}
    )


class PolicyRepeatView(View):
    """The step that repeats after the last one."""

    every = Text(metadata={"example": "5wd", "description": "How often."})
    words = Text(metadata={"description": _WORDS})
    notifies = plain.List(
        plain.Nested(PolicyRoleView), metadata={"description": "The roles it notifies, of your side."}
    )


class PolicyTimerView(View):
    """One part of a policy."""

    targets = plain.List(
        plain.Nested(PolicyTargetView), metadata={"description": "How soon an answer is due."}
    )
    calendar = Choice(CALENDARS, metadata={"description": "Whose working time counts."})
    cut_off = Text(
        allow_none=True,
        metadata={"description": "What comes in after this time counts from the next day; null if none."},
    )
    reserves = plain.List(
        Text(),
        metadata={"description": "How long before a hard date each step is due at the latest."},
    )
    reminders = plain.List(
        plain.Nested(PolicyReminderView), metadata={"description": "The reminders to the responder."}
    )
    owner = Text(
        allow_none=True,
        metadata={"description": "For probation: the role notified when the target passes; null if none."},
    )
    steps = plain.List(plain.Nested(PolicyStepView), metadata={"description": "The steps, in order."})
    repeat = plain.Nested(PolicyRepeatView, metadata={"description": "What follows the last step."})


class PolicyPauseView(View):
    """What pauses a clock."""

    on = plain.List(Text(), metadata={"description": "The reasons that pause it."})
    at_most = Text(metadata={"example": "5wd", "description": "How long all pauses may last."})
    words = Text(metadata={"description": _WORDS})
    review_after = Text(
        allow_none=True, metadata={"description": "For probation: how often a pause is reviewed."}
    )
    owner = Text(allow_none=True, metadata={"description": "For probation: the role that reviews it."})


class PolicyEditionView(View):
    """A version of a policy, without its document."""

    sometimes = ("published_by", "reason")

    key = Text(metadata={"example": "police_da.allocation", "description": "The policy."})
    version = Count(metadata={"description": "Its number, counted for each policy."})
    href = Text(metadata={"description": "Its address."})
    scope = Choice(SCOPES, metadata={"description": "Whom it is for; the narrowest that fits is used."})
    responder_id = Identifier(
        allow_none=True, metadata={"description": "The destination or agency; null for all."}
    )
    area = Text(
        allow_none=True,
        metadata={"example": "N54", "description": "The code of the region; null for all."},
    )
    state = Choice(STATES, metadata={"description": "Whether it is in force."})
    valid_from = Moment(metadata={"description": "When clocks begin to start with it."})
    valid_until = Moment(allow_none=True, metadata={"description": "When it ends; null if it does not."})
    published_at = Moment(metadata={"description": "When it was published."})
    published_by = Text(
        allow_none=True,
        metadata={"description": "Not for responders: who published it; null for a release of the service."},
    )
    reason = Text(
        allow_none=True,
        metadata={"description": "Not for responders: why; null for a release of the service."},
    )
    allowed_transitions = plain.List(
        Text(), metadata={"description": f"{_ACTS} `apply`, at `POST .../application`, or empty."}
    )


PolicyVersionList = list_schema(
    "PolicyVersionList", PolicyEditionView, "Versions of a policy, the last published first."
)


class PolicyVersionView(PolicyEditionView):
    """A version of a policy."""

    ask = plain.Nested(
        PolicyTimerView,
        allow_none=True,
        metadata={"description": "For probation: its own time until the request is sent; null if none."},
    )
    answer = plain.Nested(
        PolicyTimerView,
        allow_none=True,
        metadata={"description": "The time until the answer; null if there is none."},
    )
    pause = plain.Nested(
        PolicyPauseView, allow_none=True, metadata={"description": "What pauses it; null if nothing does."}
    )
    stops_on = plain.List(Text(), metadata={"description": "The reasons that stop it; empty where any does."})


class PolicySummaryView(View):
    """A policy."""

    key = Text(metadata={"example": "police_da.allocation", "description": "Its key."})
    href = Text(metadata={"description": "Its address."})
    version = Count(
        allow_none=True, metadata={"description": "The general version in force; null if it is not yet."}
    )
    overrides = Count(metadata={"description": "How many overrides are in force that you may see."})
    allowed_transitions = plain.List(
        Text(), metadata={"description": f"{_ACTS} `dry_run` and `publish`, or empty."}
    )


PolicyList = list_schema("PolicyList", PolicySummaryView, "Escalation policies, by key.")


class PolicyView(View):
    """A policy with its versions in force."""

    key = Text(metadata={"example": "police_da.allocation", "description": "Its key."})
    href = Text(metadata={"description": "Its address."})
    in_force = plain.List(
        plain.Nested(PolicyVersionView),
        metadata={"description": "The versions in force: the general one, then overrides that concern you."},
    )
    allowed_transitions = plain.List(
        Text(), metadata={"description": f"{_ACTS} `dry_run` and `publish`, or empty."}
    )


class PreviewedFiringView(View):
    """What a clock fires next."""

    step = Text(metadata={"example": "spo", "description": "The step, reminder or repeat."})
    due_at = Moment(metadata={"description": "When it is due."})
    notifies = plain.List(
        plain.Nested(PolicyRoleView), metadata={"description": "The roles that it notifies."}
    )


class PreviewedClockView(View):
    """A running clock by the version it has, and by the draft."""

    clock_id = Identifier(metadata={"description": "The clock."})
    subject_kind = Text(metadata={"example": "check_request", "description": "What it is about."})
    subject_id = Identifier(metadata={"description": "Which one."})
    timer = Text(metadata={"example": "answer", "description": "What it times."})
    label = Text(metadata={"example": "police_da", "description": "The kind of check or destination."})
    pdu = Text(allow_none=True, metadata={"description": "The delivery unit; null if not recorded."})
    due_at = Moment(metadata={"description": "The target by the version it has."})
    new_due_at = Moment(metadata={"description": "The target by the draft."})
    next_firing = plain.Nested(
        PreviewedFiringView, metadata={"description": "What fires next by the version it has."}
    )
    new_next_firing = plain.Nested(PreviewedFiringView, metadata={"description": "What would fire next."})
    at_once = plain.List(
        Text(), metadata={"description": "What would fire at once, because it is late by the draft."}
    )
    fires_at_once = plain.List(
        plain.Nested(PreviewedFiringView),
        metadata={"description": "The same, with the roles that it would notify."},
    )


class PreviewedStepView(View):
    """How many clocks a step concerns."""

    step = Text(metadata={"example": "spo", "description": "The step, reminder or repeat."})
    next_for = Count(metadata={"description": "The clocks that would fire it next."})
    at_once = Count(metadata={"description": "The clocks that would fire it at once."})


class PreviewedUnitView(View):
    """How many clocks of a unit change."""

    pdu = Text(allow_none=True, metadata={"description": "The delivery unit; null if not recorded."})
    clocks = Count(metadata={"description": "Its clocks on this page."})
    earlier = Count(metadata={"description": "Those whose target would be earlier."})
    later = Count(metadata={"description": "Those whose target would be later."})


class PolicyDryRunView(View):
    """What a draft would do to running clocks, if they were moved onto it now."""

    clocks = plain.List(
        plain.Nested(PreviewedClockView),
        metadata={"description": "The clocks of this page, in a fixed order."},
    )
    steps = plain.List(
        plain.Nested(PreviewedStepView), metadata={"description": "The clocks of this page, by step."}
    )
    units = plain.List(
        plain.Nested(PreviewedUnitView), metadata={"description": "The clocks of this page, by unit."}
    )
    after = Text(
        allow_none=True,
        metadata={"description": "Send it as `after` to look at more clocks. Null when these are the last."},
    )


class PolicyApplicationView(View):
    """Running clocks were moved onto a version."""

    id = Identifier(metadata={"description": "Its id."})
    key = Text(metadata={"example": "police_da.allocation", "description": "The policy."})
    version = Count(metadata={"description": "The version."})
    moved = Count(
        metadata={
            "description": "The clocks moved. Those that you may not see are moved too, and not counted."
        }
    )
    more = Flag(metadata={"description": "Whether there are more: call again, with a new `Idempotency-Key`."})
    applied_by = Text(metadata={"description": "Who moved them."})
    applied_at = Moment(metadata={"description": "When."})
    reason = Text(metadata={"description": "Why."})

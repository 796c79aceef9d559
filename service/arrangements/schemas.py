"""What is arranged for a release, as probation says and reads it. Made from the table in `rules`."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import ValidationError, validates_schema
from marshmallow import fields as plain

from service import fields, tenses
from service.arrangements.rules import EXPLAINED_BY, ITEMS, Item
from service.document.forms import TimeOfDay


class _AnItem(fields.Schema):
    """At least one item is said."""

    @validates_schema
    def one_at_least(self, data: Mapping[str, Any], **_: Any) -> None:
        """Require an item.

        Raises:
            ValidationError: none is given.
        """
        if not data:
            raise ValidationError("Say something of one item at least.")


def _members(item: Item) -> dict[str, Any]:
    """Return the members of what is said of an item: its state, and what any of its states takes."""
    every: dict[str, Any] = {
        "day": fields.Day(tense=tenses.PLAN, metadata={"description": "The day, as the state needs one."}),
        "time": TimeOfDay(metadata={"description": "The time of day, on a 24-hour clock."}),
        "office": fields.Text(max=100, metadata={"description": "The probation office."}),
        "by": fields.Choice(EXPLAINED_BY, metadata={"description": "Who explained them."}),
    }
    taken = {name for state in item.states.values() for name in state.takes}
    return {
        "state": fields.Choice(
            {code: state.words for code, state in item.states.items()},
            required=True,
            metadata={"description": f"How it stands: {item.words}."},
        ),
        **{name: field for name, field in every.items() if name in taken},
    }


def _named(item: str) -> str:
    return "".join(word.capitalize() for word in item.split("_"))


SAID: Final = {
    name: type(
        f"{_named(name)}Arrangement", (fields.Schema,), {"__doc__": f"Said: {item.words}.", **_members(item)}
    )
    for name, item in ITEMS.items()
}
ReleaseArrangements = type(
    "ReleaseArrangements",
    (_AnItem,),
    {
        "__doc__": "What is said of the arrangements for a release; what is left out stays as it was said.",
        **{
            name: plain.Nested(SAID[name], metadata={"description": f"Said: {item.words}."})
            for name, item in ITEMS.items()
        },
    },
)


class SaidByView(fields.View):
    """Who said it."""

    organisation = fields.Text(metadata={"description": "The code of the region."})
    practitioner = fields.Text(
        allow_none=True, metadata={"description": "The member of staff, by the case system's id."}
    )


class ArrangementView(fields.View):
    """What was said of an item at one time."""

    state = fields.Choice(
        {code: state.words for item in ITEMS.values() for code, state in item.states.items()},
        metadata={"description": "How it stands, as a code."},
    )
    words = fields.Text(metadata={"description": "How it stands, in words."})
    day = plain.Date(allow_none=True, metadata={"description": "The day that was said with it."})
    time = fields.Text(allow_none=True, metadata={"description": "The time of day."})
    office = fields.Text(allow_none=True, metadata={"description": "The probation office."})
    by = fields.Choice(
        EXPLAINED_BY, allow_none=True, metadata={"description": "Who explained the conditions."}
    )
    said_by = plain.Nested(SaidByView, metadata={"description": "Who said it."})
    said_at = fields.Moment(metadata={"description": "When it was said."})


class ItemView(fields.View):
    """One item: what stands, and what was said before."""

    standing = plain.Nested(
        ArrangementView,
        allow_none=True,
        metadata={
            "description": "What stands for the next release; null where nobody has said anything for it, or "
            "where changes of circumstance are not shared with you."
        },
    )
    earlier = plain.List(
        plain.Nested(ArrangementView),
        metadata={"description": "What was said before, the last first; also for an earlier release."},
    )


ItemsView = type(
    "ReleaseArrangementItemsView",
    (fields.View,),
    {
        "__doc__": "By the item, what was said.",
        **{
            name: plain.Nested(
                ItemView, metadata={"description": f"{item.words[0].upper()}{item.words[1:]}."}
            )
            for name, item in ITEMS.items()
        },
    },
)


class ReleaseArrangementsView(fields.View):
    """What is arranged for the release of a person."""

    person_id = fields.Identifier(metadata={"description": "The id of the person's record."})
    arrangements = plain.Nested(ItemsView, metadata={"description": "What was said, by the item."})

"""What several destinations report or ask alike: a progress update, and the detail behind a yes."""

from service.destinations.case import When, when, yes
from service.fields import LongText, Schema


class ProgressSchema(Schema):
    """A report of progress."""

    summary = LongText(required=True, metadata={"description": "The progress since the last report."})


def details_when_yes(*questions: str) -> tuple[When, ...]:
    """Require the detail of each question that was answered yes."""
    return tuple(when(f"{each} is yes", yes(each), f"{each}_detail") for each in questions)

"""The record: one timeline of the whole, and the trail of who saw and did what."""

from collections import Counter

from service import audit, db
from service.demo.page import chapter, item, says, when
from service.demo.telling import Story, insist, read


def timeline(story: Story) -> None:
    """The whole story, as probation reads it in one call."""
    chapter("The timeline of the whole")


def trail(story: Story) -> None:
    """Who saw and did what: read by the data-protection officer, and verified."""

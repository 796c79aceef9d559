"""What is printed of a referral reads in words: no code of ours, no id, no date but in words."""

import re
from html.parser import HTMLParser
from typing import Final

import pytest

from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story
from tests.referrals.samples import darren_and_toby

pytestmark = pytest.mark.long

CODE: Final = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
ID: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
DAY: Final = re.compile(r"\b\d{4}-\d\d-\d\d")


class Texts(HTMLParser):
    """Every text of a page, but its style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style" and data.strip():
            self.found.append(data.strip())


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


def in_no_words(page: str) -> list[str]:
    return [text for text in Texts(page).found if any(each.search(text) for each in (CODE, ID, DAY))]


def test_a_referral_is_printed_in_words(story: Story) -> None:
    referral = story.submit(darren_and_toby())
    page = story.practitioner.get(f"{referral['href']}/summary").text
    assert in_no_words(page) == []
    found = Texts(page).found
    assert {"Leeds", "West Yorkshire", "Accommodation", "Yorkshire and the Humber"} <= {*found}
    assert not {"E08000035", "west-yorkshire", "N55"} & {*found}
    assert "Risk, management plan, victim safety" in found


@pytest.mark.parametrize(
    ("reader", "kind", "category"),
    [
        ("ap", "approved_premises", None),
        ("crs", "crs", "accommodation"),
        ("mappa", "mappa", None),
    ],
)
def test_what_a_destination_was_sent_is_printed_in_words(
    story: Story, reader: str, kind: str, category: str | None
) -> None:
    part: Json = story.part(story.submit(darren_and_toby())["id"], kind, category)
    for caller in (getattr(story.cast, reader), story.practitioner):
        answer = caller.get(f"{part['href']}/summary")
        assert in_no_words(answer.text) == []

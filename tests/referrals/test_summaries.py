"""A referral, and what a destination was sent of it, as a page to print."""

import base64
import hashlib
import json
import re
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, Final

import pytest
from werkzeug.test import TestResponse

from service.people.sight import DOCUMENTS
from tests.cast import Caller, Cast
from tests.conftest import TheClock
from tests.journeys.driver import Json, Story, ok
from tests.people.factories import CRN, as_owner, give_sight
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

pytestmark = pytest.mark.long

RIGHT_TO_LEFT: Final = "\u202e"


@pytest.fixture
def story(cast: Cast, the_clock: TheClock) -> Story:
    return Story(cast, the_clock)


@pytest.fixture
def referral(story: Story) -> Json:
    return story.submit(darren_and_toby())


def printed(caller: Caller, href: str) -> str:
    answer: TestResponse = caller.get(f"{href}/summary")
    assert answer.status_code == 200, answer.text
    return answer.text


def theirs(story: Story) -> Caller:
    return story.cast.stranger.as_practitioner("t.jones", "practitioner")


class Page(HTMLParser):
    """What a page says, and what it is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def texts_of(value: Any) -> list[str]:
    """Return every text of a document that people wrote, and no code of a list."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_of(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_of(one)]
    return [value] if isinstance(value, str) and " " in value else []


def test_a_summary_says_what_the_referral_says_and_what_it_waits_for(story: Story, referral: Json) -> None:
    said = unescape(printed(story.practitioner, referral["href"]))
    document = ok(story.practitioner.get(f"{referral['href']}/versions/1"))["document"]
    assert [text for text in texts_of(document) if text not in said] == []
    assert "Date of birth" in said
    assert "4 November 1988" in said
    assert "Licence from the conditional release date" in said
    assert "High: serious harm could happen at any time" in said
    assert "Releases: 1 of 1" in said
    assert "Approved premises" in said
    assert "sent, and not yet received" in said
    assert "The referral to Elm House: the destination must respond to the referral." in said


def test_a_page_loads_and_runs_nothing(story: Story, referral: Json) -> None:
    answer = story.practitioner.get(f"{referral['href']}/summary")
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert "Content-Disposition" not in answer.headers
    tags = {tag for tag, _ in Page(answer.text).tags}
    assert not tags & {"script", "link", "img", "a", "form", "iframe", "object"}
    assert not [name for _, attrs in Page(answer.text).tags for name in attrs if name.startswith("on")]


def test_a_page_can_be_read_aloud_and_names_nobody_outside_of_it(story: Story, referral: Json) -> None:
    page = Page(printed(story.practitioner, referral["href"]))
    assert ("html", {"lang": "en-GB"}) in page.tags
    assert [attrs.get("scope") for tag, attrs in page.tags if tag == "th" and "scope" not in attrs] == []
    text = printed(story.practitioner, referral["href"])
    (title,) = re.findall(r"<title>(.*?)</title>", text)
    assert title == "Referral summary"
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_nothing_that_was_written_becomes_markup(story: Story) -> None:
    document = darren_and_toby()
    document["person"]["name"]["given"] = "<script>alert(1)</script>"
    document["offence"]["index"]["summary"] = "{{ 7 * 7 }} </td></table><style>*{display:none}</style> & more"
    document["risk"]["additional_information"] = "x" * 1_500
    referral = story.submit(document)
    text = printed(story.practitioner, referral["href"])
    assert "<script" not in text
    assert text.count("<style>") == 1
    assert "{{ 7 * 7 }}" in unescape(text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "overflow-wrap: anywhere" in text
    assert f"<bdi>{'x' * 1_500}</bdi>" in text


def test_every_value_stands_by_itself(story: Story, referral: Json) -> None:
    text = printed(story.practitioner, referral["href"])
    cells = re.findall(r"<td>(.*?)</td>", text, re.DOTALL)
    assert cells
    assert all(re.fullmatch(r"(<p><bdi>[^<]*</bdi></p>)+", cell.strip()) for cell in cells)


def test_a_referral_with_the_least_is_printed(story: Story) -> None:
    whole = darren_and_toby()
    least = {name: whole[name] for name in ("submission_reference", "person", "referrer", "sharing_basis")}
    referral = story.submit(least | {"destinations": [{"kind": "approved_premises"}]})
    said = printed(story.practitioner, referral["href"])
    assert "Waits for answers" in said or "waits for answers" in said


def test_whoever_sees_too_few_sections_prints_no_document(story: Story, referral: Json) -> None:
    give_sight(theirs(story), CRN, "referrals")
    said = printed(theirs(story), referral["href"])
    assert "What the referral says is not shared with you." in said
    assert "Ellershaw" not in said
    assert "Elm House" in said
    assert "domestic abuse check" not in said


def test_whoever_sees_no_protected_contacts_prints_none(story: Story, referral: Json) -> None:
    give_sight(theirs(story), CRN, *DOCUMENTS)
    read = ok(theirs(story).get(f"{referral['href']}/versions/1"))["document"]
    said = unescape(printed(theirs(story), referral["href"]))
    assert [text for text in texts_of(read) if text not in said] == []
    protected = [
        name
        for one in ok(story.practitioner.get(f"{person_at(CRN)}/contacts"))["items"]
        if one["protected"]
        for name in (one["given_name"], one["phone"])
        if name
    ]
    assert protected
    assert not [name for name in protected if name in said]


def test_a_summary_is_not_found_by_who_may_not_know_the_referral(story: Story, referral: Json) -> None:
    assert theirs(story).get(f"{referral['href']}/summary").status_code == 404


def test_a_destination_prints_exactly_what_it_was_sent(story: Story, referral: Json) -> None:
    part = story.part(referral["id"], "approved_premises")
    premises = story.cast.ap
    said = unescape(printed(premises, part["href"]))
    assert ok(premises.get(part["href"]))["state"] == "received"
    document = ok(premises.get(f"{part['href']}/document"))["document"]
    assert [text for text in texts_of(document) if text not in said] == []
    mine = ok(story.practitioner.get(f"{referral['href']}/versions/1"))["document"]
    beyond = [text for text in texts_of(mine) if text not in texts_of(document)]
    assert beyond
    assert not [text for text in beyond if f"<bdi>{text}</bdi>" in said]


def test_no_destination_prints_a_referral_or_anothers_part(story: Story, referral: Json) -> None:
    other = story.part(referral["id"], "crs", "accommodation")
    assert story.cast.ap.get(f"{other['href']}/summary").status_code == 404
    assert story.cast.ap.get(f"{referral['href']}/summary").status_code == 403


def test_that_a_page_was_printed_is_on_the_record(story: Story, referral: Json) -> None:
    printed(story.practitioner, referral["href"])
    (entry,) = as_owner("SELECT body FROM audit_entry WHERE body LIKE '%waiting_for%'")
    assert {"crn", "person", "household", "risk"} <= set(json.loads(entry["body"])["fields"])

"""Every event that a timeline can show has a sentence in plain English."""

import re
from string import Formatter
from typing import Final

import pytest

from service.events.catalogue import CATALOGUE
from service.events.sentences import EITHER, NOT_ON_TIMELINES, SENTENCES, sentence

_ALWAYS: Final = frozenset({
    "who", "organisation", "person", "destination", "check", "agency", "about", "contact", "address",
    "subject", "recipient", "group", "to_level", "told_them",
})  # fmt: skip
"""What every sentence can say, whatever is known."""


def slots(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_every_event_of_a_timeline_has_a_sentence_and_no_other_has() -> None:
    assert SENTENCES.keys() | NOT_ON_TIMELINES == CATALOGUE.keys()
    assert not SENTENCES.keys() & NOT_ON_TIMELINES


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_a_sentence_is_one_sentence_without_codes(name: str) -> None:
    for template in SENTENCES[name]:
        said = template.format_map(dict.fromkeys(slots(template), "Somebody"))
        assert re.fullmatch(r"[A-Z][A-Za-z',:; -]+\.", said), said
        assert "_" not in said
        assert said.count(".") == 1


@pytest.mark.parametrize("name", sorted(SENTENCES))
def test_the_last_sentence_of_an_event_needs_nothing_that_may_not_be_known(name: str) -> None:
    required = CATALOGUE[name].required
    assert slots(SENTENCES[name][-1]) <= _ALWAYS | required


def test_a_sentence_says_of_a_flag_what_it_means() -> None:
    flags = {
        member
        for name, templates in SENTENCES.items()
        for member, row in CATALOGUE[name].data.items()
        if row.type == "flag" and any(member in slots(one) for one in templates)
    }
    # What is late is said in words of its own.
    assert flags == EITHER.keys() | {"must_acknowledge", "late"}


def test_the_fullest_sentence_is_taken_for_which_everything_is_known() -> None:
    words = {"destination": "Keyring", "reason": "no capacity in time"}
    assert sentence("destination_referral.declined", words) == (
        "Keyring declined the referral: no capacity in time."
    )
    assert sentence("destination_referral.declined", words | {"reason": None}) == (
        "Keyring declined the referral."
    )


def test_what_a_name_looks_like_changes_nothing_of_a_sentence() -> None:
    assert sentence("person.recorded", {"who": "{person}", "person": "{who}"}) == "{person} recorded {who}."

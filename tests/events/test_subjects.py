"""Where the subject of an event is read: every kind has an address, or is named here with the reason."""

import re

import pytest
from flask import Flask

from service.events.catalogue import CATALOGUE
from service.events.subjects import PATHS, href

READ_WITH_SOMETHING_ELSE = {"change_notice", "release_dates"}
"""A change notice is read with its destination referral."""
SUBJECTS = {kind for row in CATALOGUE.values() for kind in row.subjects}


@pytest.mark.parametrize("kind", sorted(SUBJECTS))
def test_whatever_an_event_happens_to_has_an_address(kind: str) -> None:
    assert (href(kind, "one", "whose") is None) == (kind in READ_WITH_SOMETHING_ELSE)


def test_no_address_is_kept_for_what_no_event_happens_to() -> None:
    assert PATHS.keys() <= SUBJECTS


@pytest.mark.parametrize("kind", sorted(PATHS))
def test_every_address_is_an_operation_that_reads(app: Flask, kind: str) -> None:
    reads = {
        re.sub(r"<[^>]+>", "{}", rule.rule)
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
    }
    assert re.sub(r"{\w+}", "{}", PATHS[kind].partition("?")[0]) in reads


@pytest.mark.parametrize("kind", ["person", "contact", "address", "case_holding", "sight", "share_request"])
def test_what_is_read_under_a_record_has_no_address_for_who_may_not_know_the_record(kind: str) -> None:
    assert href(kind, "one") is None

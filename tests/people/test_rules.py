"""Who counts as a child, and what the levels of risk mean to one another."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.people.names import in_doubt, is_known_name, known_names
from service.people.rules import (
    LEVELS,
    RELATIONSHIPS,
    describes,
    details_status,
    highest,
    is_child,
    lowers,
    says_where,
)

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize("relationship", ["child", "step_child", "partners_child", "grandchild", "sibling"])
def test_a_missing_date_of_birth_never_makes_a_child_disappear(relationship: str) -> None:
    assert is_child(relationship, None, None, TODAY)


def test_an_unborn_child_is_a_child() -> None:
    assert is_child("partner", None, date(2026, 6, 1), TODAY)
    assert is_child("unborn_child", None, None, TODAY)


def test_a_date_of_birth_settles_it() -> None:
    eighteen_today = date(2008, 3, 2)
    assert not is_child("child", eighteen_today, None, TODAY)
    assert is_child("partner", date(2008, 3, 3), None, TODAY, stated=False)
    assert not is_child("child", eighteen_today, None, TODAY, stated=True)
    assert is_child("child", date(2008, 2, 29), None, date(2026, 2, 28))
    assert not is_child("child", date(2008, 2, 29), None, date(2026, 3, 1))


def test_without_dates_the_practitioner_settles_it() -> None:
    assert not is_child("sibling", None, None, TODAY, stated=False)
    assert is_child("household_member", None, None, TODAY, stated=True)
    assert not is_child("household_member", None, None, TODAY)


@given(st.sampled_from(sorted(RELATIONSHIPS)), st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_who_was_a_child_yesterday_is_one_on_every_day_before(relationship: str, born: date) -> None:
    if not is_child(relationship, born, None, TODAY):
        assert not is_child(relationship, born, None, date(2027, 3, 2))


def test_complete_details_are_provided_whatever_was_said() -> None:
    assert details_status("not_asked", complete=True) == "provided"
    assert details_status("declined", complete=False) == "declined"
    assert details_status(None, complete=False) == "not_asked"


def test_levels_are_ordered() -> None:
    assert [lowers("high", level) for level in LEVELS] == [True, True, False, False]
    assert not lowers(None, "low")
    assert highest(["low", "very_high", "high"]) == "very_high"
    assert highest(["high", "medium"]) == "high"
    assert highest([]) is None


PLACEHOLDERS = """-|Unknown|unknown.|TBC|tba|N/A|n/k|Not known|X|X.|xx|XXX|J|?|Baby|BABY GIRL|Baby  Boy|(baby)
Girl|boy|Infant|Newborn|Unborn|Unborn baby|*TBC*|'Unknown'|Unnamed|Mother|Mum|anon"""
PLACEHOLDERS_TOO = """Declined|Withheld|Not disclosed|Toddler|Bump|TBD|unk|UKN|OASys|Child 1|Child1|none
Refused
name unknown|No Name Given|Not yet named|not-known|not asked|REDACTED|Twin 1|Twin A|Daughter|Female child
See OASys|K|N K|2 yr old boy|Baby of Kirsty|Toby's mum|Mother of Toby|12"""


@pytest.mark.parametrize("text", PLACEHOLDERS.replace("\n", "|").split("|"))
def test_what_stands_in_place_of_a_name_is_no_name(text: str) -> None:
    assert not is_known_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "\u200b",
        "\u200bUnknown",
        "Un\u00adknown",
        "\u2060-\u2060",
        "\uff35\uff4e\uff4b\uff4e\uff4f\uff57\uff4e",
        "\u3164\u3164",
        "T\u200dB\u200dC",
    ],
)
def test_what_nobody_sees_makes_no_name(text: str) -> None:
    assert not is_known_name(text)


@pytest.mark.parametrize(
    "text", ["Al", "O'Neill", "Ng", "Babette", "Babyak", "Boyd", "Nakita", "Xu", "Girling"]
)
def test_a_short_or_similar_name_is_a_name(text: str) -> None:
    assert is_known_name(text)


@pytest.mark.parametrize("text", PLACEHOLDERS_TOO.replace("\n", "|").split("|"))
def test_words_that_are_no_names_make_none_in_any_order(text: str) -> None:
    assert not is_known_name(text)
    assert known_names(text, text) == (None, None)
    assert known_names(text, "Holdsworth") == (None, "Holdsworth")


REAL = """Son Nguyen|Said Ali|Nil Yilmaz|Jess Child|Jess Null|An Do|Will Young|Shay Given|Xu Na|Hope See
James James|May Day|T.J. Smith|Grace Young|Bao To|Faith Hope"""
IN_DOUBT = {"Son", "Said", "Nil", "Child", "Null", "An", "Do", "Young", "Given", "Na", "See", "To"}


@pytest.mark.parametrize("name", REAL.replace("\n", "|").split("|"))
def test_a_real_name_that_is_a_word_besides_is_kept_and_may_be_in_doubt(name: str) -> None:
    given, family = name.split()
    assert known_names(given, family) == (given, family)
    assert {one for one in (given, family) if in_doubt(one)} == {given, family} & IN_DOUBT


FAMILIES = """Weeks|Still|Husband|Hidden|Boys|Boy|Middle|Babe|Second|First|Four|Six|Time|Moment|File|Form
Father|Mother|Brother|Sister|Daddy|Wife|Void|Missing|Sons|With|For|The|Had|As|By|On"""


@pytest.mark.parametrize("family", FAMILIES.replace("\n", "|").split("|"))
def test_a_family_that_is_called_by_a_word_is_kept_and_in_doubt(family: str) -> None:
    assert known_names("Emma", family) == ("Emma", family)
    assert in_doubt(family, family=True)
    assert is_known_name(family, family=True), "also where it is supplied alone"
    assert known_names(None, family) == known_names(family, family) == (None, None)
    assert known_names("Unknown", family) == (None, None)


def test_whose_mother_somebody_is_makes_no_family_name() -> None:
    for whose in ("Toby's", "Toby\u2019s"):
        assert known_names(whose, "Mum") == (whose, None)


@pytest.mark.parametrize("family", ["Unknown", "TBC", "n/a", "Not known", "Refused", "X", "-", "not given"])
def test_what_says_that_it_is_not_known_is_no_family_name(family: str) -> None:
    assert known_names("Emma", family) == ("Emma", None)


def test_a_name_in_doubt_is_none_without_another() -> None:
    assert (
        known_names("Son", None) == known_names("Son", "Son") == known_names("null", "NULL") == (None, None)
    )
    assert known_names("Son", "Refused") == (None, None)


def test_the_family_name_makes_no_given_name() -> None:
    assert known_names("Baby Holdsworth", "Holdsworth") == (None, "Holdsworth")
    assert known_names("Baby Jane", "Holdsworth") == ("Baby Jane", "Holdsworth")
    assert known_names("James", "James") == ("James", "James")


SAYS_NOTHING = """unknown|Not known.|n/a|N/K|-|?|a child|A young child|baby girl|no description given
Unknown male child|None|not recorded|TBC|to be confirmed|details not known at present|don\u2019t know
Didn't give a name|DOB unknown|mother not known|no fixed abode|un\u00adknown|\u200b"""
SAYS_SOMETHING = """Red hair|about six|a boy in a red coat|child with a limp|goes to Quarry Mount Primary
baby at the flat called Jay|the child is 6|unknown to me but has a scar"""


@pytest.mark.parametrize("text", [None, "", *SAYS_NOTHING.replace("\n", "|").split("|")])
def test_what_says_that_nothing_is_known_describes_nobody(text: str | None) -> None:
    assert not describes(text)


@pytest.mark.parametrize("text", SAYS_SOMETHING.replace("\n", "|").split("|"))
def test_what_somebody_can_be_recognised_by_describes_them(text: str) -> None:
    assert describes(text)


def test_an_address_that_says_nothing_is_nowhere() -> None:
    assert not says_where(["Unknown", "n/a"], None)
    assert not says_where(None, None)
    assert says_where(["9 Cawdor Yard"], None)
    assert says_where(["Unknown"], "LS6 2AA")

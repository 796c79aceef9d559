"""What a text gives away is found however it is spelled, innocent words are left alone; both are measured."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.mentions import WITHHELD, Kind, Matcher, Place, Protected, Somebody
from tests.calls import counted
from tests.mentions.corpus import GIVES_AWAY, INNOCENT, RECORD, false_hits, missed

GUIDE = Path(__file__).parents[2] / "docs" / "case-sharing.md"
MATCHER = Matcher(RECORD)


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(GIVES_AWAY) == len(set(GIVES_AWAY)) == 171
    assert len(INNOCENT) == len(set(INNOCENT)) >= 300


def test_recall_and_false_hits_are_what_the_guide_says() -> None:
    found = len(GIVES_AWAY) - len(missed())
    sentence = (
        f"it finds {found} of {len(GIVES_AWAY)} texts that give something away, "
        f"and takes {len(false_hits())} of {len(INNOCENT)} innocent ones for one"
    )
    assert sentence in " ".join(GUIDE.read_text(encoding="utf-8").split())
    assert found / len(GIVES_AWAY) >= 0.95
    assert len(false_hits()) <= 2


def test_what_is_missed_describes_somebody_without_a_name_or_a_place() -> None:
    assert missed() == [
        "She lives two doors from the primary school in the close.",
        "His former partner, known as Kit, is expecting.",
        "The lady from the bakery who gave evidence is not to be approached.",
    ]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Ellershaw", set()),
        ("Kirsty Ellershaw", {Kind.NAME}),
        ("Sarah", set()),
        ("Sarah Ellershaw", {Kind.NAME}),
        ("Patricia Ellershaw and Sarah Clarke", set()),
        ("Toby Holdsworth", set()),
        ("Mr Holdsworth", {Kind.NAME}),
        ("Manchester", set()),
        ("Larkhill", set()),
        ("14 Larkhill Closer", set()),
        ("14 Larkhill Close", {Kind.WHEREABOUTS}),
        ("112 High St", {Kind.WHEREABOUTS}),
        ("12 High St", set()),
        ("18 Tannery Fold", set()),
        ("Orchard Mews", {Kind.WHEREABOUTS}),
        ("orchard mews", {Kind.WHEREABOUTS}),
        ("Station Road", set()),
        ("Station Road in Keighley", {Kind.WHEREABOUTS}),
        ("12 Station Road", set()),
        ("flat 3, Station Road", {Kind.WHEREABOUTS}),
        ("Ilkley", set()),
        ("Mary-Jane", {Kind.NAME}),
        ("Mary", set()),
        ("Mary Jane Watson", set()),
        ("Ms Smith", set()),
        ("M. Smith", {Kind.NAME}),
        ("D. Ellershaw", set()),
        ("VLO", {Kind.VICTIM_CONTACT}),
        ("MAPPS", {Kind.MAPPA}),
        ("L2 meeting", {Kind.MAPPA}),
        ("L2 English", set()),
        ("graded B1", set()),
        ("Crimestoppers", {Kind.INTELLIGENCE}),
        ("level 2", set()),
        ("level 2 meetings", {Kind.MAPPA}),
        ("level 2 certificate", set()),
        ("MAPP meeting", {Kind.MAPPA}),
        ("Category 3 offender", {Kind.MAPPA}),
        ("category 3 offence", set()),
        ("oh seven seven double oh, nine double oh, one two three", {Kind.PHONE}),
        ("07700 nine hundred, one twenty three", {Kind.PHONE}),
        ("oh seven seven double oh, nine double oh, one two four", set()),
        ("panel", set()),
        ("PPU", {Kind.MAPPA}),
        ("PPU4", set()),
        ("managed at level two", {Kind.MAPPA}),
        ("level two certificate", set()),
        ("Category III offender", {Kind.MAPPA}),
        ("registered sex offender", {Kind.MAPPA}),
        ("SHPO", {Kind.MAPPA}),
        ("subject to notification requirements", {Kind.MAPPA}),
        ("notification requirements", set()),
        ("victim personal statement", {Kind.VICTIM_CONTACT}),
        ("the victim opted in", {Kind.VICTIM_CONTACT}),
        ("he opted in to the gym", set()),
        ("his partner Jo", {Kind.NAME}),
        ("Jo", set()),
        ("Jo MacDonald", {Kind.NAME}),
        ("Jo Mc Donald", {Kind.NAME}),
        ("Mr MacDonald", set()),
        ("Siân O Brien", {Kind.NAME}),
        ("Mary-Jane\nSmith", {Kind.NAME}),
        ("Mary-Jane\r\nSmith", {Kind.NAME}),
        ("Grace\nYoung", {Kind.NAME}),
        ("Grace\n\nYoung", set()),
        ("496 0187", {Kind.PHONE}),
        ("4960187", {Kind.PHONE}),
        ("496 0188", set()),
        ("ends in 0123", {Kind.PHONE}),
        ("ends in 123", set()),
        ("M-A-P-P-A", {Kind.MAPPA}),
        ("SIR from prison security", {Kind.INTELLIGENCE}),
        ("SIRs", {Kind.INTELLIGENCE}),
        ("Sir", set()),
        ("YES SIR", set()),
        ("IR submitted", {Kind.INTELLIGENCE}),
        ("IR camera", set()),
        ("SOCMINT", {Kind.INTELLIGENCE}),
        ("security have told us in confidence", {Kind.INTELLIGENCE}),
        ("police said that he grew in confidence", set()),
        ("told in confidence by the police", {Kind.INTELLIGENCE}),
        ("MOSOVO", {Kind.MAPPA}),
        ("ARMS assessment", {Kind.MAPPA}),
        ("arms assessment", set()),
        ("the sex offenders unit", {Kind.MAPPA}),
        ("level 2/3 meeting", {Kind.MAPPA}),
        ("the Mappa Mundi", set()),
    ],
)
def test_each_rule_by_itself(text: str, kinds: set[Kind]) -> None:
    assert MATCHER.kinds(text) == kinds
    assert MATCHER.kinds(f"He said: {text}, and left.") == kinds


def test_a_street_that_the_person_lives_in_too_is_a_hit_with_its_number_only() -> None:
    home = Place(("9 Larkhill Close", "Manchester"), "M21 9WR")
    here = Matcher(Protected(places=RECORD.places, homes=(home,)))
    assert here.kinds("He lives on Larkhill Close.") == set()
    assert here.kinds("Not to go to 4 Larkhill Close.") == {Kind.WHEREABOUTS}


def test_common_words_may_give_something_away_and_are_never_sure() -> None:
    for text in ("The panel agreed.", "At level 3.", "Intelligence was read.", "Public protection."):
        (hit, *_) = MATCHER.find(text)
        assert not hit.sure


@pytest.mark.parametrize(
    "text", ["KH has moved.", "K.H. has moved.", "He wrote to KAH.", "Mrs H. rang.", "K H rang."]
)
def test_initials_may_give_somebody_away_and_are_never_sure(text: str) -> None:
    (hit, *_) = MATCHER.find(text)
    assert (hit.kind, hit.sure) == (Kind.NAME, False)


@pytest.mark.parametrize("text", ["DE has moved.", "The PO rang.", "Mr K. rang.", "he said kh", "K-H"])
def test_the_persons_own_initials_and_others_are_nobodys(text: str) -> None:
    assert not MATCHER.find(text)


def test_only_whole_sentences_are_left_out_and_the_rest_stays_as_it_is() -> None:
    text = "He works.  Ask Kirsty Holdsworth of 4 Larkhill Close!\nHe drinks. MAPPA knows"
    assert MATCHER.without(text) == f"He works.  {WITHHELD}\nHe drinks. MAPPA knows"
    assert MATCHER.without({"a": ["Kirsty.", 1, None, True], "b": "He."}) == {
        "a": [WITHHELD, 1, None, True],
        "b": "He.",
    }


@given(
    st.lists(
        st.sampled_from(
            ["A. ", "Kirsty ", " m21 9wq ", "4 Larkhill Close", "b\n", "? ", "c", "\u0301", "'s "]
        ),
        max_size=14,
    )
)
def test_nothing_that_is_found_is_left_however_often_it_stands(parts: list[str]) -> None:
    left = MATCHER.without("".join(parts))
    assert not MATCHER.kinds(left)


@pytest.mark.parametrize(
    "words",
    [
        "Kirsty Holdsworth lives on Larkhill Close. ",
        "the panel of the High Street ",
        "kirsti larkhil holdswort m21 ",
        "a\u0315\u0300\u0315\u0300 m a p p ",
        "1 0 7 7 ",
        "Nameak Surnameakx Streetak ",
    ],
)
def test_the_work_grows_with_the_text_and_not_with_the_record(words: str) -> None:
    letters = [a + b for a in "abcde" for b in "klmnopqrst"]
    many = Protected(
        people=tuple(
            Somebody(f"Name{one}", f"Surname{one}x", phones=(f"07700 9001{n:02}",))
            for n, one in enumerate(letters)
        ),
        places=tuple(Place((f"{n} Street{one} Road", "Town"), "M21 9WQ") for n, one in enumerate(letters)),
    )
    costs = []
    for length in (25_000, 50_000, 100_000):
        text = (words * (length // len(words) + 1))[:length]
        with counted() as calls:
            Matcher(many).find(text)
        costs.append(sum(calls.values()))
    small, middle, large = costs
    assert large - middle <= 2.1 * (middle - small) + 2_000
    assert large < 10 * 100_000

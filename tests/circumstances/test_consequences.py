"""What each change in somebody's life sets off, written out again by hand for a practitioner to check."""

import pytest

from service.checks.reasons import told_as
from service.circumstances.consequences import CONSEQUENCES
from service.circumstances.endings import Happened, Stands, stands
from service.circumstances.rules import CHECKS_ABOUT, CONCERN_OF
from service.mentions import Kind, Matcher, Protected
from tests import tables

# checks: the checks raised again (both: police and children's services). review: who owes it, and how soon.
# told: the destinations that learn of it. brings in: who or what comes into the case. from: whether an
# allegation is enough to act on. besides: for whom it is decided whether they
# are told (each partner, or whoever is named), suspended work, or good news.
TABLE = tables.read("""
change                   | checks   | review               | told              | brings in      | to consider | from        | besides
new_relationship         | both     | practitioner routine | mappa             | new_partner    | marac       | alleged     | partner told
resumed_relationship     | both     | practitioner routine | mappa             | partner        | marac       | alleged     | partner told
possible_separation      | police   | practitioner urgent  | mappa             | partner        | mappa marac | alleged     | -
reconciliation           | both     | practitioner routine | mappa             | partner        | marac       | alleged     | partner told
partner_pregnant         | both     | practitioner urgent  | mappa             | partner unborn | marac       | alleged     | partner told
contact_with_child       | children | practitioner urgent  | mappa             | child          | mappa       | alleged     | -
address_proposed         | both     | practitioner routine | mappa             | address        | -           | alleged     | -
address_new              | both     | practitioner urgent  | mappa             | address        | -           | alleged     | -
left_home                | police   | practitioner urgent  | mappa             | -              | -           | alleged     | -
returned_home            | both     | practitioner urgent  | mappa             | -              | -           | alleged     | -
arrest                   | police   | practitioner urgent  | ap cas3 crs mappa | -              | mappa       | alleged     | -
police_call_out          | both     | practitioner urgent  | mappa             | -              | mappa marac | alleged     | -
threat                   | police   | practitioner urgent  | mappa             | -              | mappa marac | alleged     | named told
exclusion_breach         | police   | practitioner urgent  | ap cas3 mappa     | -              | mappa       | established | -
contact_condition_breach | both     | practitioner urgent  | mappa             | -              | mappa marac | alleged     | -
victim_report            | police   | spo urgent           | mappa             | -              | mappa marac | alleged     | -
gang_indication          | police   | practitioner urgent  | mappa             | -              | mappa       | alleged     | -
extremism_indication     | police   | spo urgent           | mappa             | -              | mappa       | alleged     | -
positive_drug_test       | -        | practitioner routine | ap cas3 mappa     | -              | -           | established | -
missed_appointments      | -        | practitioner routine | ap cas3 crs mappa | -              | -           | established | -
reporting_changed        | -        | practitioner routine | ap mappa          | -              | -           | established | -
self_harm                | -        | practitioner urgent  | ap cas3 mappa     | -              | -           | alleged     | -
provider_concern         | -        | practitioner urgent  | mappa             | -              | -           | alleged     | -
premises_concern         | -        | practitioner urgent  | mappa             | -              | -           | alleged     | -
mappa_concern            | -        | practitioner urgent  | -                 | -              | -           | alleged     | -
late_news                | -        | practitioner urgent  | -                 | -              | -           | alleged     | -
report_corrected         | -        | practitioner urgent  | -                 | -              | -           | alleged     | -
recalled                 | -        | spo routine          | ap cas3 crs mappa | -              | -           | established | suspends
released                 | both     | practitioner urgent  | ap cas3 crs mappa | -              | -           | established | -
unlawfully_at_large      | police   | spo urgent           | ap cas3 crs mappa | -              | mappa       | established | -
release_date_changed     | -        | practitioner routine | ap cas3 crs mappa | -              | -           | established | -
hearing_date_changed     | -        | -                    | -                 | -              | -           | established | -
hearing_vacated          | -        | -                    | -                 | -              | -           | established | -
hdc_started              | both     | practitioner routine | ap cas3 crs mappa | -              | -           | established | -
hdc_ended                | -        | practitioner routine | ap cas3 crs mappa | -              | -           | established | -
practitioner_changed     | -        | spo routine          | ap cas3 crs mappa | -              | -           | established | -
area_changed             | both     | spo routine          | ap cas3 crs mappa | -              | -           | established | -
sentence_ending          | -        | practitioner routine | ap cas3 crs mappa | -              | mappa       | established | -
licence_ending           | -        | practitioner routine | ap cas3 crs mappa | -              | mappa       | established | -
supervision_suspended    | -        | spo routine          | ap cas3 crs mappa | -              | -           | established | -
supervision_resumed      | both     | practitioner routine | ap cas3 crs mappa | -              | -           | established | -
order_completed_early    | -        | spo urgent           | ap cas3 crs mappa | -              | mappa       | established | -
died                     | -        | spo urgent           | ap cas3 crs mappa | -              | -           | established | -
death_in_error           | both     | spo urgent           | ap cas3 crs mappa | -              | -           | established | -
mappa_asked              | -        | practitioner routine | -                 | -              | -           | established | -
told_of_protected        | -        | practitioner urgent  | -                 | -              | -           | alleged     | -
rosh_changed             | -        | -                    | -                 | -              | -           | alleged     | -
work_started             | -        | practitioner routine | ap cas3 crs mappa | -              | -           | established | good news
home_settled             | -        | practitioner routine | ap cas3 crs mappa | -              | -           | established | good news
engaging_well            | -        | practitioner routine | -                 | -              | -           | established | good news
abstinent                | -        | practitioner routine | -                 | -              | -           | established | good news
programme_completed      | -        | practitioner routine | -                 | -              | -           | established | good news
protective_support       | -        | practitioner routine | -                 | -              | -           | established | good news
""")  # noqa: E501 - a row of the table is one line

CHECKS = {
    "": (),
    "police": ("police_da",),
    "children": ("childrens_safeguarding",),
    "both": ("police_da", "childrens_safeguarding"),
}


def test_no_change_is_without_a_row_and_no_row_without_a_change() -> None:
    assert list(CONSEQUENCES) == list(TABLE)


@pytest.mark.parametrize("change", TABLE)
def test_a_change_sets_off_what_its_row_says(change: str) -> None:
    row = CONSEQUENCES[change]
    besides = {
        f"{row.disclosure_decision} told": row.disclosure_decision,
        "suspends": row.suspends,
        "good news": row.positive,
    }
    assert {
        "change": change,
        "checks": next(word for word, checks in CHECKS.items() if checks == row.checks),
        "review": f"{row.review.owner} {row.review.urgency}" if row.review else "",
        "told": " ".join(row.notify).replace("approved_premises", "ap"),
        "brings in": " ".join(row.about),
        "to consider": " ".join(row.consider),
        "from": "alleged" if row.alleged_suffices else "established",
        "besides": " ".join(word for word, so in besides.items() if so),
    } == TABLE[change]


def test_who_comes_into_the_case_is_asked_about() -> None:
    assert {about.value: checks for about, checks in CHECKS_ABOUT.items()} == {
        "new_partner": CHECKS["both"],
        "partner": CHECKS["both"],
        "child": CHECKS["children"],
        "unborn": CHECKS["both"],
        "address": CHECKS["both"],
    }


def test_a_report_of_a_destination_counts_as_a_concern_of_its_kind() -> None:
    assert CONCERN_OF == {
        "approved_premises": "premises_concern",
        "cas3": "provider_concern",
        "crs": "provider_concern",
        "mappa": "mappa_concern",
    }


EVERYTHING = frozenset(Kind)


def test_what_gives_away_its_cause_is_told_as_others_are_that_set_off_the_same() -> None:
    causes = Matcher(Protected())
    for kind, row in CONSEQUENCES.items():
        if not causes.kinds(row.words):
            continue
        told = told_as(kind, row.words, EVERYTHING)
        assert not causes.kinds(told.meaning)
        others = [
            other
            for other, its in CONSEQUENCES.items()
            if other != kind and told_as(other, its.words, EVERYTHING) == told
        ]
        assert any(
            (its.checks, its.review and its.review.urgency) == (row.checks, row.review and row.review.urgency)
            and not causes.kinds(its.words)
            for its in map(CONSEQUENCES.__getitem__, others)
        ), kind


IN_PRISON, AT_LARGE = Stands(recalled=True, stopped=True), Stands(stopped=True, out=True)


@pytest.mark.parametrize(
    ("happened", "now"),
    [
        ([], Stands()),
        (["recalled"], IN_PRISON),
        (["recalled", "unlawfully_at_large"], AT_LARGE),
        (["released", "recalled", "unlawfully_at_large"], AT_LARGE),
        (["recalled", "unlawfully_at_large", "recalled"], IN_PRISON),
        (["recalled", "unlawfully_at_large", "released"], Stands(out=True)),
        (["recalled", "supervision_suspended", "released"], Stands(suspended=True, out=True)),
        (["supervision_suspended", "recalled", "supervision_resumed"], IN_PRISON),
        (["unlawfully_at_large"], Stands(out=True)),
        (["died", "death_in_error"], Stands()),
        (["order_completed_early", "recalled"], Stands(recalled=True, stopped=True)),
        (["recalled", "order_completed_early"], Stands(recalled=True, stopped=True, completed=True)),
        (["hdc_started", "hdc_ended"], Stands(curfew_ended=True)),
        (["hdc_ended", "hdc_started"], Stands()),
    ],
)
def test_how_somebody_stands_by_what_has_happened(happened: list[str], now: Stands) -> None:
    assert stands(map(Happened, happened)) == now


def test_what_waits_is_planned_for_once_the_day_of_release_is_known() -> None:
    planned = Stands(recalled=True)
    assert stands([Happened("recalled", planned=True)]) == planned
    assert stands([Happened("recalled"), Happened("release_date_changed", planned=True)]) == planned
    assert stands([Happened("release_date_changed", planned=True), Happened("recalled")]) == IN_PRISON

"""What an operator registers of organisations: never stolen, never misspelt, and nothing lost."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from service import db
from service.demo import cast as demo
from service.organisations.queries import organisation_by_code
from service.registration import permitted
from service.timers import policy_versions
from tests.cast import PARTS, Caller
from tests.commands.conftest import OPERATOR, Operator
from tests.people.factories import as_owner
from tests.referrals.samples import darren_and_toby

Entries = Callable[..., Sequence[dict[str, Any]]]
KEYRING = "crs_provider/keyring"


# Who answers for what


@pytest.mark.parametrize(
    ("part", "kind", "code"),
    [
        ("crs", "crs_provider", "second"),
        ("police", "police_force", "second"),
        ("council", "local_authority", "E08000036"),
    ],
)
def test_a_duty_that_another_organisation_has_is_not_taken_from_it(
    operate: Operator, part: str, kind: str, code: str
) -> None:
    holder = PARTS[part]
    ((duty, area),) = holder.duties
    said = operate.refused(
        "organisations", "register", kind, code, "Second", "--answers-for", f"{duty}@{area}"
    )
    assert f"{holder.kind}/{holder.code} answers for {duty}@{area}" in said
    assert operate.shown("organisations", "show", f"{holder.kind}/{holder.code}")["duties"] == [
        f"{duty}@{area}"
    ]
    assert f"no {kind}/{code} is registered" in operate.refused("organisations", "show", f"{kind}/{code}")


def test_a_duty_is_taken_over_with_a_reason_that_stands_on_the_trail(
    operate: Operator, entries: Entries
) -> None:
    operate.done(
        *(
            "organisations",
            "register",
            "crs_provider",
            "second",
            "Second",
            "--answers-for",
            "crs:accommodation@N55",
        ),
        *("--take-over", "--reason", "contract 2026/17 has passed to them"),
    )
    assert operate.shown("organisations", "show", "crs_provider/second")["duties"] == [
        "crs:accommodation@N55"
    ]
    assert operate.shown("organisations", "show", KEYRING)["duties"] == []
    (entry,) = entries("override")
    assert entry["object"] == {"kind": "responsibility", "id": "crs:accommodation@N55"}
    assert entry["reason"] == (
        "crs_provider/second takes over from crs_provider/keyring: contract 2026/17 has passed to them"
    )
    assert entry["actor"]["practitioner"] == {"id": OPERATOR, "role": "operator"}


@pytest.mark.parametrize(
    "reason", [[], ["--reason", "   "], ["--reason", "two\nlines"], ["--reason", "x" * 201]]
)
def test_a_duty_is_not_taken_over_without_a_reason_of_one_line(operate: Operator, reason: list[str]) -> None:
    operate.done("organisations", "register", "crs_provider", "second", "Second")
    operate.refused(
        "organisations", "add-duty", "crs_provider/second", "crs:accommodation@N55", "--take-over", *reason
    )
    assert operate.shown("organisations", "show", KEYRING)["duties"] == ["crs:accommodation@N55"]


def _ids(caller: Caller, path: str) -> list[str]:
    (listed,) = [member for member in caller.get(path).get_json().values() if isinstance(member, list)]
    return [one["id"] for one in listed]


def test_what_has_been_sent_stays_with_the_organisation_it_was_sent_to(operate: Operator) -> None:
    officer, keyring = operate.cast.probation.as_practitioner(), operate.cast.crs
    police, other = operate.cast.police, operate.cast.other_police
    assert officer.post("/v1/referrals", json=darren_and_toby()).status_code == 201
    referrals, checks = "/v1/destination-referrals", "/v1/check-requests"
    seen = ((keyring, referrals), (police, checks), (other, checks))
    before = [_ids(*each) for each in seen]
    assert all(before[:2])
    for kind, code, duty in (
        ("crs_provider", "forward-work", "crs:accommodation@N55"),
        ("police_force", "greater-manchester", "police_da@west-yorkshire"),
    ):
        operate.done(
            *("organisations", "register", kind, code, "--answers-for", duty),
            *("--take-over", "--reason", "the contract has passed to them"),
        )
    assert [_ids(*each) for each in seen] == before


def test_what_waited_for_an_organisation_goes_out_when_it_is_registered(operate: Operator) -> None:
    officer = operate.cast.probation.as_practitioner()
    duties = (
        ("crs_provider/keyring", "crs:accommodation@N55"),
        (
            "police_force/west-yorkshire",
            "police_da@west-yorkshire",
        ),
    )
    for organisation, duty in duties:
        operate.done("organisations", "remove-duty", organisation, duty)
    submitted = officer.post("/v1/referrals", json=darren_and_toby()).get_json()
    (waits,) = (part for part in submitted["destinations"] if part["service_category"] == "accommodation")
    asked = officer.get("/v1/check-requests").get_json()["items"]
    assert waits["state"] == "incomplete"
    assert {one["area"]: one["state"] for one in asked}["west-yorkshire"] == "awaiting_details"
    for organisation, duty in duties:
        operate.done("organisations", "add-duty", organisation, duty)
    assert officer.get(waits["href"]).get_json()["state"] == "sent"
    assert _ids(operate.cast.crs, "/v1/destination-referrals") == [waits["id"]]
    asked = officer.get("/v1/check-requests").get_json()["items"]
    assert {one["area"]: one["state"] for one in asked}["west-yorkshire"] == "requested"


def test_what_an_organisation_answers_for_already_is_no_take_over(
    operate: Operator, entries: Entries
) -> None:
    operate.done("organisations", "add-duty", KEYRING, "crs:accommodation@N55")
    assert entries("override") == []


def test_a_duty_is_removed_by_whoever_has_it_alone(operate: Operator) -> None:
    other = "crs_provider/forward-work"
    assert "does not answer" in operate.refused(
        "organisations", "remove-duty", other, "crs:accommodation@N55"
    )
    operate.done("organisations", "remove-duty", KEYRING, "crs:accommodation@N55")
    operate.done("organisations", "add-duty", other, "crs:accommodation@N55")


@pytest.mark.parametrize(
    ("organisation", "duty", "said"),
    [
        (KEYRING, "banana@N55", "crs:accommodation"),
        (KEYRING, "crs:banana@N55", "crs:accommodation"),
        (KEYRING, "police_da@west-yorkshire", "is for a police_force"),
        ("approved_premises/elm-house", "police_da@west-yorkshire", "may answer for: approved_premises"),
        ("cas3_team/cas3-yorkshire", "approved_premises@N55", "may answer for: cas3"),
        ("police_force/west-yorkshire", "childrens_services@E08000035", "may answer for: police_da"),
        ("oversight/data-protection", "cas3@N55", "may answer for: none"),
        (KEYRING, "crs:accommodation@N99", "N03, N07"),
        (KEYRING, "crs:accommodation@Yorkshire", "N03, N07"),
        (KEYRING, "crs:accommodation", "crs:accommodation@AREA"),
        (KEYRING, "crs:accommodation@", "crs:accommodation@AREA"),
        (KEYRING, "crs:accommodation@national", "in the whole country"),
        ("local_authority/E08000035", "childrens_services@leeds", "E08000035"),
        ("local_authority/E08000035", "childrens_services@E99999999", "E08000035"),
        ("local_authority/E08000035", "childrens_services@S12000033", "of England or Wales"),
        ("local_authority/E08000035", "childrens_services@E0800003\u0665", "E08000035"),
        ("police_force/west-yorkshire", "police_da@West Yorkshire", "west-yorkshire"),
        ("police_force/west-yorkshire", "police_da@west-yorkshir", "west-yorkshire"),
        ("police_force/west-yorkshire", "police_da@london", "metropolitan"),
        ("police_force/west-yorkshire", "police_da@", "city-of-london"),
    ],
)
def test_a_duty_or_area_that_no_referral_or_check_would_find_is_refused_with_the_list(
    operate: Operator, organisation: str, duty: str, said: str
) -> None:
    before = operate.shown("organisations", "show", organisation)
    assert said in operate.refused("organisations", "add-duty", organisation, duty)
    assert operate.shown("organisations", "show", organisation) == before


@pytest.mark.parametrize("part", demo.PARTS.values(), ids=demo.PARTS)
def test_everybody_in_the_demonstration_could_be_registered_by_an_operator(part: demo.Part) -> None:
    permitted.check_code(part.kind, part.code)
    for duty, area in part.duties:
        permitted.check_duty(part.kind, duty, area or "")
    for role in part.roles:
        permitted.check_role(part.kind, part.code, role)


# Codes, kinds and roles


@pytest.mark.parametrize(
    ("kind", "code", "said"),
    [
        ("charity", "x", "crs_provider"),
        ("service", "x", "crs_provider"),
        ("probation_region", "N99", "N03, N07"),
        ("probation_region", "n55", "N03, N07"),
        ("local_authority", "leeds", "E08000035"),
        ("local_authority", "E99999999", '"E99999999" cannot be the code of a local_authority'),
        ("local_authority", "E07000032", "with children's services"),
        ("police_force", "West Yorkshire", "west-yorkshire"),
        ("crs_provider", "x" * 61, "west-yorkshire"),
        ("crs_provider", "-", "west-yorkshire"),
    ],
)
def test_a_kind_or_code_that_nobody_would_look_for_is_refused_with_what_it_must_be(
    operate: Operator, kind: str, code: str, said: str
) -> None:
    assert said in operate.refused("organisations", "register", kind, code, "Somebody")


@pytest.mark.parametrize(
    ("organisation", "role", "said"),
    [
        (KEYRING, "dutty_manager", "duty_manager, on_call_officer, unit_manager"),
        (KEYRING, "spo", "duty_manager, on_call_officer, unit_manager"),
        ("police_force/west-yorkshire", "regional_director", "partnership_board"),
        ("probation_region/N55", "duty_manager", "practitioner, spo, pdu_head"),
        ("oversight/data-protection", "spo", "it has none"),
    ],
)
def test_a_role_that_no_escalation_climbs_to_is_refused_with_the_list(
    operate: Operator, organisation: str, role: str, said: str
) -> None:
    assert said in operate.refused("organisations", "set-role", organisation, role, "x")
    kind, code = organisation.split("/")
    assert said in operate.refused("organisations", "register", kind, code, "--role", f"{role}=x")


def test_role_holders_are_set_for_the_whole_or_a_unit_shown_and_removed(operate: Operator) -> None:
    region = "probation_region/N55"
    operate.done("organisations", "set-role", region, "spo", "l.finch", "s.o'brien", "--unit", "Leeds")
    operate.done(
        "organisations", "register", "probation_region", "N55", "--role", "spo=one", "--role", "spo=two"
    )
    spo = [role for role in operate.shown("organisations", "show", region)["roles"] if role["role"] == "spo"]
    assert {(role["unit"], role["holder"]) for role in spo} == {
        ("Leeds", "l.finch"), ("Leeds", "s.o'brien"), (None, "one"), (None, "two"),
    }  # fmt: skip
    operate.done("organisations", "remove-role", region, "spo", "--unit", "Leeds")
    assert "no one holds spo" in operate.refused(
        "organisations", "remove-role", region, "spo", "--unit", "Leeds"
    )
    assert "s.o'brien" not in operate.done("organisations", "show", region)


def test_only_probation_has_units_because_nothing_else_is_told_by_unit(operate: Operator) -> None:
    said = operate.refused("organisations", "set-role", KEYRING, "duty_manager", "x", "--unit", "Leeds")
    assert "only a probation region has units" in said


@pytest.mark.parametrize("holder", ["", " ", "a\nb", "x" * 201, "\u202e"])
def test_a_holder_is_one_visible_line(operate: Operator, holder: str) -> None:
    operate.refused("organisations", "set-role", KEYRING, "duty_manager", holder)


# What is not given is kept


def test_registering_again_changes_only_what_is_given(operate: Operator) -> None:
    operate.done("organisations", "register", "crs_provider", "keyring", "--division", "northern-ireland")
    operate.done("organisations", "set-hours", KEYRING, "mon-fri=08:00-16:00", "sat=10:00-12:00")
    operate.done("organisations", "set-hours", KEYRING, "--bank-holidays", "open")
    operate.done("organisations", "add-closure", KEYRING, "2026-12-24", "2026-08-03")
    before = operate.shown("organisations", "show", KEYRING)
    operate.done("organisations", "register", "crs_provider", "keyring", "Keyring Homes")
    assert operate.shown("organisations", "show", KEYRING) == before | {"name": "Keyring Homes"}
    operate.done("organisations", "register", "crs_provider", "keyring")
    assert operate.shown("organisations", "show", KEYRING) == before | {"name": "Keyring Homes"}


def test_a_new_organisation_has_a_name(operate: Operator) -> None:
    assert "give its name" in operate.refused("organisations", "register", "crs_provider", "second")


# Hours and closures, and the calendars that clocks count by


def _calendar() -> Any:
    """Return the document that a clock of the provider would count by if it started now."""
    with db.transaction("owner") as session:
        found = organisation_by_code(session, "crs_provider", "keyring")
        assert found is not None
        return policy_versions.calendar(session, policy_versions.calendar_for(session, found.id))


def test_hours_and_closures_are_those_that_new_clocks_count_by(operate: Operator) -> None:
    first = _calendar()
    operate.done("organisations", "set-hours", KEYRING, "mon-thu=10:00-12:00", "fri=shut", "sun=00:00-24:00")
    hours = _calendar()
    assert hours is not first
    operate.done("organisations", "add-closure", KEYRING, "2026-03-04")
    shown = operate.shown("organisations", "show", KEYRING)
    assert shown["office_hours"].startswith("mon=10:00-12:00")
    assert "fri=" not in shown["office_hours"]
    assert shown["closures"] == ["2026-03-04"]
    operate.done("organisations", "remove-closure", KEYRING, "2026-03-04")
    operate.done("organisations", "set-hours", KEYRING, "--usual")
    versions = as_owner(
        "SELECT version, document FROM calendar WHERE organisation_id IS NOT NULL ORDER BY version"
    )
    assert [row["version"] for row in versions] == [1, 2, 3, 4]
    assert versions[0]["document"]["office_hours"]["sun"] == ["00:00", "24:00"]
    assert versions[1]["document"]["closures"] == ["2026-03-04"]
    assert versions[2]["document"]["closures"] == []
    assert sorted(versions[3]["document"]["office_hours"]) == ["fri", "mon", "thu", "tue", "wed"]


def test_hours_that_have_once_been_its_own_follow_a_later_release_of_the_calendar(operate: Operator) -> None:
    operate.done("organisations", "set-hours", KEYRING, "mon=08:00-12:00")
    operate.done("organisations", "set-hours", KEYRING, "--usual")
    operate.done("organisations", "register", "crs_provider", "keyring", "--division", "scotland")
    (last,) = as_owner(
        "SELECT document FROM calendar WHERE organisation_id IS NOT NULL ORDER BY version DESC LIMIT 1"
    )
    assert last["document"]["division"] == "scotland"


@pytest.mark.parametrize(
    "given",
    [
        ["mon=9-5"],
        ["mon=17:00-09:00"],
        ["mon=25:00-26:00"],
        ["monday=09:00-17:00"],
        ["fri-mon=09:00-17:00"],
        ["mon-sun=shut"],
        ["mon"],
        [],
    ],
)
def test_hours_that_cannot_be_read_change_nothing(operate: Operator, given: list[str]) -> None:
    before = operate.shown("organisations", "show", KEYRING)
    operate.refused("organisations", "set-hours", KEYRING, *given)
    assert operate.shown("organisations", "show", KEYRING) == before


@pytest.mark.parametrize("day", ["2026-02-30", "24/12/2026", "20261224", "christmas"])
def test_a_closure_is_a_day(operate: Operator, day: str) -> None:
    assert "2026-12-24" in operate.refused("organisations", "add-closure", KEYRING, day)


def test_a_closure_that_is_not_there_is_not_removed(operate: Operator) -> None:
    assert "2026-12-24" in operate.refused("organisations", "remove-closure", KEYRING, "2026-12-24")


# Listing


def test_organisations_are_listed_as_text_and_as_json(operate: Operator) -> None:
    text = operate.done("organisations", "list", "--kind", "police_force")
    assert "police_force/west-yorkshire  West Yorkshire Police  police_da@west-yorkshire\n" in text
    assert "keyring" not in text
    listed = operate.shown("organisations", "list")
    assert {f"{one['kind']}/{one['code']}" for one in listed} == {
        f"{one.kind}/{one.code}" for one in PARTS.values()
    }
    assert "E08000035" in operate.refused("organisations", "show", "local_authority/leeds")


@pytest.mark.parametrize("written", ["cas3-yorkshire", "cas3_team", "cas3_team/", ""])
def test_an_organisation_is_named_by_kind_and_code(operate: Operator, written: str) -> None:
    for command in (["show"], ["add-closure", "2026-12-24"]):
        said = operate.refused("organisations", command[0], written, *command[1:])
        assert "as KIND/CODE" in said


# The trail


def test_everything_an_operator_does_is_on_the_trail_by_fields_and_not_by_values(
    operate: Operator, entries: Entries
) -> None:
    operate.done("organisations", "register", "crs_provider", "second", "Second", "--division", "scotland")
    operate.done("organisations", "set-role", "crs_provider/second", "duty_manager", "pat.lee")
    operate.done("organisations", "set-role", "probation_region/N55", "spo", "s.okafor", "--unit", "Leeds")
    operate.done("organisations", "set-hours", "crs_provider/second", "mon=09:00-12:00")
    operate.done("organisations", "add-duty", "crs_provider/second", "crs:accommodation@N54")
    operate.done("organisations", "remove-duty", "crs_provider/second", "crs:accommodation@N54")
    operate.done("organisations", "list")
    left = Counter(
        (one["verb"], one["object"]["kind"], one.get("reason"), *one.get("fields", ())) for one in entries()
    )
    assert left == {
        ("alteration", "organisation", "organisation_registered", "division", "name"): 1,
        ("alteration", "organisation", "role_holders_set", "roles.duty_manager"): 1,
        ("alteration", "organisation", "role_holders_set", "roles.spo@Leeds"): 1,
        ("alteration", "organisation", "organisation_registered", "office_hours"): 1,
        ("key_event", "calendar", "published"): 1,
        ("alteration", "organisation", "duty_registered", "duties.crs:accommodation@N54"): 1,
        ("alteration", "organisation", "duty_removed", "duties.crs:accommodation@N54"): 1,
        ("consultation", "organisation", None): 1,
    }
    assert "pat.lee" not in str(entries())
    assert {one["actor"]["strength"] for one in entries()} == {"command_line"}
    assert {one["actor"]["client_id"] for one in entries()} == {"service/registration"}


def test_organisations_are_listed_by_what_they_answer_for(operate: Operator) -> None:
    police = operate.done("organisations", "list", "--duty", "police_da", "--area", "west-yorkshire")
    assert police == "police_force/west-yorkshire  West Yorkshire Police  police_da@west-yorkshire\n"
    assert "banana" in operate.refused("organisations", "list", "--duty", "banana")


def test_what_can_be_answered_for_is_listed_with_the_areas(operate: Operator) -> None:
    lines = dict(line.split("  ", 1) for line in operate.done("organisations", "duties").splitlines())
    assert lines["cas3"].startswith("cas3_team  N03 N07")
    assert lines["childrens_services"].startswith("local_authority  E06000001 E06000002")
    assert {one["duty"] for one in operate.shown("organisations", "duties")} == lines.keys()


def test_a_county_answers_for_its_districts(operate: Operator) -> None:
    named = ("local_authority", "E10000007", "Derbyshire County Council")
    for area in ("E10000007", "E07000034"):
        operate.done("organisations", "register", *named, "--answers-for", f"childrens_services@{area}")
    shown = operate.shown("organisations", "show", "local_authority/E10000007")
    assert shown["duties"] == ["childrens_services@E07000034", "childrens_services@E10000007"]


def test_areas_are_listed_with_the_delivery_units_of_each_region(operate: Operator) -> None:
    lines = operate.done("organisations", "areas", "--kind", "region").splitlines()
    assert len(lines) == 12
    assert lines[7].startswith("region  N55  Yorkshire and the Humber  Barnsley and Rotherham; Bradford")
    assert len(operate.shown("organisations", "areas")) == 12 + 42 + 46 + 339


def test_what_an_organisation_may_know_of_is_set_and_shown(operate: Operator) -> None:
    premises = ("approved_premises", "elm-house")
    assert "may know of: none" in operate.done("organisations", "show", "/".join(premises))
    operate.done("organisations", "register", *premises, "--may-know-of-mappa", "--may-know-of-victims")
    assert "may know of: mappa; victims" in operate.done("organisations", "show", "/".join(premises))
    operate.done("organisations", "register", *premises, "Elm House")
    operate.done("organisations", "register", *premises, "--may-not-know-of-victims")
    assert "may know of: mappa\n" in operate.done("organisations", "show", "/".join(premises))

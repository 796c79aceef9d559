"""Children and mothers go to children's services by name, or by what identifies them, and to nobody else."""

from typing import Any

import pytest

from tests.journeys.driver import Json, Story, ok
from tests.referrals import samples
from tests.rows import person_at

pytestmark = pytest.mark.long

CRN, LEEDS = "X320744", "E08000035"
HERS: Json = {
    "ref": "hers",
    "kind": "other",
    "lines": ["9 Cawdor Yard", "Leeds"],
    "postcode": "LS6 2AA",
    "police_force": "west-yorkshire",
    "local_authority": LEEDS,
    "contact_ref": "ex",
}
EX: Json = {
    "ref": "ex",
    "relationship": "ex_partner",
    "given_name": "Marisol",
    "family_name": "Quennell",
    "date_of_birth": "1994-11-02",
    "details_status": "provided",
}
UNBORN: Json = {
    "ref": "baby",
    "relationship": "unborn_child",
    "due_date": "2026-07-30",
    "details_status": "provided",
}
GIRL: Json = {
    "ref": "girl",
    "relationship": "other_child",
    "given_name": "Ottoline",
    "family_name": "Quennell",
    "date_of_birth": "2017-04-09",
    "local_authority": LEEDS,
    "details_status": "provided",
}
NOBODY: Json = {
    "ref": "girl",
    "relationship": "other_child",
    "local_authority": LEEDS,
    "details_status": "not_asked",
}
LADDER_OVER = {"days": 8}


def submitted(story: Story, *contacts: Json, addresses: tuple[Json, ...] = (), **person: Any) -> Json:
    """Submit a case with these contacts; return the referral.

    Args:
        person: members of the person's own that are other than those of the sample.
    """
    document = samples.toby("CHI-1")
    document["person"] |= person
    document["household"] = {
        "children": "yes" if contacts else "no",
        "contacts": [dict(one) for one in contacts],
    }
    document["addresses"] = [document["addresses"][0], *addresses]
    return story.submit(document)


def only_request(story: Story, referral: Json) -> Json:
    (request,) = story.requests(referral["id"], "childrens_safeguarding")
    return request


def asked(story: Story, request: Json) -> dict[str, Json]:
    """Return what the council reads of each contact, by relationship."""
    read = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))
    return {one["relationship"]: one for one in read["document"]["contacts"]}


def missing(request: Json) -> set[str]:
    return {one["detail"] for one in request["missing"]}


def told_to_others(story: Story, referral: Json) -> str:
    """Return everything that the provider and the police can read of a case."""
    part = story.part(referral["id"], "crs", "accommodation")
    story.take_on(story.cast.crs, part["id"])
    found = [story.document(story.cast.crs, part["id"]), story.feed(story.cast.crs)]
    to_police = ok(story.cast.police.get("/v1/check-requests"))["items"]
    found += [ok(story.cast.police.get(f"/v1/check-requests/{one['id']}")) for one in to_police]
    return str([*found, story.feed(story.cast.police), story.feed(story.cast.council)])


def test_a_child_who_is_a_victim_is_named_to_the_council_and_to_nobody_else(story: Story) -> None:
    referral = submitted(story, GIRL | {"is_victim": True, "is_child": True})
    request = only_request(story, referral)
    assert request["state"] == "requested"
    read = asked(story, request)["other_child"]
    assert (read["given_name"], read["family_name"], read["date_of_birth"]) == (
        "Ottoline",
        "Quennell",
        "2017-04-09",
    )
    assert read["identified_by"] == []
    assert not {"Ottoline", "Quennell"} & set(told_to_others(story, referral).replace("'", " ").split())


@pytest.mark.parametrize("home", ["known", "not known"])
def test_an_unborn_childs_mother_is_named_though_she_is_an_ex_partner(story: Story, home: str) -> None:
    unborn = UNBORN | ({} if home == "known" else {"local_authority": LEEDS, "mother_ref": "ex"})
    lives = {"lives_at": "hers"} if home == "known" else {}
    addresses = (HERS,) if home == "known" else ()
    referral = submitted(story, EX | lives, unborn | lives, addresses=addresses)
    request = only_request(story, referral)
    assert (request["state"], request["missing"]) == ("requested", [])
    mother = asked(story, request)["ex_partner"]
    assert (mother["given_name"], mother["date_of_birth"]) == ("Marisol", "1994-11-02")
    part = story.part(referral["id"], "crs", "accommodation")
    told = str([story.take_on(story.cast.crs, part["id"]), story.feed(story.cast.crs)])
    for secret in ("Marisol", "Quennell", "Cawdor"):
        assert secret not in told


@pytest.mark.parametrize("is_named", [True, False])
def test_the_mother_of_a_child_who_is_born_is_told_with_the_child(story: Story, *, is_named: bool) -> None:
    nameless = {
        "ref": "ex",
        "relationship": "ex_partner",
        "details_status": "not_asked",
        "estimated_age": 30,
        "description": "Red hair",
    }
    mother = EX if is_named else nameless
    referral = submitted(story, mother, GIRL | {"mother_ref": "ex"})
    # The child has a name: nothing of hers is waited for.
    request = only_request(story, referral)
    assert (request["state"], request["missing"]) == ("requested", [])
    read = asked(story, request)
    assert read["other_child"]["mother_id"] == read["ex_partner"]["id"]
    assert read["other_child"]["parents"] == [{"kind": "contact", "id": read["ex_partner"]["id"]}]
    told = read["ex_partner"]
    if is_named:
        assert (told["given_name"], told["date_of_birth"]) == ("Marisol", "1994-11-02")
    else:
        assert told["identified_by"] == [
            "former partner of Toby Marchbanks",
            "about 30 years old",
            "Red hair",
        ]


def test_a_mother_stays_told_once_her_child_is_born(story: Story) -> None:
    referral = submitted(story, EX, UNBORN | {"local_authority": LEEDS, "mother_ref": "ex"})
    request = only_request(story, referral)
    born = {"given_name": "Ottoline", "family_name": "Quennell", "date_of_birth": "2026-03-01"}
    story.supply(CRN, story.contact(CRN, "baby"), **born)
    read = asked(story, request)
    assert read["unborn_child"]["given_name"] == "Ottoline"
    assert read["unborn_child"]["mother_id"] == read["ex_partner"]["id"]
    assert read["ex_partner"]["given_name"] == "Marisol"


def test_an_ex_partner_in_the_same_authority_is_not_taken_for_the_mother(story: Story) -> None:
    referral = submitted(story, EX | {"local_authority": LEEDS}, UNBORN | {"local_authority": LEEDS})
    request = only_request(story, referral)
    assert (request["state"], missing(request)) == ("awaiting_details", {"mother"})
    assert story.inbox(story.cast.council) == []
    story.supply(CRN, story.contact(CRN, "baby"), mother_id=story.contact(CRN, "ex")["id"])
    assert only_request(story, referral)["state"] == "requested"
    assert (
        "mother: Marisol Quennell, born 2 November 1994"
        in asked(story, request)["unborn_child"]["identified_by"]
    )


def test_the_record_says_which_of_two_is_the_mother_and_only_she_is_named(story: Story) -> None:
    other = EX | {"ref": "other", "relationship": "partner", "given_name": "Imelda"}
    unborn = UNBORN | {"local_authority": LEEDS}
    referral = submitted(story, EX, other, unborn)
    request = only_request(story, referral)
    assert (request["state"], missing(request)) == ("awaiting_details", {"mother"})
    story.supply(CRN, story.contact(CRN, "baby"), mother_id=story.contact(CRN, "ex")["id"])
    read = asked(story, request)
    assert set(read) == {"unborn_child", "ex_partner"}
    assert read["unborn_child"]["mother_id"] == read["ex_partner"]["id"]


HERSELF: Json = {
    "sex": "female",
    "name": {"given": "Kimberley", "family": "Marsh"},
    "date_of_birth": "1995-05-01",
}
OWN_HOME: Json = {
    "ref": "home",
    "kind": "current",
    "lines": ["2 Marrow Ginnel", "Leeds"],
    "postcode": "LS7 3BB",
    "police_force": "west-yorkshire",
    "local_authority": LEEDS,
}


def test_a_woman_on_probation_is_the_mother_of_the_child_she_expects(story: Story) -> None:
    # The man at her home is not taken for the mother.
    partner = EX | {"ref": "him", "relationship": "partner", "lives_at": "home"}
    referral = submitted(story, partner, UNBORN, addresses=(OWN_HOME,), **HERSELF)
    request = only_request(story, referral)
    assert (request["state"], request["missing"]) == ("requested", [])
    told = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))["document"]
    (baby,), (home,) = told["contacts"], told["addresses"]
    assert (baby["mother_id"], baby["lives_at"]) == (told["person"]["id"], home["id"])
    assert baby["parents"] == [{"kind": "person", "id": told["person"]["id"]}]
    assert (told["person"]["given_name"], told["person"]["date_of_birth"]) == ("Kimberley", "1995-05-01")
    assert baby["identified_by"][0] == "unborn child of Kimberley Marsh"
    assert "mother: Kimberley Marsh, born 1 May 1995" in baby["identified_by"]


def test_another_mother_who_is_named_is_the_mother_of_a_womans_unborn_child(story: Story) -> None:
    unborn = UNBORN | {"local_authority": LEEDS, "mother_ref": "ex"}
    request = only_request(story, submitted(story, EX, unborn, **HERSELF))
    read = asked(story, request)
    assert read["unborn_child"]["mother_id"] == read["ex_partner"]["id"]
    assert read["unborn_child"]["parents"] == [{"kind": "contact", "id": read["ex_partner"]["id"]}]


def test_the_pregnant_partner_of_a_woman_is_the_mother_of_her_own_child(story: Story) -> None:
    partner = {**EX, "relationship": "partner", "local_authority": LEEDS}
    referral = submitted(story, addresses=(OWN_HOME,), **HERSELF)
    story.report_change(CRN, "partner_pregnant", contacts=[partner])
    (request,) = (one for one in story.requests(referral["id"], "childrens_safeguarding") if one["sent_at"])
    read = asked(story, request)
    assert read["unborn_child"]["mother_id"] == read["partner"]["id"]
    assert read["unborn_child"]["parents"] == [{"kind": "contact", "id": read["partner"]["id"]}]


def test_a_pregnant_woman_of_whom_no_date_of_birth_is_known_is_found_at_her_home_in_the_end(
    story: Story,
) -> None:
    herself = HERSELF | {"date_of_birth": "1900-01-01"}
    referral = submitted(story, UNBORN, addresses=(OWN_HOME,), **herself)
    assert missing(only_request(story, referral)) == {"date_of_birth"}
    story.wait(**LADDER_OVER)
    assert only_request(story, referral)["state"] == "requested"


def test_a_bare_due_date_never_goes_out_and_goes_on_climbing(story: Story) -> None:
    referral = submitted(story, UNBORN | {"local_authority": LEEDS})
    assert missing(only_request(story, referral)) == {"mother"}
    story.wait(days=25)
    request = only_request(story, referral)
    assert (request["state"], missing(request)) == ("awaiting_details", {"mother"})
    steps = {
        one["data"]["step"] for one in story.timeline(referral["id"]) if one["subject"]["id"] == request["id"]
        if "step" in one["data"]
    }  # fmt: skip
    assert {"pdu_head", "repeat_1"} <= steps
    assert story.inbox(story.cast.council) == []


@pytest.mark.parametrize("late", [False, True], ids=["authority known", "authority known later"])
def test_an_unborn_child_in_danger_waits_for_no_mother_once_the_authority_is_known(
    story: Story, *, late: bool
) -> None:
    referral = submitted(story, UNBORN if late else UNBORN | {"local_authority": LEEDS})
    story.report_change(CRN, "threat", standing="alleged")
    if late:
        assert story.inbox(story.cast.council) == []
        story.supply(CRN, story.contact(CRN, "baby"), local_authority=LEEDS)
    request = only_request(story, referral)
    assert (request["state"], missing(request)) == ("requested", {"mother"})
    told = ok(story.cast.council.get(f"/v1/check-requests/{request['id']}"))["document"]
    (baby,) = told["contacts"]
    assert baby["due_date"] == "2026-07-30"
    assert baby["identified_by"] == ["unborn child of the family of Toby Marchbanks"]


def test_a_mother_without_a_name_is_described_once_the_ask_by_time_is_over(story: Story) -> None:
    mother = {
        "ref": "her",
        "relationship": "partner",
        "details_status": "not_asked",
        "estimated_age": 30,
        "description": "Red hair, drives a blue van",
    }
    referral = submitted(story, mother, UNBORN | {"local_authority": LEEDS, "mother_ref": "her"})
    request = only_request(story, referral)
    assert (request["state"], missing(request)) == ("awaiting_details", {"name"})
    story.wait(**LADDER_OVER)
    assert only_request(story, referral)["state"] == "requested"
    read = asked(story, request)
    assert read["partner"]["identified_by"] == [
        "partner of Toby Marchbanks",
        "about 30 years old",
        "Red hair, drives a blue van",
    ]
    assert "mother: about 30 years old, Red hair, drives a blue van" in read["unborn_child"]["identified_by"]
    assert "Red hair" not in told_to_others(story, referral)


PLACEHOLDERS: list[dict[str, Any]] = [
    {"given_name": "Unknown", "family_name": "-", "date_of_birth": "1900-01-01"},
    {"given_name": "TBC", "family_name": "not known", "date_of_birth": "1901-01-01"},
    {"given_name": "N/K", "family_name": "unknown."},
    {"given_name": "X", "family_name": "X"},
    {"given_name": "Baby", "family_name": "Girl"},
]


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_what_stands_in_place_of_a_name_is_not_known(story: Story, placeholder: dict[str, Any]) -> None:
    referral = submitted(story, NOBODY | {"relationship": "child"} | placeholder)
    request = only_request(story, referral)
    assert missing(request) == {"name", "date_of_birth"}
    story.wait(days=2)
    assert story.inbox(story.cast.council) == [], "the practitioner is asked first"
    story.wait(**LADDER_OVER)
    read = asked(story, request)["child"]
    assert (read["given_name"], read["family_name"], read["date_of_birth"]) == (None, None, None)
    assert read["identified_by"] == ["child of Toby Marchbanks"]


IDENTIFIES: list[tuple[dict[str, Any], str]] = [
    ({"estimated_age": 6}, "about 6 years old"),
    ({"description": "Wears a red school coat"}, "Wears a red school coat"),
    ({"lives_at": "hers"}, "lives at 9 Cawdor Yard, Leeds, LS6 2AA"),
    ({"mother_ref": "ex"}, "mother: Marisol Quennell, born 2 November 1994"),
]


@pytest.mark.parametrize(("known", "said"), IDENTIFIES)
def test_a_child_without_a_name_is_asked_about_by_what_is_known(
    story: Story, known: dict[str, Any], said: str
) -> None:
    referral = submitted(story, NOBODY | known, EX, addresses=(HERS,))
    request = only_request(story, referral)
    assert request["state"] == "awaiting_details"
    story.wait(**LADDER_OVER)
    assert asked(story, request)["other_child"]["identified_by"] == ["in contact with Toby Marchbanks", said]


def test_a_child_of_whom_nothing_is_known_waits_and_climbs(story: Story) -> None:
    referral = submitted(story, NOBODY)
    story.wait(days=20)
    request = only_request(story, referral)
    assert request["state"] == "awaiting_details"
    assert [clock["overdue"] for clock in request["clocks"] if clock["timer"] == "ask"] == [True]

    # Whatever is learned then goes out at once: the time to ask is over.
    story.supply(CRN, story.contact(CRN, "girl"), description="Wears a red school coat")
    assert only_request(story, referral)["state"] == "requested"


def test_alleged_danger_does_not_wait_for_a_name(story: Story) -> None:
    referral = submitted(story, NOBODY | {"description": "Wears a red school coat"})
    request = only_request(story, referral)
    story.report_change(CRN, "work_started")
    assert only_request(story, referral)["state"] == "awaiting_details"
    story.report_change(CRN, "threat", standing="alleged", source="anonymous")
    assert only_request(story, referral)["state"] == "requested"
    assert "Wears a red school coat" in asked(story, request)["other_child"]["identified_by"]


ALLEGED: Json = {"standing": "alleged", "source": "anonymous"}


def put_on_record(story: Story, child: Json) -> None:
    story.report_change(CRN, "contact_with_child", contacts=[dict(child)])


@pytest.mark.parametrize(
    ("kind", "said"), [("threat", {}), ("provider_concern", {}), ("arrest", {"urgent": True})]
)
def test_a_child_recorded_while_danger_stands_does_not_wait_for_a_name(
    story: Story, kind: str, said: Json
) -> None:
    referral = submitted(story)
    story.report_change(CRN, kind, **ALLEGED, **said)
    put_on_record(story, NOBODY | {"description": "Wears a red school coat"})
    (request,) = (one for one in story.requests(referral["id"], "childrens_safeguarding") if one["sent_at"])
    assert "Wears a red school coat" in asked(story, request)["other_child"]["identified_by"]


def test_what_is_urgent_by_its_kind_alone_is_no_danger(story: Story) -> None:
    submitted(story)
    story.report_change(CRN, "arrest", **ALLEGED)
    put_on_record(story, NOBODY | {"description": "Wears a red school coat"})
    assert story.inbox(story.cast.council) == []


def test_a_child_recorded_when_danger_was_found_to_be_nothing_waits_for_a_name(story: Story) -> None:
    submitted(story)
    alleged = story.report_change(CRN, "threat", **ALLEGED)
    story.refute(CRN, alleged, details="The prison says that he was in his cell that day.")
    put_on_record(story, NOBODY | {"description": "Wears a red school coat"})
    assert story.inbox(story.cast.council) == []


@pytest.mark.parametrize("says_nothing", ["unknown", "Not known.", "n/a", "A child"])
def test_a_description_that_says_nothing_identifies_nobody(story: Story, says_nothing: str) -> None:
    referral = submitted(story, NOBODY | {"description": says_nothing})
    story.report_change(CRN, "threat", **ALLEGED)
    assert only_request(story, referral)["state"] == "awaiting_details"
    assert story.inbox(story.cast.council) == []


def test_a_home_that_says_nothing_identifies_nobody_and_is_not_told_as_one(story: Story) -> None:
    nowhere = {**HERS, "lines": ["Not known"], "contact_ref": None}
    nowhere = {name: value for name, value in nowhere.items() if name not in {"postcode", "contact_ref"}}
    referral = submitted(story, NOBODY | {"lives_at": "hers"}, addresses=(nowhere,))
    story.report_change(CRN, "threat", **ALLEGED)
    assert only_request(story, referral)["state"] == "awaiting_details"
    story.supply(CRN, story.contact(CRN, "girl"), description="Wears a red school coat")
    said = asked(story, only_request(story, referral))["other_child"]["identified_by"]
    assert said == ["in contact with Toby Marchbanks", "Wears a red school coat"]


def test_a_name_learned_after_asking_reaches_the_council(story: Story) -> None:
    referral = submitted(story, NOBODY | {"description": "Wears a red school coat"})
    story.report_change(CRN, "threat", standing="alleged", source="anonymous")
    request = only_request(story, referral)
    assert missing(request) == {"name", "date_of_birth"}, "probation still sees what nobody knows"
    path = f"/v1/check-requests/{request['id']}"
    before = story.cast.council.get(path).headers["ETag"]
    story.supply(
        CRN,
        story.contact(CRN, "girl"),
        given_name="Ottoline",
        family_name="Quennell",
        date_of_birth="2017-04-09",
    )
    assert story.cast.council.get(path).headers["ETag"] != before
    assert asked(story, request)["other_child"]["given_name"] == "Ottoline"
    (told,) = story.told(story.cast.council, "check_request.question_changed")
    assert told["data"]["because"] == "corrected"
    assert missing(only_request(story, referral)) == set()


def test_a_name_and_an_address_are_enough_when_nobody_knows_the_date_of_birth(story: Story) -> None:
    named = GIRL | {"lives_at": "hers"}
    del named["date_of_birth"]
    asked_for = named | {"details_status": "unknown"}
    referral = submitted(story, asked_for, EX, addresses=(HERS,))
    assert only_request(story, referral)["state"] == "requested"


def test_the_mother_of_a_child_is_a_contact_on_record(story: Story) -> None:
    submitted(story, GIRL)
    girl = story.contact(CRN, "girl")
    refused = story.practitioner.patch(
        f"{person_at(CRN)}/contacts/{girl['id']}",
        json={"mother_id": "7b1c7b0e-3d3c-4a53-9a0e-3f7f7f1b7a11"},
        if_match=girl["etag"],
    )
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.get_json()["errors"]] == ["/mother_id"]


@pytest.mark.parametrize(
    "of_hers",
    [{"relationship": "victim", "is_child": True}, {"relationship": "other_child", "is_victim": True}],
)
def test_a_child_who_is_a_victim_reaches_the_council_as_a_child(story: Story, of_hers: Json) -> None:
    document = samples.toby("V-1")
    girl = {
        "ref": "girl",
        "given_name": "Ottoline",
        "family_name": "Quennell",
        "date_of_birth": "2017-04-09",
        "local_authority": "E08000035",
        "details_status": "provided",
        **of_hers,
    }
    document["household"] = {"children": "yes", "contacts": [girl]}
    document["addresses"] = document["addresses"][:1]
    referral = story.submit(document)
    (asked,) = story.requests(referral["id"], "childrens_safeguarding")
    (shown,) = ok(story.cast.council.get(f"/v1/check-requests/{asked['id']}"))["document"]["contacts"]
    assert (shown["relationship"], shown["given_name"]) == ("other_child", "Ottoline")

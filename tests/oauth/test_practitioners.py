"""A case system acts for a named practitioner, and only for its own staff."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from service import clock
from service.access.actor import Practitioner
from service.demo.cast import PDU
from service.oauth.client_side import JWT_TOKEN_TYPE, PRACTITIONER_TYPE, TOKEN_EXCHANGE
from tests.cast import OTHER_REGION, Caller, Cast
from tests.noticeboard import claims_of
from tests.people.factories import GROUNDS
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at

Ask = Callable[..., TestResponse]


def shah(cast: Cast) -> Practitioner:
    return Practitioner("p.shah", "Priya Shah", "practitioner", cast.probation.code, PDU)


def exchange(caller: Caller, subject_token: str, **more: str) -> dict[str, str]:
    """An exchange that is good but for its subject token and what is added."""
    form = caller.signer.token_form(clock.now())
    return (
        form
        | {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": subject_token,
            "subject_token_type": JWT_TOKEN_TYPE,
        }
        | more
    )


def vouched(caller: Caller, typ: str = PRACTITIONER_TYPE, **changed: Any) -> str:
    """A practitioner assertion that is good but for what is changed."""
    about = {"sub": "p.shah", "name": "Priya Shah", "role": "practitioner", "region": caller.code}
    return caller.signer.sign(typ, claims_of(caller, clock.now().timestamp(), **(about | changed)))


def refused(answer: TestResponse, error: str = "invalid_grant") -> None:
    assert (answer.status_code, answer.get_json()["error"]) == (400, error), answer.text


def test_the_token_names_the_practitioner_and_the_system_that_acts(cast: Cast, ask: Ask) -> None:
    answer = ask(cast.probation.signer.token_form(clock.now(), practitioner=shah(cast))).get_json()
    assert answer["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    jwks = cast.probation.app.test_client().get("/.well-known/jwks.json").get_json()
    claims = jwt.decode(answer["access_token"], KeySet.import_key_set(jwks), algorithms=["ES256"]).claims
    assert claims["sub"] == "p.shah"
    assert claims["act"] == {"sub": cast.probation.client_id}
    assert claims["client_id"] == cast.probation.client_id
    assert claims["practitioner"] == {
        "name": "Priya Shah",
        "role": "practitioner",
        "region": cast.probation.code,
        "pdu": PDU,
    }
    assert claims["exp"] - claims["iat"] == 300


def test_an_assertion_about_a_practitioner_works_once(cast: Cast, ask: Ask) -> None:
    about = vouched(cast.probation)
    assert ask(exchange(cast.probation, about)).status_code == 200
    refused(ask(exchange(cast.probation, about)))


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt", "at+jwt"])
def test_no_other_token_is_taken_for_an_assertion_about_a_practitioner(
    cast: Cast, ask: Ask, typ: str
) -> None:
    refused(ask(exchange(cast.probation, vouched(cast.probation, typ))))


def test_an_access_token_is_not_an_assertion(cast: Cast, ask: Ask) -> None:
    refused(ask(exchange(cast.probation, cast.probation.as_practitioner().token())))


def test_an_assertion_about_a_practitioner_lives_two_minutes_at_most(cast: Cast, ask: Ask) -> None:
    now = int(clock.now().timestamp())
    assert ask(exchange(cast.probation, vouched(cast.probation, exp=now + 120))).status_code == 200
    refused(ask(exchange(cast.probation, vouched(cast.probation, exp=now + 121))))


def test_one_region_cannot_vouch_with_the_word_of_another(cast: Cast, ask: Ask) -> None:
    refused(ask(exchange(cast.probation, vouched(cast.stranger))))


@pytest.mark.parametrize(
    "changed",
    [
        {"region": OTHER_REGION},
        {"region": None},
        {"role": "magistrate"},
        {"role": None},
        {"role": "inspector"},
        {"role": ["spo"]},
        {"name": None},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 201},
        {"name": "a\x00b"},
        {"name": "a\nb"},
        {"name": "Priya\u202eShah"},
        {"name": "Priya\u200bShah"},
        {"name": "Priya\U000e0041"},
        {"name": "Priya\ufe00"},
        {"name": "a" + "\u0300" * 9},
        {"name": "\u3164"},
        {"pdu": "Leeds\u2066"},
        {"name": 7},
        {"sub": None},
        {"sub": ""},
        {"sub": "two words"},
        {"pdu": ""},
        {"pdu": None, "aud": "https://elsewhere.test"},
        {"aud": ["https://referrals.test"]},
        {"iss": "somebody-else"},
        {"jti": None},
    ],
    ids=str,
)
def test_what_is_said_of_a_practitioner_is_checked(cast: Cast, ask: Ask, changed: dict[str, Any]) -> None:
    refused(ask(exchange(cast.probation, vouched(cast.probation, **changed))))


@pytest.mark.parametrize("name", ["Si\u00f4n O\u2019Neill", "Nguye\u0302\u0303n", "\u0645\u062d\u0645\u062f"])
def test_a_practitioner_has_the_name_they_have(cast: Cast, ask: Ask, name: str) -> None:
    assert ask(exchange(cast.probation, vouched(cast.probation, name=name))).status_code == 200


@pytest.mark.parametrize("part", ["ap", "cas3", "crs", "mappa", "police", "council"])
def test_a_partner_names_its_own_officers_and_no_practitioner(cast: Cast, ask: Ask, part: str) -> None:
    partner = cast.callers[part]
    refused(ask(exchange(partner, vouched(partner))), "invalid_grant")
    officer = partner.as_practitioner("d.osei", "officer", pdu=None)
    assert officer.token()


def test_an_inspector_can_be_named(cast: Cast, ask: Ask) -> None:
    named = cast.oversight.as_practitioner("i.moss", "inspector", pdu=None)
    assert named.get("/v1/audit/entries").status_code == 200
    last = named.get("/v1/audit/entries", verb="audit_read").get_json()["items"][0]
    assert last["actor"]["practitioner"] == {"id": "i.moss", "role": "inspector"}


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:access_token"}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"audience": "https://elsewhere.test"}, "invalid_target"),
        ({"resource": "https://elsewhere.test"}, "invalid_target"),
        ({"scope": "oversight"}, "invalid_scope"),
    ],
)
def test_nothing_else_can_be_exchanged_for(cast: Cast, ask: Ask, more: dict[str, str], error: str) -> None:
    refused(ask(exchange(cast.probation, vouched(cast.probation), **more)), error)


def test_the_client_itself_must_sign_too(cast: Cast, ask: Ask) -> None:
    form = exchange(cast.probation, vouched(cast.probation))
    del form["client_assertion"]
    assert ask(form).status_code == 401


def test_an_assertion_of_the_practitioner_expires(cast: Cast, ask: Ask) -> None:
    early = clock.now() - timedelta(minutes=5)
    refused(ask(exchange(cast.probation, cast.probation.signer.practitioner_assertion(shah(cast), early))))


@pytest.mark.parametrize("name", ["s.o'brien", "d'arcy-o'neil@probation.example", "'"])
def test_a_practitioner_is_known_by_the_id_that_the_case_system_has_for_them(cast: Cast, name: str) -> None:
    officer, colleague = (cast.probation.as_practitioner(each) for each in (name, "p.shah"))
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    submitted = officer.post("/v1/referrals", json=document)
    assert submitted.status_code == 201, submitted.text
    referral = f"/v1/referrals/{submitted.get_json()['id']}"
    assert officer.get(referral).status_code == 200
    assert colleague.get(referral).status_code == 404, "the limits of a case are compared by the whole id"
    assert officer.get("/v1/events").status_code == 200
    story = officer.get(f"{referral}/timeline").get_json()["items"]
    assert name in {entry["by"]["practitioner"] for entry in story}
    (read, *_) = (
        cast.oversight.as_practitioner("d.po", "data_protection_officer")
        .get("/v1/audit/entries", practitioner_id=name)
        .get_json()["items"]
    )
    assert read["actor"]["practitioner"] == {"id": name, "role": "practitioner"}


def test_somebody_in_capitals_is_nobody_else(cast: Cast) -> None:
    document = darren_and_toby()
    document["person"]["restricted_record"] = True
    submitted = cast.probation.as_practitioner("p.shah").post("/v1/referrals", json=document)
    assert submitted.status_code == 201, submitted.text
    referral = submitted.get_json()["href"]
    for spelling in ("P.Shah", "P.SHAH", "p.shah"):
        assert cast.probation.as_practitioner(spelling).get(referral).status_code == 200
    story = cast.probation.as_practitioner("P.Shah").get(f"{referral}/timeline").get_json()["items"]
    assert {entry["by"]["practitioner"] for entry in story} <= {"p.shah", None}
    auditor = cast.oversight.as_practitioner("D.PO", "data_protection_officer")
    for spelling in ("P.Shah", "p.shah"):
        (read, *_) = auditor.get("/v1/audit/entries", practitioner_id=spelling).get_json()["items"]
        assert read["actor"]["practitioner"]["id"] == "p.shah"


@pytest.mark.parametrize("spelling", ["P.Shah", "P.SHAH", "p.shaH"])
@pytest.mark.parametrize("role", ["spo", "pdu_head", "regional_director"])
def test_capitals_do_not_make_a_second_pair_of_eyes(cast: Cast, spelling: str, role: str) -> None:
    own = cast.probation.as_practitioner("p.shah")
    referral = own.post("/v1/referrals", json=darren_and_toby()).get_json()
    (check, *_) = own.get("/v1/checks", referral_id=referral["id"]).get_json()["items"]
    manager = cast.probation.as_practitioner(spelling, role)
    seen = manager.get(check["href"])
    assert seen.get_json()["allowed_transitions"] == []
    decision = {"decision": "not_required", "reason": "It is my own case."}
    refused = manager.post(f"{check['href']}/decisions", json=decision, if_match=seen.headers["ETag"])
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case"), refused.text
    lowered = {
        "kind": "rosh_changed",
        "occurred_on": clock.today().isoformat(),
        "source": "practitioner",
        "standing": "established",
        "rosh": {
            "group": "public",
            "level": "low",
            "reason": "Calmer.",
            "evidence": "His word.",
            "grounds": GROUNDS,
        },
    }
    person = person_at(referral["crn"])
    refused = manager.post(f"{person}/changes-of-circumstance", json=lowered)
    assert (refused.status_code, refused.get_json()["type"]) == (403, "/problems/own-case"), refused.text


@pytest.mark.parametrize("name", ["s.o\u2019brien", 's."o"brien', "s.o`brien", "s;o'brien", "s. o'brien", ""])
def test_the_id_of_a_practitioner_has_no_other_punctuation(cast: Cast, ask: Ask, name: str) -> None:
    refused(ask(exchange(cast.probation, vouched(cast.probation, sub=name))))


def test_a_client_has_no_apostrophe_in_its_id(cast: Cast, ask: Ask) -> None:
    claims = claims_of(cast.probation, clock.now().timestamp(), iss="s.o'brien", sub="s.o'brien")
    form = cast.probation.signer.token_form(clock.now()) | {
        "client_assertion": cast.probation.signer.sign("client-authentication+jwt", claims)
    }
    answer = ask(form)
    assert (answer.status_code, answer.get_json()["error"]) == (401, "invalid_client")

"""One table of acts, done by a command and by a call: the same is taken or refused, with the same trail."""

from typing import Final

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.cast import Caller, key_of
from tests.commands.conftest import OPERATOR, Operator
from tests.registration.people import REGISTRAR
from tests.registration.ways import CLIENT, HOOK, PROVIDER, Act, Ways, jwk, length_of_trail, trail_since

assert OPERATOR == REGISTRAR

FIRST, OTHER = OKPKey.generate_key("Ed25519"), ECKey.generate_key("P-256")
ONE = f"organisations/{PROVIDER}"
NEW_CLIENT = ("clients", "register", "new-system", PROVIDER, "--name", "New", "--key", "KEY")
NEW_BODY = {"organisation": PROVIDER, "name": "New"}
WEBHOOK = ("webhooks", "register", PROVIDER, HOOK)


def _organisation(reason: str, fields: str) -> tuple[str, ...]:
    return ("alteration", "organisation", fields, reason)


def _client(client: str, reason: str, fields: str) -> tuple[str, ...]:
    return ("key_event", "client", client, fields, reason)


PUBLISHED = ("key_event", "calendar", "", "published")
KID = FIRST.thumbprint()
OF_THE_CAST = key_of(CLIENT).thumbprint()

TAKEN: Final[dict[str, tuple[Act, list[tuple[str, ...]]]]] = {
    "a new organisation": (
        Act(
            ("organisations", "register", "crs_provider", "second", "Second"),
            *("put", "organisations/crs_provider/second", {"name": "Second"}),
        ),
        [_organisation("organisation_registered", "name")],
    ),
    "a first administration beside this one": (
        Act(
            ("organisations", "register", "administration", "second", "Second"),
            *("put", "organisations/administration/second", {"name": "Second"}),
        ),
        [_organisation("organisation_registered", "name")],
    ),
    "another name": (
        Act(
            ("organisations", "register", *PROVIDER.split("/"), "Keyring Homes"),
            "put",
            ONE,
            {"name": "Keyring Homes"},
        ),
        [_organisation("organisation_registered", "name")],
    ),
    "nothing new": (
        Act(("organisations", "register", *PROVIDER.split("/")), "put", ONE, {}),
        [_organisation("organisation_registered", "")],
    ),
    "that it may know of victims": (
        Act(
            ("organisations", "register", *PROVIDER.split("/"), "--may-know-of-victims"),
            *("put", ONE, {"may_know_of_victims": True}),
        ),
        [_organisation("organisation_registered", "may_know_of_victims")],
    ),
    "that premises may know of MAPPA": (
        Act(
            ("organisations", "register", "approved_premises", "elm-house", "--may-know-of-mappa"),
            *("put", "organisations/approved_premises/elm-house", {"may_know_of_mappa": True}),
        ),
        [_organisation("organisation_registered", "may_know_of_mappa")],
    ),
    "that a police force may not know of MAPPA": (
        Act(
            ("organisations", "register", "police_force", "west-yorkshire", "--may-not-know-of-mappa"),
            *("put", "organisations/police_force/west-yorkshire", {"may_know_of_mappa": False}),
        ),
        [_organisation("organisation_registered", "may_know_of_mappa")],
    ),
    "hours": (
        Act(
            ("organisations", "set-hours", PROVIDER, "mon-sun=shut", "tue=08:30-12:00"),
            *("put", ONE, {"office_hours": [{"day": "tue", "opens": "08:30", "closes": "12:00"}]}),
        ),
        [_organisation("organisation_registered", "office_hours"), PUBLISHED],
    ),
    "closures": (
        Act(
            ("organisations", "add-closure", PROVIDER, "2026-12-24"),
            *("put", ONE, {"closures": ["2026-12-24"]}),
        ),
        [_organisation("organisation_registered", "office_hours"), PUBLISHED],
    ),
    "another nation's bank holidays, with hours of its own": (
        Act(
            ("organisations", "register", *PROVIDER.split("/"), "--division", "scotland"),
            *("put", ONE, {"division": "scotland"}),
            before=(("organisations", "add-closure", PROVIDER, "2026-12-24"),),
        ),
        [_organisation("organisation_registered", "division"), PUBLISHED],
    ),
    "a duty": (
        Act(
            ("organisations", "add-duty", PROVIDER, "crs:accommodation@N54"),
            *("put", f"{ONE}/duties/crs:accommodation/N54"),
        ),
        [_organisation("duty_registered", "duties.crs:accommodation@N54")],
    ),
    "a duty of another's, taken over": (
        Act(
            (
                *("organisations", "add-duty", "crs_provider/forward-work", "crs:accommodation@N55"),
                *("--take-over", "--reason", "contract 2026/17"),
            ),
            *("put", "organisations/crs_provider/forward-work/duties/crs:accommodation/N55"),
            {"take_over": "contract 2026/17"},
        ),
        [
            _organisation("duty_registered", "duties.crs:accommodation@N55"),
            (
                *("override", "responsibility", "crs:accommodation@N55", "organisation_id"),
                "crs_provider/forward-work takes over from crs_provider/keyring: contract 2026/17",
            ),
        ],
    ),
    "a duty no more": (
        Act(
            ("organisations", "remove-duty", PROVIDER, "crs:accommodation@N55"),
            *("delete", f"{ONE}/duties/crs:accommodation/N55", None),
        ),
        [_organisation("duty_removed", "duties.crs:accommodation@N55")],
    ),
    "an organisation no more, with its client and its duty": (
        Act(
            ("organisations", "remove", PROVIDER),
            *("delete", ONE, None),
        ),
        [
            _organisation("organisation_removed", "duties.crs:accommodation@N55,ended_at"),
            _client(CLIENT, "client_removed", "ended_at,status"),
        ],
    ),
    "an organisation that was removed, again": (
        Act(
            ("organisations", "register", *PROVIDER.split("/"), "Keyring Homes"),
            *("put", ONE, {"name": "Keyring Homes"}),
            before=(("organisations", "remove", PROVIDER),),
        ),
        [_organisation("organisation_registered", "ended_at,name")],
    ),
    "a client no more": (
        Act(("clients", "remove", CLIENT), "delete", f"clients/{CLIENT}", None),
        [_client(CLIENT, "client_removed", "ended_at,status")],
    ),
    "an endpoint no more": (
        Act(("webhooks", "remove", "ENDPOINT"), "delete", "webhooks/ENDPOINT", None, before=(WEBHOOK,)),
        [("key_event", "webhook", "", "webhook_removed")],
    ),
    "a new client": (
        Act(NEW_CLIENT, "put", "clients/new-system", NEW_BODY, key=jwk(FIRST)),
        [_client("new-system", "client_registered", ""), _client("new-system", "key_added", f"keys.{KID}")],
    ),
    "a new client with a key in PEM": (
        Act(NEW_CLIENT, "put", "clients/new-system", NEW_BODY, key=FIRST.as_pem(private=False)),
        [_client("new-system", "client_registered", ""), _client("new-system", "key_added", f"keys.{KID}")],
    ),
    "a limit of a client": (
        Act(
            ("clients", "register", CLIENT, PROVIDER, "--requests-per-minute", "60"),
            *("put", f"clients/{CLIENT}", {"organisation": PROVIDER, "requests_per_minute": 60}),
        ),
        [_client(CLIENT, "client_registered", "requests_per_minute")],
    ),
    "a second key": (
        Act(
            ("clients", "register", CLIENT, PROVIDER, "--key", "KEY"),
            *("put", f"clients/{CLIENT}", {"organisation": PROVIDER}),
            key=jwk(OTHER),
        ),
        [
            _client(CLIENT, "client_registered", ""),
            _client(CLIENT, "key_added", f"keys.{OTHER.thumbprint()}"),
        ],
    ),
    "a key retired": (
        Act(
            ("clients", "retire-key", CLIENT, OF_THE_CAST),
            *("post", f"clients/{CLIENT}/transitions", {"action": "retire_key", "kid": OF_THE_CAST}),
        ),
        [_client(CLIENT, "key_retired", f"keys.{OF_THE_CAST}")],
    ),
    "a key denied": (
        Act(
            ("clients", "deny-key", CLIENT, OF_THE_CAST),
            *("post", f"clients/{CLIENT}/transitions", {"action": "deny_key", "kid": OF_THE_CAST}),
        ),
        [_client(CLIENT, "key_denied", f"keys.{OF_THE_CAST}")],
    ),
    "a client denied": (
        Act(("clients", "deny", CLIENT), "post", f"clients/{CLIENT}/transitions", {"action": "deny"}),
        [_client(CLIENT, "client_denied", "status")],
    ),
    "a client allowed": (
        Act(
            ("clients", "allow", CLIENT, "--reason", "new keys"),
            *("post", f"clients/{CLIENT}/transitions", {"action": "allow", "reason": "new keys"}),
            before=(("clients", "deny", CLIENT),),
        ),
        [_client(CLIENT, "client_allowed: new keys", "status")],
    ),
    "a webhook": (
        Act(WEBHOOK, "post", "webhooks", {"organisation": PROVIDER, "url": HOOK}),
        [("key_event", "webhook", "", "webhook_registered")],
    ),
    "a webhook with new keys": (
        Act(
            ("webhooks", "rotate", "ENDPOINT"),
            *("post", "webhooks/ENDPOINT/transitions", {"action": "rotate"}),
            before=(WEBHOOK,),
        ),
        [("key_event", "webhook", "", "webhook_key_rotated")],
    ),
    "a webhook no more": (
        Act(
            ("webhooks", "disable", "ENDPOINT"),
            *("post", "webhooks/ENDPOINT/transitions", {"action": "disable"}),
            before=(WEBHOOK,),
        ),
        [("key_event", "webhook", "", "webhook_disabled")],
    ),
}
"""Each act with the entries that it leaves: verb, kind and id of the object, fields, reason."""

REFUSED: Final[dict[str, tuple[Act, int, str]]] = {
    "an unknown kind": (
        Act(
            ("organisations", "register", "charity", "x", "X"),
            "put",
            "organisations/charity/x",
            {"name": "X"},
        ),
        *(422, '"charity" is not a kind of organisation: administration, approved_premises'),
    ),
    "the service itself": (
        Act(
            ("organisations", "register", "service", "x", "X"),
            "put",
            "organisations/service/x",
            {"name": "X"},
        ),
        *(422, '"service" is not a kind of organisation'),
    ),
    "an unknown region": (
        Act(
            ("organisations", "register", "probation_region", "N99", "X"),
            *("put", "organisations/probation_region/N99", {"name": "X"}),
        ),
        *(422, '"N99" cannot be the code of a probation_region: it must be the code of a region: N03, N07'),
    ),
    "a duty of an organisation that was removed": (
        Act(
            ("organisations", "add-duty", PROVIDER, "crs:accommodation@N54"),
            *("put", f"{ONE}/duties/crs:accommodation/N54"),
            before=(("organisations", "remove", PROVIDER),),
        ),
        *(409, "crs_provider/keyring has been removed: register it again first"),
    ),
    "hours of an organisation that was removed": (
        Act(
            ("organisations", "add-closure", PROVIDER, "2026-12-24"),
            *("put", ONE, {"closures": ["2026-12-24"]}),
            before=(("organisations", "remove", PROVIDER),),
        ),
        *(409, "crs_provider/keyring has been removed: give its name to register it again"),
    ),
    "a client of an organisation that was removed": (
        Act(
            NEW_CLIENT,
            *("put", "clients/new-system", NEW_BODY),
            key=jwk(FIRST),
            before=(("organisations", "remove", PROVIDER),),
        ),
        *(409, "crs_provider/keyring has been removed"),
    ),
    "an endpoint of an organisation that was removed": (
        Act(
            WEBHOOK,
            *("post", "webhooks", {"organisation": PROVIDER, "url": HOOK}),
            before=(("organisations", "remove", PROVIDER),),
        ),
        *(409, "crs_provider/keyring has been removed"),
    ),
    "an organisation twice": (
        Act(
            ("organisations", "remove", PROVIDER),
            *("delete", ONE, None),
            before=(("organisations", "remove", PROVIDER),),
        ),
        *(409, "crs_provider/keyring has been removed"),
    ),
    "a client that was removed": (
        Act(
            ("clients", "register", CLIENT, PROVIDER, "--name", "Again"),
            *("put", f"clients/{CLIENT}", {"organisation": PROVIDER, "name": "Again"}),
            before=(("clients", "remove", CLIENT),),
        ),
        *(409, "keyring-system has been removed: register another client"),
    ),
    "allowing a client that was removed": (
        Act(
            ("clients", "allow", CLIENT, "--reason", "x"),
            *("post", f"clients/{CLIENT}/transitions", {"action": "allow", "reason": "x"}),
            before=(("clients", "remove", CLIENT),),
        ),
        *(409, "keyring-system has been removed: register another client"),
    ),
    "an endpoint that was removed": (
        Act(
            ("webhooks", "rotate", "ENDPOINT"),
            *("post", "webhooks/ENDPOINT/transitions", {"action": "rotate"}),
            before=(WEBHOOK, ("webhooks", "remove", "ENDPOINT")),
        ),
        *(409, "has been removed: register its address again"),
    ),
    "no name the first time": (
        Act(
            ("organisations", "register", "crs_provider", "second"),
            "put",
            "organisations/crs_provider/second",
        ),
        *(422, "crs_provider/second is not registered yet: give its name"),
    ),
    "a provider that may know of MAPPA": (
        Act(
            ("organisations", "register", *PROVIDER.split("/"), "--may-know-of-mappa"),
            *("put", ONE, {"may_know_of_mappa": True}),
        ),
        *(422, "a crs_provider may never know of MAPPA"),
    ),
    "hours that end before they begin": (
        Act(
            ("organisations", "set-hours", PROVIDER, "mon=17:00-09:00"),
            *("put", ONE, {"office_hours": [{"day": "mon", "opens": "17:00", "closes": "09:00"}]}),
        ),
        *(422, ""),
    ),
    "an unknown duty": (
        Act(("organisations", "add-duty", PROVIDER, "banana@N55"), "put", f"{ONE}/duties/banana/N55"),
        *(422, '"banana" is not a duty; a crs_provider may answer for: crs:accommodation'),
    ),
    "a duty of another kind of organisation": (
        Act(
            ("organisations", "add-duty", PROVIDER, "police_da@west-yorkshire"),
            *("put", f"{ONE}/duties/police_da/west-yorkshire"),
        ),
        *(422, '"police_da" is for a police_force; a crs_provider may answer for: crs:accommodation'),
    ),
    "an administration that would answer": (
        Act(
            ("organisations", "add-duty", "administration/registry", "cas3@N55"),
            *("put", "organisations/administration/registry/duties/cas3/N55"),
        ),
        *(422, '"cas3" is for a cas3_team; a administration may answer for: none'),
    ),
    "an unknown area": (
        Act(
            ("organisations", "add-duty", "mappa_area/mappa-west-yorkshire", "mappa@metropolitan"),
            *("put", "organisations/mappa_area/mappa-west-yorkshire/duties/mappa/metropolitan"),
        ),
        *(
            422,
            '"metropolitan" cannot be an area of mappa: it must be one of: avon-and-somerset, bedfordshire',
        ),
    ),
    "the whole country": (
        Act(
            ("organisations", "add-duty", PROVIDER, "crs:accommodation@national"),
            "put",
            f"{ONE}/duties/crs:accommodation/national",
        ),
        *(422, "no organisation may answer for crs:accommodation in the whole country"),
    ),
    "a duty of another's": (
        Act(
            ("organisations", "add-duty", "crs_provider/forward-work", "crs:accommodation@N55"),
            *("put", "organisations/crs_provider/forward-work/duties/crs:accommodation/N55"),
        ),
        *(
            409,
            (
                "crs_provider/keyring answers for crs:accommodation@N55: "
                "take it over (--take-over, `take_over`) with a reason"
            ),
        ),
    ),
    "to remove a duty of another's": (
        Act(
            ("organisations", "remove-duty", "crs_provider/forward-work", "crs:accommodation@N55"),
            *("delete", "organisations/crs_provider/forward-work/duties/crs:accommodation/N55", None),
        ),
        *(404, ""),
    ),
    "an id that no client can have": (
        Act(
            ("clients", "register", "new~system", PROVIDER, "--name", "New", "--key", "KEY"),
            *("put", "clients/new~system", NEW_BODY),
            key=jwk(FIRST),
        ),
        *(422, "the id of a client is up to 100 letters, digits and . _ -"),
    ),
    "a client without a key": (
        Act(NEW_CLIENT[:-2], "put", "clients/new-system", NEW_BODY),
        *(422, "new-system is not registered yet: give its public key"),
    ),
    "a client without a name or a key": (
        Act(NEW_CLIENT[:4], "put", "clients/new-system", {"organisation": PROVIDER}),
        *(422, "give its public key; new-system is not registered yet: give its name"),
    ),
    "a client of an organisation that is not registered": (
        Act(
            ("clients", "register", "new-system", "crs_provider/nosuch", "--name", "New", "--key", "KEY"),
            *("put", "clients/new-system", NEW_BODY | {"organisation": "crs_provider/nosuch"}),
            key=jwk(FIRST),
        ),
        *(422, "no crs_provider/nosuch is registered; there are: forward-work, keyring"),
    ),
    "a scope of another side": (
        Act(
            (*NEW_CLIENT, "--scope", "checks"),
            "put",
            "clients/new-system",
            NEW_BODY | {"scopes": ["checks"]},
            key=jwk(FIRST),
        ),
        *(422, "a client of this kind may have the scopes: destination, feed"),
    ),
    "the scope of an administration": (
        Act(
            (*NEW_CLIENT, "--scope", "registration"),
            *("put", "clients/new-system", NEW_BODY | {"scopes": ["registration"]}),
            key=jwk(FIRST),
        ),
        *(422, "a client of this kind may have the scopes: destination, feed"),
    ),
    "more than registering for an administration": (
        Act(
            (
                *("clients", "register", "new-system", "administration/registry", "--name", "New"),
                *("--key", "KEY", "--scope", "registration", "--scope", "feed"),
            ),
            *("put", "clients/new-system"),
            {"organisation": "administration/registry", "name": "New", "scopes": ["registration", "feed"]},
            key=jwk(FIRST),
        ),
        *(422, "a client of this kind may have the scopes: registration"),
    ),
    "another organisation of a client": (
        Act(
            ("clients", "register", CLIENT, "crs_provider/forward-work"),
            *("put", f"clients/{CLIENT}", {"organisation": "crs_provider/forward-work"}),
        ),
        *(409, "a client never changes its organisation"),
    ),
    "a client that is denied": (
        Act(
            ("clients", "register", CLIENT, PROVIDER, "--name", "Again"),
            *("put", f"clients/{CLIENT}", {"organisation": PROVIDER, "name": "Again"}),
            before=(("clients", "deny", CLIENT),),
        ),
        *(409, f"{CLIENT} is denied: allow it before you change it"),
    ),
    "to allow what is not denied": (
        Act(
            ("clients", "allow", CLIENT, "--reason", "x"),
            *("post", f"clients/{CLIENT}/transitions", {"action": "allow", "reason": "x"}),
        ),
        *(409, f"{CLIENT} is not denied"),
    ),
    "to deny a client that is not there": (
        Act(("clients", "deny", "nosuch"), "post", "clients/nosuch/transitions", {"action": "deny"}),
        *(404, ""),
    ),
    "to retire a key that is not there": (
        Act(
            ("clients", "retire-key", CLIENT, "nosuch"),
            *("post", f"clients/{CLIENT}/transitions", {"action": "retire_key", "kid": "nosuch"}),
        ),
        *(422, f"{CLIENT} has no key nosuch; it has: {OF_THE_CAST}"),
    ),
    "a key that was denied": (
        Act(
            NEW_CLIENT,
            "put",
            "clients/new-system",
            NEW_BODY,
            jwk(key_of(CLIENT)),
            (("clients", "deny-key", CLIENT, OF_THE_CAST),),
        ),
        *(409, f"this key was denied ({CLIENT}, {OF_THE_CAST}): make a new one"),
    ),
    "a key of another client": (
        Act(NEW_CLIENT, "put", "clients/new-system", NEW_BODY, key=jwk(key_of(CLIENT))),
        *(409, f"this key is registered already: of {CLIENT}, as {OF_THE_CAST}"),
    ),
    "a private key": (
        Act(NEW_CLIENT, "put", "clients/new-system", NEW_BODY, key=jwk(FIRST, private=True)),
        *(422, "this is a private key: register its public half"),
    ),
    "a private key in PEM": (
        Act(NEW_CLIENT, "put", "clients/new-system", NEW_BODY, key=FIRST.as_pem(private=True)),
        *(422, "this is a private key: register its public half, and a new key if you sent this one"),
    ),
    "a key that is none": (
        Act(
            NEW_CLIENT,
            "put",
            "clients/new-system",
            NEW_BODY,
            key=b'{"kty": "EC", "crv": "P-256", "x": 5, "y": []}',
        ),
        *(422, "the key cannot be read"),
    ),
    "an RSA key": (
        Act(
            NEW_CLIENT,
            "put",
            "clients/new-system",
            NEW_BODY,
            key=RSAKey.generate_key(2048).as_pem(private=False),
        ),
        *(422, "a key must be EC P-256 (ES256) or Ed25519 (EdDSA)"),
    ),
    "a webhook on a private network": (
        Act(
            ("webhooks", "register", PROVIDER, "http://127.0.0.1/"),
            *("post", "webhooks", {"organisation": PROVIDER, "url": "http://127.0.0.1/"}),
        ),
        *(422, ""),
    ),
    "a webhook at another port": (
        Act(
            ("webhooks", "register", PROVIDER, "https://hooks.bridge.example:5432/in"),
            *("post", "webhooks", {"organisation": PROVIDER, "url": "https://hooks.bridge.example:5432/in"}),
        ),
        *(422, "the URL must have port 443, or name none"),
    ),
    "to rotate the keys of no webhook": (
        Act(
            ("webhooks", "rotate", "ENDPOINT"), "post", "webhooks/ENDPOINT/transitions", {"action": "rotate"}
        ),
        *(404, ""),
    ),
}
"""Each act with the status of the call, and the words that refuse it in both ways."""


@pytest.fixture
def ways(operate: Operator, registrar: Caller) -> Ways:
    return Ways(operate, registrar)


@pytest.mark.parametrize("way", ["command", "call"])
@pytest.mark.parametrize("what", TAKEN)
def test_what_is_taken_is_taken_either_way_with_the_same_trail(ways: Ways, what: str, way: str) -> None:
    act, entries = TAKEN[what]
    ways.prepare(act)
    before = length_of_trail(OPERATOR)
    if way == "command":
        assert ways.by_command(act) is None
    else:
        status, said = ways.by_call(act)
        assert (status < 300, said) == (True, None)
    assert trail_since(before, OPERATOR) == sorted(entries)


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_refused_either_way_and_leaves_nothing(ways: Ways, what: str) -> None:
    act, status, words = REFUSED[what]
    ways.prepare(act)
    before = length_of_trail(OPERATOR)
    line = ways.by_command(act)
    assert line is not None
    answered, said = ways.by_call(act)
    assert (answered, said is not None) == (status, True)
    assert words in line
    assert words in str(said)
    if status != 404:
        assert str(said) in line, "the words are the same"
    assert trail_since(before, OPERATOR) == []

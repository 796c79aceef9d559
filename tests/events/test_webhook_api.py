"""GET /v1/webhooks and below, as an organisation looks after what it is sent; and the operator's commands."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from service import db
from service.cli import main
from tests.cast import Cast
from tests.conftest import TheClock
from tests.events.receivers import receiving, taking
from tests.events.webhooks import (
    append_events,
    claimed,
    deliver_due,
    endpoint,
    nothing_due,
    record,
    registered,
    sent,
)

NOWHERE = "http://127.0.0.1:1/hooks"


def a_dead_letter(cast: Cast) -> tuple[UUID, UUID]:
    """Register an endpoint for the provider and let a delivery to it die; return the ids of both."""
    made = registered(cast.crs.organisation_id, NOWHERE)
    append_events(cast.crs.organisation_id)
    record(claimed(), 400)
    with db.transaction("owner") as session:
        session.execute(
            text("UPDATE webhook_delivery SET state = 'dead', next_try_at = NULL, settled_at = derived_at")
        )
    return made.endpoint_id, sent(made.endpoint_id)[0].id


def test_an_organisation_sees_its_endpoints_and_their_public_keys(cast: Cast, the_clock: TheClock) -> None:
    made = registered(cast.crs.organisation_id, "https://hooks.keyring.example/", schemes=("v1", "v1a"))
    append_events(cast.crs.organisation_id, times=2)
    record(claimed(), 500)
    (webhook,) = cast.crs.get("/v1/webhooks").get_json()["items"]
    assert webhook["id"] == str(made.endpoint_id)
    assert (webhook["state"], webhook["waiting"], webhook["dead"], webhook["failures"]) == (
        "active",
        2,
        0,
        1,
    )
    assert [(key["scheme"], key["public_key"]) for key in webhook["keys"]] == [
        ("v1a", made.for_receiver[0]),
        ("v1", None),
    ]
    assert made.for_receiver[1] not in str(webhook)

    one = cast.crs.get(webhook["href"])
    assert one.get_json() == webhook
    tag = one.headers["ETag"]
    assert cast.crs.get(f"/v1/webhooks/{made.endpoint_id}", if_none_match=tag).status_code == 304
    the_clock.move(timedelta(minutes=1))
    record(claimed(), 200)
    assert cast.crs.get(f"/v1/webhooks/{made.endpoint_id}", if_none_match=tag).status_code == 200


def test_dead_letters_are_listed_and_replayed_under_their_own_id(cast: Cast) -> None:
    webhook_id, delivery_id = a_dead_letter(cast)
    append_events(cast.crs.organisation_id)
    path = f"/v1/webhooks/{webhook_id}/deliveries"
    (dead,) = cast.crs.get(path, state="dead").get_json()["items"]
    assert dead["id"] == str(delivery_id)
    assert (dead["event"], dead["tries"], dead["last_status"]) == ("referral.submitted", 1, 400)
    assert dead["allowed_actions"] == ["replay"]

    with receiving(taking) as receiver:
        with db.transaction("owner") as session:
            session.execute(
                text("UPDATE webhook_endpoint SET url = :url, rests_until = NULL"), {"url": receiver.url}
            )
        answer = cast.crs.post(f"{path}/{delivery_id}/replay")
        assert answer.status_code == 200, answer.text
        assert (answer.get_json()["state"], answer.get_json()["replays"]) == ("waiting", 1)
        assert deliver_due() == 2
        assert receiver.messages[0].headers["webhook-id"] == str(delivery_id)
    assert cast.crs.get(path, state="dead").get_json()["items"] == []
    assert {each["state"] for each in cast.crs.get(path).get_json()["items"]} == {"delivered"}


def test_a_replay_that_is_sent_twice_replays_once(cast: Cast) -> None:
    webhook_id, delivery_id = a_dead_letter(cast)
    path = f"/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay"
    first = cast.crs.post(path, idempotency_key="again-1")
    assert cast.crs.post(path, idempotency_key="again-1").get_json() == first.get_json()
    assert sent(webhook_id)[0].replays == 1
    refused = cast.crs.post(path)
    assert (refused.status_code, refused.get_json()["state"]) == (409, "waiting")
    assert cast.crs.post(path, idempotency_key=None).status_code == 400
    with db.transaction("owner") as session:
        verbs = session.scalars(
            text("SELECT verb FROM audit_entry WHERE object_kind = 'webhook_delivery'")
        ).all()
    assert verbs == ["disclosure"]


def test_deliveries_are_read_page_by_page(cast: Cast) -> None:
    made = registered(cast.crs.organisation_id, NOWHERE)
    append_events(cast.crs.organisation_id, times=5)
    claimed()
    path, read, query = f"/v1/webhooks/{made.endpoint_id}/deliveries", [], {"limit": "2"}
    while True:
        page = cast.crs.get(path, **query).get_json()
        read += [each["position"] for each in page["items"]]
        if page["next"] is None:
            break
        query["after"] = page["next"]
    assert read == [1, 2, 3, 4, 5]
    assert cast.crs.get(path, state="lost").status_code == 422
    assert cast.crs.get(path, after="nonsense").status_code == 400


def test_endpoints_and_deliveries_are_read_from_the_other_end_and_counted(cast: Cast) -> None:
    made = [registered(cast.crs.organisation_id, url) for url in (NOWHERE, f"{NOWHERE}/2")]
    append_events(cast.crs.organisation_id, times=3)
    claimed()
    path = f"/v1/webhooks/{made[0].endpoint_id}/deliveries"
    first = cast.crs.get(path, order="newest", limit=2, counts="yes").get_json()
    second = cast.crs.get(path, order="newest", limit=2, after=first["next"]).get_json()
    assert [one["position"] for page in (first, second) for one in page["items"]] == [3, 2, 1]
    states = [one["state"] for page in (first, second) for one in page["items"]]
    assert first["counts"] == {state: states.count(state) for state in set(states)}
    assert cast.crs.get(path, counts="yes", state="dead").get_json()["counts"] == {}
    endpoints = cast.crs.get("/v1/webhooks", counts="yes").get_json()
    turned = cast.crs.get("/v1/webhooks", order="newest").get_json()
    ids = [one["id"] for one in endpoints["items"]]
    assert [one["id"] for one in turned["items"]] == ids[::-1]
    assert sum(endpoints["counts"].values()) == len(ids) == 2
    assert (second["counts"], turned["counts"]) == (None, None)


def test_nobody_learns_of_the_endpoints_of_others(cast: Cast) -> None:
    webhook_id, delivery_id = a_dead_letter(cast)
    path = f"/v1/webhooks/{webhook_id}"
    for caller in (cast.police, cast.stranger, cast.probation):
        assert caller.get("/v1/webhooks").get_json()["items"] == []
        for hidden in (path, f"{path}/deliveries"):
            assert caller.get(hidden).status_code == 404
        assert caller.post(f"{path}/deliveries/{delivery_id}/replay").status_code == 404
    theirs = registered(cast.police.organisation_id, NOWHERE)
    crossed = f"/v1/webhooks/{theirs.endpoint_id}/deliveries/{delivery_id}/replay"
    assert cast.police.post(crossed).status_code == 404
    assert cast.crs.post(f"{path}/deliveries/{uuid4()}/replay").status_code == 404
    assert cast.oversight.get("/v1/webhooks").status_code == 403
    assert sent(webhook_id)[0].state == "dead"


# The operator's commands


@pytest.fixture
def commands(database: str, monkeypatch: pytest.MonkeyPatch) -> "Commands":
    del database
    for role in db.ROLES:
        monkeypatch.setenv(db.environment_name(role), db.url_for(role))
    return Commands()


class Commands:
    """Runs `referrals webhooks` as an operator would."""

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["webhooks", *arguments])


def test_an_operator_registers_rotates_lists_and_disables(
    cast: Cast, commands: "Commands", the_clock: TheClock
) -> None:
    url = "https://hooks.keyring.example/referrals"
    made = commands("register", "crs_provider/keyring", url, "--scheme", "v1", "--scheme", "v1a")
    assert made.exit_code == 0, made.output
    shown, public, secret = made.output.splitlines()
    webhook_id = shown.split()[1].rstrip(".")
    assert public.startswith("whpk_")
    assert secret.startswith("whsec_")
    assert endpoint(UUID(webhook_id)).state == "pending"

    rotated = commands("rotate", webhook_id, "--overlap", "1")
    assert rotated.exit_code == 0, rotated.output
    assert not {public, secret} & set(rotated.output.splitlines())
    assert len(cast.crs.get("/v1/webhooks").get_json()["items"][0]["keys"]) == 4
    the_clock.move(timedelta(hours=1))
    assert len(cast.crs.get("/v1/webhooks").get_json()["items"][0]["keys"]) == 2

    assert commands("disable", webhook_id).exit_code == 0
    assert commands("list").output.splitlines() == [f"{webhook_id} crs_provider/keyring operator {url}"]
    assert nothing_due()


def test_an_operator_is_told_what_is_wrong(commands: "Commands") -> None:
    assert "forward-work, keyring" in commands("register", "crs_provider/nobody", "https://a.example/").output
    refused = commands("register", "crs_provider/keyring", "http://hooks.keyring.example/")
    assert refused.exit_code != 0
    assert "https://" in refused.output
    for command in ("rotate", "disable"):
        unknown = commands(command, str(uuid4()))
        assert unknown.exit_code != 0
        assert "no webhook endpoint" in unknown.output

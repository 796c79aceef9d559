"""A client generated from the published document takes a referral to its acceptance."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from flask import Flask

from service import clock
from service.access.actor import Practitioner
from tests.cast import Caller, Cast
from tests.referrals import samples

pytestmark = pytest.mark.long

PUBLISHED: Final = Path(__file__).parents[2] / "openapi" / "openapi.json"
PACKAGE: Final = "generated_exchange"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package, generated from the document as a partner would do it."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "config.yaml").write_text("post_hooks: []\n")
    generator = Path(sys.executable).parent / "openapi-python-client"
    settings = ("--meta", "none", "--fail-on-warning", "--config", f"{folder}/config.yaml")
    made = subprocess.run(
        (
            str(generator),
            "generate",
            "--path",
            str(PUBLISHED),
            "--output-path",
            f"{folder}/{PACKAGE}",
            *settings,
        ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    sys.path.insert(0, str(folder))
    yield importlib.import_module(PACKAGE)
    sys.path.remove(str(folder))


class System:
    """One party's system, which knows the service by the generated package alone."""

    def __init__(self, app: Flask, package: ModuleType, who: Caller) -> None:
        self.package, self.who = package, who
        self.inside: Any = {
            "base_url": "https://referrals.test",
            "httpx_args": {"transport": httpx.WSGITransport(app=app)},
        }
        self.client: Any = None

    def model(self, name: str) -> Any:
        return getattr(importlib.import_module(f"{PACKAGE}.models"), name)

    def call(self, operation: str, *path: Any, **given: Any) -> Any:
        """Call an operation, named as in the document with its tag; return the parsed answer."""
        module = importlib.import_module(f"{PACKAGE}.api.{operation}")
        return module.sync_detailed(*path, client=self.client, **given)

    def sign_in(self, practitioner: Practitioner | None = None) -> None:
        """Get a token with the reference signer, and call with it from here on."""
        form = self.who.signer.token_form(clock.now(), practitioner=practitioner)
        self.client = self.package.Client(**self.inside)
        answer = self.call("oauth.issue_token", body=self.model("TokenForm").from_dict(form))
        assert answer.status_code == 200, answer.content
        self.client = self.package.AuthenticatedClient(**self.inside, token=answer.parsed.access_token)


def test_a_generated_client_takes_a_referral_from_submission_to_acceptance(
    app: Flask, cast: Cast, generated: ModuleType
) -> None:
    probation = System(app, generated, cast.probation)
    probation.sign_in(cast.probation.as_practitioner().practitioner)
    document = probation.model("Submission").from_dict(samples.darren_and_toby())
    submitted = probation.call("referrals.submit_referral", body=document, idempotency_key="generated-1")
    assert submitted.status_code == 201, submitted.content
    assert submitted.headers["Location"] == f"/v1/referrals/{submitted.parsed.id}"
    part = next(
        one
        for one in submitted.parsed.destinations
        if (one.kind, one.service_category) == ("crs", "accommodation")
    )
    assert isinstance(part.id, UUID)
    assert part.state == "sent"

    provider = System(app, generated, cast.crs)
    provider.sign_in()
    (listed,) = provider.call("destination_referrals.list_destination_referrals").parsed.items
    assert listed.id == part.id
    sent = provider.call("destination_referrals.read_document", part.id)
    assert sent.parsed.document.to_dict()
    seen = provider.call("destination_referrals.read_destination_referral", part.id)
    assert seen.parsed.state == "received"
    answers = [{"kind": kind, "can_meet": True} for kind in seen.parsed.adjustments_to_answer]
    if answers:
        report = provider.model("DestinationUpdateReport").from_dict(
            {"kind": "adjustments", "content": {"answers": answers}}
        )
        said = provider.call(
            "destination_referrals.report_update", part.id, body=report, idempotency_key="generated-2"
        )
        assert said.status_code == 201, said.content
        seen = provider.call("destination_referrals.read_destination_referral", part.id)

    assert "accept" in seen.parsed.allowed_transitions

    # A stale version is refused, and the refusal is a value of the generated package too.
    move = provider.model("DestinationReferralTransition").from_dict({"action": "accept"})
    stale = provider.call(
        "destination_referrals.move_destination_referral", part.id, body=move, if_match='"stale"'
    )
    assert (stale.status_code, stale.parsed.type_) == (412, "/problems/precondition-failed")
    accepted = provider.call(
        "destination_referrals.move_destination_referral",
        part.id,
        body=move,
        if_match=seen.headers["ETag"],
    )
    assert (accepted.status_code, accepted.parsed.state) == (200, "accepted")

    feed = probation.call("events.read_events", limit=500).parsed
    assert [one.event for one in feed.items if one.subject.id == part.id][
        -1
    ] == "destination_referral.accepted"
    again = probation.call("events.read_events", after=feed.next_)
    tag = again.headers["ETag"]
    assert probation.call("events.read_events", after=feed.next_, if_none_match=tag).status_code == 304

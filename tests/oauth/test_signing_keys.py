"""The signing keys: rotation goes unnoticed, and a leaked key is dropped immediately."""

import json
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey
from sqlalchemy import select

from service import cli, config, db
from service.audit.model import AuditEntry
from service.oauth import signing_keys
from service.oauth.signing_keys import OVERLAP, TOKEN_LIFE
from tests.cast import Cast
from tests.conftest import TheClock
from tests.noticeboard import Noticeboard

Configure = Callable[..., config.Config]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "keys.json"
    signing_keys.create_if_missing(made)
    return made


def states(file: Path) -> list[str]:
    return [key["status"] for key in json.loads(file.read_text())["keys"]]


def shown(board: Noticeboard) -> list[str]:
    answer = board.app.test_client().get("/.well-known/jwks.json")
    assert "max-age" in answer.headers["Cache-Control"]
    keys = answer.get_json()["keys"]
    assert all(set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)
    return [key["kid"] for key in keys]


def test_a_key_that_signs_and_one_that_will_are_made_once_and_read_by_their_owner_alone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "deep" / "keys.json"
    signing_keys.create_if_missing(file)
    made = file.read_text()
    signing_keys.create_if_missing(file)
    assert file.read_text() == made
    assert states(file) == ["current", "next"]
    signing_keys.rotate(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_next_key_was_shown_before_it_signs_and_the_old_one_after(
    board: Noticeboard, callers: Cast, file: Path, configure: Configure, the_clock: TheClock
) -> None:
    configure(signing_keys=file)
    before = shown(board)
    old_token = callers.crs.token()
    signing_keys.rotate(file)
    after = shown(board)
    assert after[0] == before[1]
    assert before[0] in after
    assert len(after) == 3
    assert callers.crs.get("/notices").status_code == 200
    callers.crs.tokens.clear()
    assert callers.crs.token() != old_token
    assert callers.crs.get("/notices").status_code == 200

    the_clock.move(TOKEN_LIFE + OVERLAP - timedelta(seconds=1))
    assert before[0] in shown(board)
    the_clock.move(timedelta(seconds=1))
    assert before[0] not in shown(board)
    signing_keys.rotate(file)
    assert states(file) == ["current", "next", "retired"]


def test_a_key_out_of_use_verifies_no_token_that_has_not_expired(
    board: Noticeboard, callers: Cast, file: Path, configure: Configure
) -> None:
    configure(signing_keys=file)
    assert callers.crs.get("/notices").status_code == 200
    held = json.loads(file.read_text())
    held["keys"][0] |= {"status": "retired", "until": "2026-03-02T09:00:00+00:00"}
    held["keys"][1] |= {"status": "current"}
    file.write_text(json.dumps(held))
    assert callers.crs.get("/notices").status_code == 401


def test_a_leaked_key_is_dropped_immediately_with_every_token_it_signed(
    board: Noticeboard, callers: Cast, file: Path, configure: Configure
) -> None:
    configure(signing_keys=file)
    assert callers.crs.get("/notices").status_code == 200
    signing_keys.rotate(file, immediately=True)
    assert callers.crs.get("/notices").status_code == 401
    assert states(file) == ["current", "next"]
    callers.crs.tokens.clear()
    assert callers.crs.get("/notices").status_code == 200


def test_many_changes_at_the_same_moment_lose_no_key(file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(signing_keys.rotate, file)
    assert states(file) == ["current", "next"] + ["retired"] * 8


def test_a_file_that_is_only_half_there_changes_nothing(file: Path) -> None:
    keys = signing_keys.load(file)
    file.write_text(file.read_text()[:100])
    assert signing_keys.load(file) is keys


def test_without_a_file_that_can_be_read_there_is_no_start(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    with pytest.raises(OSError, match="No such file"):
        signing_keys.load(file)
    for text in ("{", '{"keys": []}', '{"keys": [{"status": "next"}]}'):
        file.write_text(text)
        with pytest.raises((ValueError, KeyError)):
            signing_keys.load(file)


def test_in_a_set_written_by_hand_the_first_key_signs_and_the_others_have(tmp_path: Path) -> None:
    new, old = (ECKey.generate_key("P-256") for _ in range(2))
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=True) for key in (new, old)]}))
    keys = signing_keys.load(file)
    assert keys.current_kid == new.thumbprint()
    assert keys.verifying(old.thumbprint()) is not None
    signing_keys.rotate(file)
    assert states(file) == ["current", "next", "retired", "retired"]


def test_an_operator_changes_over_and_it_is_on_the_trail(
    cast: Cast, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFERRALS_SIGNING_KEYS", str(file))
    for role in db.ROLES:
        monkeypatch.setenv(db.environment_name(role), db.url_for(role))
    waiting = json.loads(file.read_text())["keys"][1]["kid"]
    answer = CliRunner().invoke(cli.main, ["keys", "rotate"], catch_exceptions=False)
    assert answer.exit_code == 0
    assert waiting in answer.output
    with db.transaction("audit_reader") as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "signing_key")).one()
    assert (entry.verb, entry.object_id, json.loads(entry.body)["reason"]) == (
        "key_event",
        waiting,
        "rotated",
    )

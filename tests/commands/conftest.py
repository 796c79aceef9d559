"""An operator at a terminal: the real command line, on this test's own database."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey, OKPKey

from service import db
from service.cli import main
from tests.cast import Cast
from tests.people.factories import as_owner

OPERATOR = "m.okonkwo"


@dataclass(frozen=True)
class Operator:
    """Somebody who runs commands."""

    cast: Cast
    place: Path

    def __call__(self, *arguments: str) -> Result:
        """Run a command, whatever comes of it."""
        return CliRunner().invoke(main, ["--operator", OPERATOR, *arguments])

    def done(self, *arguments: str) -> str:
        """Run a command that succeeds; return what it prints."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def refused(self, *arguments: str) -> str:
        """Run a command that cannot be done; return the one line that says why."""
        result = self(*arguments)
        assert result.exit_code == 1, (result.exit_code, result.output, result.exception)
        assert isinstance(result.exception, SystemExit), result.exception
        assert result.output.startswith("Error: "), result.output
        assert result.output.count("\n") == 1, result.output
        return result.output.removeprefix("Error: ").strip()

    def shown(self, *arguments: str) -> Any:
        """Run a command that prints JSON; return it."""
        return json.loads(self.done(*arguments, "--json"))

    def key_file(
        self, key: ECKey | OKPKey | None = None, *, pem: bool = False, kid: str | None = None
    ) -> str:
        """Write the public half of a key, a fresh one unless given, to a file of its own; return its path."""
        key = key or OKPKey.generate_key("Ed25519")
        file = self.place / f"{len(list(self.place.iterdir()))}.key"
        if pem:
            file.write_bytes(key.as_pem(private=False))
        else:
            file.write_text(json.dumps(key.as_dict(private=False) | ({"kid": kid} if kid else {})))
        return str(file)


@pytest.fixture
def operate(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Operator:
    for role in db.ROLES:
        monkeypatch.setenv(db.environment_name(role), db.url_for(role))
    return Operator(cast, tmp_path)


@pytest.fixture
def entries(operate: Operator) -> Callable[..., Sequence[dict[str, Any]]]:
    """What this operator left on the trail, oldest first; of one verb when it is named."""

    def found(verb: str | None = None) -> list[dict[str, Any]]:
        bodies = [
            json.loads(row["body"])
            for row in as_owner(
                f"SELECT body FROM audit_entry WHERE practitioner_id = '{OPERATOR}' ORDER BY recorded_at, id"
            )
        ]
        return [body for body in bodies if verb in (None, body["verb"])]

    return found


@pytest.fixture
def server_with_passwords(server: str, database: str) -> Iterator[str]:
    """The URL of a server that asks for passwords, with an unknown role."""
    with psycopg.connect(server, autocommit=True) as line:
        file = Path(str(line.execute("SHOW hba_file").fetchone()[0]))  # type: ignore[index] # one row
        before = file.read_text()
        line.execute("CREATE ROLE asked LOGIN PASSWORD 'another'")
        file.write_text(f"local all asked scram-sha-256\n{before}")
        line.execute("SELECT pg_reload_conf()")
        yield db.conninfo(server, user="asked", dbname=database)
        file.write_text(before)
        line.execute("SELECT pg_reload_conf()")
        line.execute("DROP ROLE asked")

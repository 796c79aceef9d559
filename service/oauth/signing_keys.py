"""The service's own keys, which sign access tokens: a JWK set in a private file.

One signs (`current`). One is published before it signs (`next`), so that every process, and everybody who
keeps our JWK set, knows it by then. Those that have signed (`retired`) verify until their last token expires.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

import structlog
from joserfc.jwk import ECKey

from service import clock
from service.config import SettingInvalid

_log = structlog.get_logger()

ALGORITHM: Final = "ES256"
TOKEN_LIFE: Final = timedelta(minutes=5)
"""How long a token lives, and so how long a key is needed after it has signed its last one."""
OVERLAP: Final = timedelta(minutes=10)
"""How long the file may take to reach the last process, which signs with the old key until then."""

Status = Literal["current", "next", "retired"]


@dataclass(frozen=True)
class SigningKey:
    """One key of ours."""

    key: ECKey
    status: Status
    until: datetime | None = None
    """Until when a retired one verifies; for ever when None."""

    @property
    def kid(self) -> str:
        """Its name, the thumbprint of RFC 7638."""
        return self.key.thumbprint()

    def counts(self, now: datetime) -> bool:
        """Tell whether it may still verify a token."""
        return self.until is None or now < self.until

    def stored(self) -> dict[str, Any]:
        """Return it as the file holds it."""
        shown: dict[str, Any] = {**self.key.as_dict(private=True), "kid": self.kid, "status": self.status}
        return shown if self.until is None else shown | {"until": self.until.isoformat()}


class SigningKeys:
    """A set of P-256 keys that are ours."""

    def __init__(self, keys: list[SigningKey]) -> None:
        current = [one for one in keys if one.status == "current"]
        if len(current) != 1:
            raise ValueError("exactly one signing key must be current")
        self._keys = {one.kid: one for one in keys}
        self.current_kid = current[0].kid

    @property
    def current(self) -> ECKey:
        """The key that signs now."""
        return self._keys[self.current_kid].key

    def verifying(self, kid: str) -> ECKey | None:
        """Return the key that goes by `kid`, while it may verify."""
        found = self._keys.get(kid)
        return found.key if found is not None and found.counts(clock.now()) else None

    def public_jwks(self) -> dict[str, Any]:
        """Return the public halves, for anybody who wants to check our tokens."""
        now = clock.now()
        return {
            "keys": [
                {**one.key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, one in self._keys.items()
                if one.counts(now)
            ]
        }

    def changed_over(self, now: datetime, *, at_once: bool) -> "SigningKeys":
        """Return the keys after a change: the next one signs, and a new one is waiting.

        Args:
            now: the present moment.
            at_once: forget the old ones with every token they have signed, because one has leaked.
        """
        until = now + TOKEN_LIFE + OVERLAP
        waiting = [one.key for one in self._keys.values() if one.status == "next"]
        keys = [
            SigningKey(waiting[0] if waiting else _generate(), "current"),
            SigningKey(_generate(), "next"),
        ]
        if not at_once:
            keys.append(SigningKey(self.current, "retired", until))
            keys += [one for one in self._keys.values() if one.status == "retired" and one.counts(now)]
        return SigningKeys(keys)

    def stored(self) -> str:
        """Return what the file holds."""
        return json.dumps({"keys": [one.stored() for one in self._keys.values()]}, indent=1)


def _generate() -> ECKey:
    return ECKey.generate_key("P-256")


def create_if_missing(file: Path) -> None:
    """Write a key that signs and one that will, readable by their owner only; leave a file alone."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with _alone(file):
        if not file.exists():
            _write(file, SigningKeys([SigningKey(_generate(), "current"), SigningKey(_generate(), "next")]))


def rotate(
    file: Path, *, at_once: bool = False, record: Callable[[SigningKeys], object] | None = None
) -> SigningKeys:
    """Change over to the next key; running processes follow at their next request.

    Args:
        file: the key file.
        at_once: forget the old keys too, with every token they have signed.
        record: given the new keys before they are written; when it raises, the file stays as it is.

    Raises:
        OSError: the file cannot be read or written.
        SettingInvalid: it is missing or holds something else.
    """
    if not file.exists():
        raise SettingInvalid(f"REFERRALS_SIGNING_KEYS: {file} is not there: `referrals prepare` makes it")
    with _alone(file):
        changed = _read(file).changed_over(clock.now(), at_once=at_once)
        if record is not None:
            record(changed)
        _write(file, changed)
    return changed


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Keep others from changing the file meanwhile."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, keys: SigningKeys) -> None:
    """Replace the file in one step: whoever reads it finds the old keys or the new ones."""
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
        opened.write(keys.stored())
        opened.flush()
        os.fsync(opened.fileno())
    fresh.replace(file)


def _read(file: Path) -> SigningKeys:
    try:
        listed = json.loads(file.read_text())["keys"]
        return SigningKeys([_from_file(jwk, place) for place, jwk in enumerate(listed)])
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        what = str(fault) if type(fault) is ValueError else "it is no set of our keys"
        raise SettingInvalid(f"REFERRALS_SIGNING_KEYS: {file}: {what}") from None


def _from_file(jwk: dict[str, Any], place: int) -> SigningKey:
    # A set written by hand need not say: its first key signs, and the others have signed.
    status: Status = jwk.get("status") or ("retired" if place else "current")
    if status not in {"current", "next", "retired"}:
        raise ValueError("the status of a signing key must be current, next or retired")
    until = datetime.fromisoformat(jwk["until"]).astimezone(UTC) if "until" in jwk else None
    parameters = {name: jwk[name] for name in ("kty", "crv", "x", "y", "d")}
    return SigningKey(ECKey.import_key(parameters), status, until)


_held: dict[Path, tuple[tuple[int, int, int], SigningKeys]] = {}


def load(file: Path) -> SigningKeys:
    """Return the signing keys as the file holds them; it is read again when it has changed.

    Raises:
        OSError, ValueError: the file is missing or holds something else; the service cannot issue tokens.
    """
    found = file.stat()
    state = (found.st_mtime_ns, found.st_ino, found.st_size)
    held = _held.get(file)
    if held is not None and held[0] == state:
        return held[1]
    try:
        keys = _read(file)
    except (OSError, ValueError, KeyError, TypeError) as error:
        if held is None:
            raise
        # Half of it is there, perhaps: somebody is copying. The old keys are good until the rest has come.
        _log.error("signing_keys_unreadable", error=type(error).__name__)
        return held[1]
    _held[file] = (state, keys)
    return keys

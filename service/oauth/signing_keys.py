"""The service's own keys, which sign access tokens: a JWK set in a private file.

The `current` key signs. The `next` key is published before it signs, so that every process, and every system
that caches our JWK set, has it by then. A `retired` key verifies until the last token it signed has expired.
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
"""The lifetime of a token, and so how long a key is needed after it has signed its last one."""
OVERLAP: Final = timedelta(minutes=10)
"""How long the file may take to reach every process; until then some sign with the old key."""

Status = Literal["current", "next", "retired"]


@dataclass(frozen=True)
class SigningKey:
    """One signing key."""

    key: ECKey
    status: Status
    until: datetime | None = None
    """When a retired key stops verifying; never when None."""

    @property
    def kid(self) -> str:
        """The key's id: its RFC 7638 thumbprint."""
        return self.key.thumbprint()

    def is_valid(self, now: datetime) -> bool:
        """Return whether the key may still verify tokens."""
        return self.until is None or now < self.until

    def stored(self) -> dict[str, Any]:
        """Return the key as it is stored in the file."""
        shown: dict[str, Any] = {**self.key.as_dict(private=True), "kid": self.kid, "status": self.status}
        return shown if self.until is None else shown | {"until": self.until.isoformat()}


class SigningKeys:
    """The service's set of P-256 keys."""

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
        """Return the key with a `kid` if it may still verify tokens, or None."""
        found = self._keys.get(kid)
        return found.key if found is not None and found.is_valid(clock.now()) else None

    def public_jwks(self) -> dict[str, Any]:
        """Return the public keys that verify our tokens, as a JWK set."""
        now = clock.now()
        return {
            "keys": [
                {**one.key.as_dict(private=False), "kid": kid, "use": "sig", "alg": ALGORITHM}
                for kid, one in self._keys.items()
                if one.is_valid(now)
            ]
        }

    def changed_over(self, now: datetime, *, immediately: bool) -> "SigningKeys":
        """Return the keys after a rotation: the next key becomes current, and a new next key is added.

        Args:
            now: the current time.
            immediately: drop the old keys, and so every token they signed, because one has leaked.
        """
        until = now + TOKEN_LIFE + OVERLAP
        waiting = [one.key for one in self._keys.values() if one.status == "next"]
        keys = [
            SigningKey(waiting[0] if waiting else _generate(), "current"),
            SigningKey(_generate(), "next"),
        ]
        if not immediately:
            keys.append(SigningKey(self.current, "retired", until))
            keys += [one for one in self._keys.values() if one.status == "retired" and one.is_valid(now)]
        return SigningKeys(keys)

    def stored(self) -> str:
        """Return the content of the file."""
        return json.dumps({"keys": [one.stored() for one in self._keys.values()]}, indent=1)


def _generate() -> ECKey:
    return ECKey.generate_key("P-256")


def create_if_missing(file: Path) -> None:
    """Create the file with a current and a next key, readable by its owner only, unless it exists."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file):
        if not file.exists():
            _write(file, SigningKeys([SigningKey(_generate(), "current"), SigningKey(_generate(), "next")]))


def rotate(
    file: Path, *, immediately: bool = False, record: Callable[[SigningKeys], object] | None = None
) -> SigningKeys:
    """Rotate to the next key; running processes follow at their next request.

    Args:
        file: the key file.
        immediately: drop the old keys too, and so every token they signed.
        record: called with the new keys before they are written; if it raises, the file is not changed.

    Raises:
        OSError: the file cannot be read or written.
        SettingInvalid: it is missing or not a set of signing keys.
    """
    if not file.exists():
        raise SettingInvalid(f"REFERRALS_SIGNING_KEYS: {file} does not exist: `referrals prepare` creates it")
    with _locked(file):
        changed = _read(file).changed_over(clock.now(), immediately=immediately)
        if record is not None:
            record(changed)
        _write(file, changed)
    return changed


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    """Hold a lock on the file."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(file: Path, keys: SigningKeys) -> None:
    """Replace the file atomically, so that readers find the old keys or the new ones."""
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
        what = str(fault) if type(fault) is ValueError else "it is not a set of signing keys"
        raise SettingInvalid(f"REFERRALS_SIGNING_KEYS: {file}: {what}") from None


def _from_file(jwk: dict[str, Any], place: int) -> SigningKey:
    # In a set written by hand the status may be missing: the first key is current, the others are retired.
    status: Status = jwk.get("status") or ("retired" if place else "current")
    if status not in {"current", "next", "retired"}:
        raise ValueError("the status of a signing key must be current, next or retired")
    until = datetime.fromisoformat(jwk["until"]).astimezone(UTC) if "until" in jwk else None
    parameters = {name: jwk[name] for name in ("kty", "crv", "x", "y", "d")}
    return SigningKey(ECKey.import_key(parameters), status, until)


_held: dict[Path, tuple[tuple[int, int, int], SigningKeys]] = {}


def load(file: Path) -> SigningKeys:
    """Return the signing keys in the file, which is read again when it has changed.

    Raises:
        OSError, ValueError: the file is missing or not valid; the service cannot issue tokens.
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
        # The file may be half copied. The old keys are used until it is complete.
        _log.error("signing_keys_unreadable", error=type(error).__name__)
        return held[1]
    _held[file] = (state, keys)
    return keys

"""What can be set from outside, read once from the environment. Nothing here has a secret default."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """The settings of one process."""

    var: Path
    """Where the embedded PostgreSQL, generated keys and the demo keep their files."""
    issuer: str
    """Our OAuth issuer: the only audience a client assertion may name. Also the base of absolute links."""
    signing_keys: Path
    """A private JWK set: the keys that sign access tokens, the current one first."""
    clock_file: Path | None
    """Only for the demo: a file that holds the time."""
    release: str
    """The release of the software, written into every audit entry."""
    max_body: int = 1024 * 1024
    """Bytes of a request body; beyond it 413."""


def load() -> Config:
    """Read the settings of this process from its environment."""
    var = Path(os.environ.get("REFERRALS_VAR", "var")).resolve()
    clock_file = os.environ.get("REFERRALS_CLOCK_FILE")
    return Config(
        var=var,
        issuer=os.environ.get("REFERRALS_ISSUER", "http://127.0.0.1:8080"),
        signing_keys=Path(os.environ.get("REFERRALS_SIGNING_KEYS", var / "signing-keys.json")),
        clock_file=Path(clock_file) if clock_file else None,
        release=os.environ.get("REFERRALS_RELEASE", "0.1.0"),
    )

"""Writes the examples of the document from the recorded case, shortened, with stable identifiers.

`make examples` writes them anew. Everybody in them is invented.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.contract.conformance import Json

FOLDER: Final = Path(__file__).parents[2] / "service" / "openapi" / "examples"
_UUID: Final = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_OPAQUE: Final[Mapping[str, str]] = {
    "access_token": "eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwLnNoYWgifQ.c2lnbmF0dXJl",
    "client_assertion": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJuNTUtc3lzdGVtIn0.c2lnbmF0dXJl",
    "subject_token": "eyJ0eXAiOiJwcmFjdGl0aW9uZXItYXNzZXJ0aW9uK2p3dCJ9.eyJzdWIiOiJwLnNoYWgifQ.c2lnbmF0dXJl",
    "next": "WyIyMDI2LTA0LTI0VDA5OjAwOjAwWiJd",
    "etag": '"7OnPBzZlSQBkCvAbZwqJ"',
    "body_sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "public_key": "whpk_MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE",
    "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
    "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
}
_MOST: Final = 2
_SHARED: Final = {"amend_referral": "submit_referral", "preview_referral": "submit_referral"}
"""Who sends the same as another: the example stands in the document once."""


def write(exchanges: Mapping[str, Json]) -> None:
    """Write one file for each operation, and remove those of operations that are no more."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    # Identifiers in a submission are codes of the services referred to, and mean something.
    names = {code: code for code in _UUID.findall(json.dumps(exchanges["submit_referral"]["request"]))}
    for operation_id, exchange in sorted(exchanges.items()):
        short = {**exchange, "response": _short(exchange["response"])}
        if operation_id in _SHARED:
            short["request"] = {"same_as": _SHARED[operation_id]}
        steady = _steady(short, names)
        text = json.dumps(steady, indent=2, ensure_ascii=False)
        (FOLDER / f"{operation_id}.json").write_text(text + "\n")


def _short(value: Any) -> Any:
    if isinstance(value, list):
        return [_short(member) for member in value[:_MOST]]
    if isinstance(value, dict):
        return {name: _short(member) for name, member in value.items()}
    if isinstance(value, str) and value.count("\n") > 6:
        return "\n".join(value.split("\n")[:6]) + "\n"
    return value


def _steady(value: Any, names: dict[str, str], member: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _steady(inner, names, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_steady(inner, names) for inner in value]
    if isinstance(value, str):
        if member in _OPAQUE:
            return _OPAQUE[member]
        return _UUID.sub(lambda found: _name(found[0], names), value)
    return value


def _name(given: str, names: dict[str, str]) -> str:
    return names.setdefault(given, f"0195e6a4-0000-7000-8000-{len(names) + 1:012x}")

"""Faults of requests and commands, as plain values; `http.problems` turns faults into responses."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Fault:
    """A fault in a request: its location (a JSON pointer into the body, or a query parameter) and a
    detail.
    """

    pointer: str
    detail: str
    parameter: bool = False

    def as_json(self) -> dict[str, str]:
        """Return the fault as a member of `errors`."""
        return {("parameter" if self.parameter else "pointer"): self.pointer, "detail": self.detail}


class Refused(ValueError):  # noqa: N818 - reads as what happened
    """What an operator asks for cannot be done; the message is one line with the reason.

    Args:
        detail: the reason.
        at: the name of what is wrong, such as `area`; empty when it is the whole.
    """

    def __init__(self, detail: str, at: str = "") -> None:
        super().__init__(detail)
        self.faults: tuple[Fault, ...] = (Fault(at, detail),)

    @classmethod
    def for_all(cls, faults: Iterable[Fault]) -> Self:
        """Return one refusal for several faults, whose message has all of them."""
        found = tuple(faults)
        made = cls("; ".join(fault.detail for fault in found))
        made.faults = found
        return made


class Clash(Refused):
    """What an operator asks for is well-formed, but what is registered now does not allow it."""


class NotRegistered(LookupError):  # noqa: N818 - reads as what is wrong
    """An operator names something that does not exist; the message is one line, and lists what does."""


def require_all(*checks: Callable[[], object]) -> None:
    """Run every check, so that an operator learns of all faults at once.

    Raises:
        Refused: at least one check refuses; it has the faults of all of them.
    """
    faults: list[Fault] = []
    for check in checks:
        try:
            check()
        except Refused as refused:
            faults += refused.faults
    if faults:
        raise Refused.for_all(faults)

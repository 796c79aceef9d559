"""Faults of requests and commands, as plain values; `http.problems` turns faults into responses."""

from dataclasses import dataclass


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
    """An operator's command cannot be carried out; the message is one line with the reason."""


class NotRegistered(LookupError):  # noqa: N818 - reads as what is wrong
    """An operator names something that does not exist; the message is one line, and lists what does."""

"""What is wrong with a request or a command. Plain values: `http.problems` turns faults into an answer."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing wrong with a request: where (a JSON pointer into the body, or a query parameter) and what."""

    pointer: str
    detail: str
    parameter: bool = False

    def as_json(self) -> dict[str, str]:
        """Return the fault as a member of `errors`."""
        return {("parameter" if self.parameter else "pointer"): self.pointer, "detail": self.detail}


class Refused(ValueError):  # noqa: N818 - it says what is the matter
    """An operator asks for what cannot be done; the message is one line that says why."""


class NotRegistered(LookupError):  # noqa: N818 - it says what is the matter
    """An operator names what is not there; the message is one line that says what is."""

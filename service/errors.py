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


class Refused(ValueError):  # noqa: N818 - reads as what happened
    """An operator's command cannot be carried out; the message is one line with the reason."""


class NotRegistered(LookupError):  # noqa: N818 - reads as what is wrong
    """An operator names something that does not exist; the message is one line that lists what does."""

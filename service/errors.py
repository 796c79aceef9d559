"""What an operator's command is refused with, in one line. What a caller is refused is in `http.problems`."""


class Refused(ValueError):  # noqa: N818 - it says what is the matter
    """An operator asks for what cannot be done; the message is one line that says why."""


class NotRegistered(LookupError):  # noqa: N818 - it says what is the matter
    """An operator names what is not there; the message is one line that says what is."""

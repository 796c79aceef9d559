"""Words for another organisation that have no gap: refused when they give away what it may not know."""

from collections.abc import Collection, Mapping

from service.errors import Fault
from service.http.problems import invalid
from service.mentions import GIVES_AWAY, Kind, Matcher


def require_sendable(
    matcher: Matcher, texts: Mapping[str, str], closed: Collection[Kind], asked: Collection[str] = ()
) -> None:
    """Require of texts that they give nothing away.

    Args:
        matcher: of what the case protects.
        texts: by the JSON pointer of each in the body.
        closed: what their reader may not know.
        asked: the paths of the answers that their reader is sent.

    Raises:
        Problem: 422 naming the kind of thing and its place, and never the thing.
    """
    faults = [
        Fault(at, f"{GIVES_AWAY}{', '.join(sorted(kinds))}.")
        for at, text in texts.items()
        if (kinds := matcher.kinds(text, asked).intersection(closed))
    ]
    if faults:
        raise invalid(faults)

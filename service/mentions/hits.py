"""What was found in a text, and a text without the sentences around it. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from service.mentions.protected import Kind

GIVES_AWAY: Final = "Gives away what its reader may not know: "
"""How a refusal begins; the kinds of thing follow, and never the thing."""
WITHHELD: Final = "[withheld]"
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s|$)|\n")


@dataclass(frozen=True, order=True)
class Hit:
    """Something that a text gives away, and where.

    Args:
        sure: it gives it away; otherwise it may, and a person should look.
        answers: the path of the answer that says as much, if there is one: its readers learn nothing.
    """

    start: int
    end: int
    kind: Kind
    sure: bool = True
    answers: str = ""


def without(text: str, hits: Iterable[Hit]) -> str:
    """Return a text in which `[withheld]` stands for every sentence with one of these hits."""
    hits = sorted(hits)
    if not hits:
        return text
    ends = [found.end() for found in _SENTENCE_END.finditer(text)]
    kept: list[str] = []
    position = at = 0
    for hit in hits:
        if hit.start < position:
            if hit.end <= position:
                continue
            at, position = _after(ends, at, hit.end, len(text))
            continue
        begins = position
        while at < len(ends) and ends[at] <= hit.start:
            begins = ends[at]
            at += 1
        begins = max(begins, position)
        while begins < hit.start and text[begins].isspace():
            begins += 1
        kept += [text[position:begins], WITHHELD]
        at, position = _after(ends, at, hit.end, len(text))
    return "".join([*kept, text[position:]])


def _after(ends: list[int], at: int, end: int, last: int) -> tuple[int, int]:
    while at < len(ends) and ends[at] < end:
        at += 1
    return at, ends[at] if at < len(ends) else last

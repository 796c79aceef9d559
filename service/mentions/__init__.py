"""What a text gives away: who and where those are whom a record protects, MAPPA, intelligence.

One matcher for every text that leaves probation, and for every reader who may not know. Pure; it knows no
request and no row.
"""

from service.mentions.fixed import REGISTERED
from service.mentions.hits import GIVES_AWAY, WITHHELD, Hit
from service.mentions.matcher import Matcher
from service.mentions.protected import (
    KINDS,
    OF_PEOPLE,
    Kind,
    Place,
    Protected,
    Somebody,
    place,
    somebody,
    together,
)

__all__ = [
    "GIVES_AWAY",
    "KINDS",
    "OF_PEOPLE",
    "REGISTERED",
    "WITHHELD",
    "Hit",
    "Kind",
    "Matcher",
    "Place",
    "Protected",
    "Somebody",
    "place",
    "somebody",
    "together",
]

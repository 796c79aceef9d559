"""The destinations the service knows: one file each, and one line here registers it."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from service.destinations.contract import Destination

_FILES = (
    "approved_premises",
    "cas3",
    "crs",
    "mappa",
)


def _declared_in(file: str) -> Destination:
    declared: Destination = import_module(f"{__name__}.{file}").DESTINATION
    return declared


DESTINATIONS: Mapping[str, Destination] = MappingProxyType(
    {destination.key: destination for destination in map(_declared_in, _FILES)}
)

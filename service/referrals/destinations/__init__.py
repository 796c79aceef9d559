"""The destinations the service knows. Registering one is one line here; the rest is its own file."""

from collections.abc import Mapping
from types import MappingProxyType

from service.referrals.destinations.approved_premises import APPROVED_PREMISES
from service.referrals.destinations.cas3 import CAS3
from service.referrals.destinations.contract import Destination
from service.referrals.destinations.crs import CRS
from service.referrals.destinations.mappa import MAPPA

DESTINATIONS: Mapping[str, Destination] = MappingProxyType(
    {
        destination.key: destination
        for destination in (
            APPROVED_PREMISES,
            CAS3,
            CRS,
            MAPPA,
        )
    }
)

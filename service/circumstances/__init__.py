"""Changes of circumstance: what must be checked again, reviewed and shared because of them."""

from service.circumstances.policies import DANGER
from service.circumstances.rules import CONCERN_OF
from service.destinations import DESTINATIONS
from service.timers.responders import register_policies

for _key in CONCERN_OF:
    register_policies(DESTINATIONS[_key].organisation_kind, [DANGER])

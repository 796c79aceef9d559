"""The canonical referral: taken once, versioned, and sent to each destination as far as that one may know."""

from service.destinations import DESTINATIONS
from service.destinations.policies import POLICIES
from service.referrals.naming import parts_of_notices, people_in_documents
from service.timers.naming import register_parts_of_notices, register_people
from service.timers.responders import register_policies

register_people("destination", people_in_documents)
register_parts_of_notices(parts_of_notices)
for _destination in DESTINATIONS.values():
    register_policies(
        _destination.organisation_kind, [one["key"] for one in (*_destination.policies, *POLICIES)]
    )

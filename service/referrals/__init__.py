"""The canonical referral: taken once, versioned, and sent to each destination as far as that one may know."""

from service.referrals.naming import parts_of_notices, people_in_documents
from service.timers.naming import register_parts_of_notices, register_people

register_people("destination", people_in_documents)
register_parts_of_notices(parts_of_notices)

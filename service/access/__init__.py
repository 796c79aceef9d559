"""Who is calling, for whom, and what they may do.

Owns organisations, their clients and keys, who holds which role and who answers for what; issues the tokens
and opens the transaction of every request. It knows nothing of referrals or checks.
"""

from service.access.actor import Actor, Practitioner

__all__ = ["Actor", "Practitioner"]

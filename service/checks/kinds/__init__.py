"""The kinds of check there are: one file each, and one line here registers it."""

from collections.abc import Mapping
from types import MappingProxyType

from service.checks.kinds import childrens_safeguarding, police_da
from service.checks.kinds.contract import CheckKind

KINDS: Mapping[str, CheckKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            police_da.KIND,
            childrens_safeguarding.KIND,
        )
    }
)

QUESTIONS: Mapping[str, str] = MappingProxyType({key: kind.question for key, kind in KINDS.items()})
"""What each kind of check asks, as the API explains it."""

POLICIES = tuple(kind.policy for kind in KINDS.values())
"""The escalation policies of all kinds, for publishing."""

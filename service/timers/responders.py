"""Hook for which policies say how soon an organisation must answer, by its kind.

The packages above own what each kind of organisation is asked. What nobody registers concerns nobody.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

_keys: Final[defaultdict[str, set[str]]] = defaultdict(set)


def register_policies(organisation_kind: str, keys: Iterable[str]) -> None:
    """Let organisations of a kind read some policies, by their keys, from now on."""
    _keys[organisation_kind].update(keys)


def policies_for(organisation_kind: str) -> list[str]:
    """Return the keys of the policies that concern a kind of organisation, in order."""
    return sorted(_keys.get(organisation_kind, ()))

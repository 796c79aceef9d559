"""Two records, and the decision whether they are one person's."""

from typing import Final

from tests.referrals.driver import Driver, said
from tests.rows import person_at, person_id

FIRST: Final = "X320741"
SECOND: Final = "X320755"


def decide(driver: Driver, **given: object) -> None:
    """Let a manager say of the second record whether it is the first person's."""
    manager = driver.cast.probation.as_practitioner("s.okafor", "spo")
    path = person_at(SECOND)
    body = {"other": str(person_id(FIRST)), "reason": "The court sent both."} | given
    tag = manager.get(path).headers["ETag"]
    said(manager.post(f"{path}/same-as", json=body, if_match=tag))

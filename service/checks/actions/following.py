"""Brings a person's checks in line with whose case it is now."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service.access.row_visibility import bypasses_row_security
from service.checks import writes


@bypasses_row_security
def follow_case(session: Session, person_id: uuid.UUID, case: Mapping[str, Any]) -> None:
    """Set who is accountable for a person's checks, and on a transfer which region.

    Args:
        case: by column: `practitioner` and `pdu`, and on a transfer `probation_id`.
    """
    writes.follow_case(session, person_id, case)

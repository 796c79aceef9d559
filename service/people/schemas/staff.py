"""A member of staff on the wire."""

from service import fields
from service.staff.schemas import StaffId


class Colleague(fields.Schema):
    """A member of staff, of your region unless you name another."""

    practitioner = StaffId(
        required=True, metadata={"description": "The member of staff, by the case system's id."}
    )
    region = fields.Text(max=20, metadata={"description": "Their region, by its code; yours if left out."})


class NamedColleague(Colleague):
    """A member of staff who may know of a limited access case, or must not, and why."""

    reason = fields.LongText(required=True, metadata={"description": "Why."})

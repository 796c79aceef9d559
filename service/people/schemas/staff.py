"""A member of staff on the wire."""

import re

from service import fields


class StaffId(fields.Patterned):
    """The id of a member of staff, as their case system sends it."""

    longest = 200
    pattern = re.compile(r"[A-Za-z0-9._~@:/+='-]{1,200}")
    message = "Must be the id of a member of staff, as their case system sends it."


class Colleague(fields.Schema):
    """A member of staff, of your region unless you name another."""

    practitioner = StaffId(
        required=True, metadata={"description": "The member of staff, by the case system's id."}
    )
    region = fields.Text(max=20, metadata={"description": "Their region, by its code; yours if left out."})


class NamedColleague(Colleague):
    """A member of staff who may know of a limited access case, or must not, and why."""

    reason = fields.LongText(required=True, metadata={"description": "Why."})

"""The parameters of every list of referrals."""

from service import fields
from service.http import ABOUT_AFTER, ABOUT_LIMIT, DEFAULT_PAGE, LARGEST_PAGE


class PartOfListQuery(fields.Schema):
    """Which page of a list."""

    after = fields.Text(max=300, metadata={"description": ABOUT_AFTER})
    limit = fields.QueryCount(
        min=1, max=LARGEST_PAGE, load_default=DEFAULT_PAGE, metadata={"description": ABOUT_LIMIT}
    )

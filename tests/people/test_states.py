"""The table of transfers, written out: which side may do what, and who must be a manager."""

from service.people.states import TRANSFERS
from tests import tables

TABLE = tables.read("""
action   | from      | to        | side      | manager | must include
accept   | requested | accepted  | answering | yes     | -
decline  | requested | declined  | answering | yes     | reason
withdraw | requested | withdrawn | asking    | -       | -
lapse    | requested | lapsed    | service   | -       | -
""")


def test_a_transfer_moves_as_its_table_says() -> None:
    assert {
        row.action: {
            "action": row.action,
            "from": " ".join(str(state) for state in row.sources),
            "to": row.target,
            "side": " ".join(row.sides),
            "manager": "yes" if row.manager else "",
            "must include": " ".join(row.needs),
        }
        for row in TRANSFERS.rows
    } == TABLE

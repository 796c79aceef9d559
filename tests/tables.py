"""Parses a rule table that a test writes out, so that a domain expert can check it."""


def read(table: str) -> dict[str, dict[str, str]]:
    """Return the rows of a table by their first column, each cell by the name of its column; `-` is empty.

    Raises:
        ValueError: a row has more or fewer cells than the heading, or two have the same first column.
    """
    heading, *lines = [
        [cell.strip() for cell in line.split("|")] for line in table.splitlines() if line.strip()
    ]
    found: dict[str, dict[str, str]] = {}
    for cells in lines:
        if cells[0] in found:
            raise ValueError(f"two rows for {cells[0]}")
        row = dict(zip(heading, cells, strict=True))
        found[cells[0]] = {column: "" if cell == "-" else cell for column, cell in row.items()}
    return found

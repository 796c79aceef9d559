"""Makes a database large: copies every person's rows many times."""

from typing import Final

import psycopg
from psycopg import sql

KEPT: Final = [
    "alembic_version",
    "audit_entry",
    "calendar",
    "call_count",
    "client",
    "client_key",
    "feed_head",
    "organisation",
    "policy",
    "refusal_count",
    "responsibility",
    "staff",
    "staff_absence",
    "staff_role",
    "sweep_run",
    "webhook_endpoint",
    "webhook_key",
]
"""Tables that are not copied: registrations, what there is one of, and the trail, which no call reads."""

# What is unique, or in order, by something else than an id. `nth` numbers the copies, `line` the rows.
_OTHERWISE: Final = {
    ("person", "crn"): "'Y' || lpad((nth * 50 + line)::text, 6, '0')",
    ("person", "noms_number"): "left(noms_number, 1) || lpad(((nth * 50 + line) %% 10000)::text, 4, '0')"
    " || right(noms_number, 2)",
    (
        "person",
        "pnc_number",
    ): "left(pnc_number, 5) || lpad((nth * 50 + line)::text, 7, '0') || right(pnc_number, 1)",
    ("referral", "submission_reference"): "submission_reference || '-' || nth",
    ("used_assertion", "jti"): "jti || '-' || nth",
    ("idempotency_key", "key"): "key || '-' || nth",
    ("feed_entry", "position"): "position + nth * 100000",
    ("webhook_delivery", "position"): "position + nth * 100000",
    ("clock", "next_fires_at"): "next_fires_at + nth * interval '1 minute'",
}

# An id becomes another, the same wherever it stands, but for registrations; what happened, happened earlier.
_OF_KIND: Final = {
    "uuid": (
        """CASE WHEN "{0}" IN (SELECT id FROM kept) THEN "{0}" """
        """ELSE md5("{0}"::text || '#' || nth)::uuid END"""
    ),
    "timestamp with time zone": "\"{}\" - nth * interval '1 hour'",
}

_COLUMNS: Final = """
    SELECT c.relname, a.attname, a.atttypid::regtype::text
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''
      AND c.relname <> ALL (%s)
    ORDER BY c.relname, a.attnum
"""


def grow(server: str, database: str, copies: int) -> None:
    """Copy all cases so many times, each with ids of its own, and let PostgreSQL look at what it now has.

    Args:
        server: the superuser's URL.
        database: its name; no trigger or foreign key looks at the copies.
        copies: how many of each.
    """
    with psycopg.connect(server, dbname=database) as connection:
        connection.execute("SET session_replication_role = replica")
        tables: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in connection.execute(_COLUMNS, [KEPT]):
            given = _OF_KIND.get(kind, '"{}"').format(column)
            tables.setdefault(table, []).append((column, _OTHERWISE.get((table, column), given)))
        connection.execute(
            "CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT id FROM organisation UNION ALL"
            " SELECT id FROM policy UNION ALL SELECT id FROM calendar"
            " UNION ALL SELECT id FROM webhook_endpoint"
        )
        for table, columns in tables.items():
            connection.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(sql.Identifier(table)))
            connection.execute(
                sql.SQL(
                    "INSERT INTO {} ({}) SELECT {}"
                    " FROM (SELECT *, row_number() OVER () AS line FROM {}) AS one,"
                    " generate_series(1, %s) AS nth"
                ).format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(sql.Identifier(column) for column, _ in columns),
                    sql.SQL(", ").join(sql.SQL(given) for _, given in columns),
                    sql.Identifier(table),
                ),
                [copies],
            )
            connection.execute(sql.SQL("ALTER TABLE {} ENABLE TRIGGER ALL").format(sql.Identifier(table)))
        connection.execute(
            "UPDATE feed_head SET position ="
            " (SELECT max(position) FROM feed_entry WHERE organisation_id = feed_head.organisation_id)"
        )
    with psycopg.connect(server, dbname=database, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")

"""Escalations that reach people: an acknowledgement for each addressee, notes, handovers, and a digest.

An acknowledgement counts for the step of one addressee, and no longer for the whole firing.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE notice_item
    ADD COLUMN redirected boolean NOT NULL DEFAULT false,
    ADD COLUMN send_after timestamptz;
COMMENT ON COLUMN notice_item.redirected IS
    'Addressed to the region that holds the record, in place of the one that the clock runs for';
COMMENT ON COLUMN notice_item.send_after IS 'It waits for the next digest; what goes to the recipient takes it along';

CREATE TABLE step_acknowledgement (
    item_id uuid PRIMARY KEY REFERENCES notice_item (id),
    firing_id uuid NOT NULL REFERENCES clock_firing (id),
    practitioner text,
    name text NOT NULL,
    role text NOT NULL,
    acknowledged_at timestamptz NOT NULL
);
CREATE INDEX step_acknowledgement_of_firing ON step_acknowledgement (firing_id);
INSERT INTO step_acknowledgement (item_id, firing_id, practitioner, name, role, acknowledged_at)
SELECT i.id, a.firing_id, a.practitioner, coalesce(s.name, a.practitioner), a.role, a.acknowledged_at
FROM escalation_acknowledgement a
JOIN clock_firing f ON f.id = a.firing_id
JOIN notice_item i ON i.firing_id = f.id AND i.side = 'probation'
LEFT JOIN staff s ON s.organisation_id = f.probation_id AND s.id = a.practitioner;
DROP TABLE escalation_acknowledgement;

CREATE TABLE escalation_note (
    id uuid PRIMARY KEY,
    firing_id uuid NOT NULL REFERENCES clock_firing (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    kind text NOT NULL CHECK (kind IN ('note', 'confirmation')),
    practitioner text,
    name text NOT NULL,
    role text NOT NULL,
    body text NOT NULL,
    written_at timestamptz NOT NULL
);
CREATE INDEX escalation_note_of_firing ON escalation_note (firing_id, written_at, id);
COMMENT ON TABLE escalation_note IS 'What somebody says of an escalation: a note, or that the danger is seen to';

CREATE TABLE escalation_handover (
    item_id uuid PRIMARY KEY REFERENCES notice_item (id),
    firing_id uuid NOT NULL REFERENCES clock_firing (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner text,
    name text NOT NULL,
    role text NOT NULL,
    reason text NOT NULL,
    handed_at timestamptz NOT NULL
);
CREATE INDEX escalation_handover_of_firing ON escalation_handover (firing_id);
COMMENT ON TABLE escalation_handover IS 'Who made somebody an addressee of an escalation, and why';
"""
INDEXES = {
    "notice_item_redirected": "notice_item (organisation_id, fired_at, firing_id) WHERE redirected",
    "notice_item_to_send": (
        "notice_item (coalesce(send_after, fired_at)) WHERE notice_id IS NULL AND dropped_at IS NULL"
    ),
}
ADDED = ("step_acknowledgement", "escalation_note", "escalation_handover")

# As 0017 has it: what waits for a digest is not unsent until the digest is due.
WATCH = """
CREATE OR REPLACE FUNCTION watch_timers() RETURNS TABLE (
    next_fires_at timestamptz, due_at timestamptz, swept_at timestamptz, notice_since timestamptz,
    without_firing bigint, faulted bigint, assumed bigint, calendar_until text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT
        (SELECT min(c.next_fires_at) FROM clock c WHERE c.next_fires_at IS NOT NULL),
        (SELECT min(c.due_at) FROM clock c WHERE c.state <> 'stopped'),
        (SELECT max(r.swept_at) FROM sweep_run r),
        (SELECT min({unsent}) FROM notice_item i WHERE i.notice_id IS NULL AND i.dropped_at IS NULL),
        (SELECT count(*) FROM (
            SELECT FROM clock c WHERE c.state <> 'stopped' AND c.next_fires_at IS NULL LIMIT 1000) AS found),
        (SELECT count(*) FROM (
            SELECT FROM clock c WHERE c.faulted_at IS NOT NULL LIMIT 1000) AS found),
        (SELECT count(*) FROM (
            SELECT FROM clock c WHERE c.next_is_assumed AND c.next_fires_at IS NOT NULL LIMIT 1000) AS found),
        (SELECT min(latest.document ->> 'known_until') FROM (
            SELECT own.document FROM organisation o CROSS JOIN LATERAL (
                SELECT k.document FROM calendar k WHERE k.organisation_id = o.id
                ORDER BY k.version DESC LIMIT 1) AS own
            UNION ALL
            SELECT shared.document
            FROM unnest(ARRAY['england-and-wales', 'scotland', 'northern-ireland']) AS d (division)
            CROSS JOIN LATERAL (
                SELECT k.document FROM calendar k WHERE k.organisation_id IS NULL AND k.division = d.division
                ORDER BY k.version DESC LIMIT 1) AS shared) AS latest);
END;
"""

# One statement for the staff of all organisations on a page.
CONTACTS = """
CREATE FUNCTION contacts_of_staff(organisations uuid[], members text[])
    RETURNS TABLE (organisation_id uuid, id text, name text, phone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT s.organisation_id, s.id, s.name, s.phone
    FROM staff s JOIN unnest(organisations, members) AS wanted (organisation_id, id)
        ON s.organisation_id = wanted.organisation_id AND s.id = wanted.id;
END;
"""
CONTACTS_OF = "contacts_of_staff(uuid[], text[])"

BACK = """
CREATE TABLE escalation_acknowledgement (
    firing_id uuid PRIMARY KEY REFERENCES clock_firing (id),
    practitioner text NOT NULL,
    role text NOT NULL,
    acknowledged_at timestamptz NOT NULL
);
INSERT INTO escalation_acknowledgement (firing_id, practitioner, role, acknowledged_at)
SELECT DISTINCT ON (a.firing_id) a.firing_id, a.practitioner, a.role, a.acknowledged_at
FROM step_acknowledgement a JOIN notice_item i ON i.id = a.item_id AND i.side = 'probation'
WHERE a.practitioner IS NOT NULL
ORDER BY a.firing_id, a.acknowledged_at;
ALTER TABLE escalation_acknowledgement ENABLE ROW LEVEL SECURITY;
CREATE POLICY every_row ON escalation_acknowledgement TO referrals_worker USING (true) WITH CHECK (true);
GRANT SELECT ON escalation_acknowledgement TO referrals_api, referrals_reader, referrals_worker;
GRANT INSERT ON escalation_acknowledgement TO referrals_api;
REVOKE INSERT ON notice_item FROM referrals_api;
DROP TABLE step_acknowledgement, escalation_note, escalation_handover;
DROP INDEX notice_item_redirected, notice_item_to_send;
"""
OF_FIRING = "EXISTS (SELECT FROM clock_firing WHERE clock_firing.id = firing_id AND sees_clock(clock_id))"
# What one side notes among themselves is not for the other.
MINE = f"organisation_id = (SELECT caller_organisation()) AND {OF_FIRING}"
RULES = {"step_acknowledgement": OF_FIRING, "escalation_note": MINE, "escalation_handover": MINE}


def _guard(table: str, rule: str) -> None:
    whole = f"(SELECT on_every_row()) OR {rule}"
    op.execute(f"CREATE POLICY callers_own ON {table} TO referrals_api, referrals_reader"
               f" USING ({whole}) WITH CHECK ({whole})")  # fmt: skip
    op.execute(
        f"CREATE TRIGGER never_rewritten BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_rewritten")


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    for table in ADDED:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO referrals_api, referrals_reader, referrals_worker")
        op.execute(f"GRANT INSERT ON {table} TO referrals_api")
        _guard(table, RULES[table])
    op.execute("GRANT INSERT ON notice_item TO referrals_api")
    op.execute(WATCH.format(unsent="coalesce(i.send_after, i.fired_at)"))
    op.execute(CONTACTS)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {CONTACTS_OF} FROM PUBLIC")
    op.execute(
        f"GRANT EXECUTE ON FUNCTION {CONTACTS_OF} TO referrals_api, referrals_reader, referrals_worker"
    )
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        for name, on in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {on}")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(WATCH.format(unsent="i.fired_at"))
    op.execute(f"DROP FUNCTION {CONTACTS_OF}")
    op.execute(BACK)
    _guard("escalation_acknowledgement", OF_FIRING)
    op.execute("ALTER TABLE notice_item DROP COLUMN redirected, DROP COLUMN send_after")

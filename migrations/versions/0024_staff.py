"""The staff register: who works in an organisation, in which roles and when, and who is away.

It replaces role holders. A manager's role in an assertion counts only when the register has it, so each region
enters its managers as soon as this is applied; whoever acted as one in the last 28 days is carried over for
28 days more.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE staff (
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    id text NOT NULL CHECK (id = lower(id)),
    name text NOT NULL,
    phone text,
    email text,
    ended_at timestamptz,
    entered_by text NOT NULL CHECK (entered_by IN ('register', 'operator', 'assertion', 'carried_over')),
    version integer NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (organisation_id, id)
);
CREATE TABLE staff_role (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    staff_id text NOT NULL,
    role text NOT NULL,
    unit text,
    deputy boolean NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz CHECK (until_at >= from_at),
    FOREIGN KEY (organisation_id, staff_id) REFERENCES staff (organisation_id, id)
);
CREATE INDEX staff_role_by_role ON staff_role (organisation_id, role, unit);
CREATE INDEX staff_role_of_member ON staff_role (organisation_id, staff_id);
CREATE TABLE staff_absence (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    staff_id text NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL CHECK (until_at >= from_at),
    FOREIGN KEY (organisation_id, staff_id) REFERENCES staff (organisation_id, id)
);
CREATE INDEX staff_absence_of_member ON staff_absence (organisation_id, staff_id);
COMMENT ON TABLE staff_absence IS 'When somebody is away, and never why';
"""

# The id of a role holder was any text; of a member of staff it is what a case system sends.
CARRIED_OVER = r"""
INSERT INTO staff (organisation_id, id, name, entered_by, changed_at)
SELECT DISTINCT ON (organisation_id, known) organisation_id, known, holder, 'carried_over', now()
FROM role_holder, LATERAL (SELECT regexp_replace(lower(holder), '[^a-z0-9._~@:/+=''-]', '.', 'g')) AS k (known)
ORDER BY organisation_id, known, holder;
INSERT INTO staff_role (id, organisation_id, staff_id, role, unit, deputy, from_at)
SELECT DISTINCT ON (h.organisation_id, known, role, unit)
    h.id, h.organisation_id, known, role, unit, false, o.created_at
FROM role_holder h JOIN organisation o ON o.id = h.organisation_id,
    LATERAL (SELECT regexp_replace(lower(holder), '[^a-z0-9._~@:/+=''-]', '.', 'g')) AS k (known)
ORDER BY h.organisation_id, known, role, unit, h.id;

-- Whoever holds a case, acts on one, or did so lately.
INSERT INTO staff (organisation_id, id, name, entered_by, changed_at)
SELECT organisation_id, lower(who), min(who), 'carried_over', now()
FROM (
    SELECT organisation_id, practitioner_id FROM case_holding WHERE ended_at IS NULL
    UNION SELECT organisation_id, caretaker_id FROM case_holding WHERE ended_at IS NULL
    UNION SELECT organisation_id, practitioner_id FROM case_team WHERE until_at IS NULL OR until_at > now()
    UNION SELECT organisation_id, practitioner_id FROM event
        WHERE practitioner_id IS NOT NULL AND occurred_at > now() - interval '28 days'
) AS at_work (organisation_id, who)
JOIN organisation o ON o.id = organisation_id AND o.kind = 'probation_region'
WHERE who IS NOT NULL
GROUP BY organisation_id, lower(who)
ON CONFLICT DO NOTHING;
INSERT INTO staff_role (id, organisation_id, staff_id, role, unit, deputy, from_at, until_at)
SELECT gen_random_uuid(), organisation_id, who, role, NULL, true, now(), now() + interval '28 days'
FROM (
    SELECT DISTINCT e.organisation_id, lower(e.practitioner_id), e.practitioner_role
    FROM event e JOIN organisation o ON o.id = e.organisation_id AND o.kind = 'probation_region'
    WHERE e.practitioner_role IN ('spo', 'pdu_head', 'head_of_public_protection', 'region', 'regional_director')
      AND e.occurred_at > now() - interval '28 days'
) AS acted (organisation_id, who, role)
WHERE NOT EXISTS (
    SELECT FROM staff_role r
    WHERE r.organisation_id = acted.organisation_id AND r.staff_id = acted.who AND r.role = acted.role);
DROP TABLE role_holder;
"""

# They have the owner's rights: the first and the last are called before the caller is known.
FUNCTIONS = """
CREATE FUNCTION standing_in_register(organisation uuid, member text, wanted text, at timestamptz) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT CASE
        WHEN s.ended_at <= at THEN 'ended'
        WHEN EXISTS (
            SELECT FROM staff_role r
            WHERE r.organisation_id = s.organisation_id AND r.staff_id = s.id AND r.role = wanted
              AND r.from_at <= at AND (r.until_at IS NULL OR r.until_at > at)) THEN 'holds_role'
        ELSE 'entered' END
    FROM staff s WHERE s.organisation_id = organisation AND s.id = member;
END;
CREATE FUNCTION enter_from_assertion(organisation uuid, member text, named text, at timestamptz)
    RETURNS boolean
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    WITH entered AS (
        INSERT INTO staff (organisation_id, id, name, entered_by, changed_at)
        VALUES (organisation, member, named, 'assertion', at)
        ON CONFLICT DO NOTHING          -- two of their calls may come at once
        RETURNING 1)
    SELECT EXISTS (SELECT FROM entered);
END;
"""
OURS = (
    "standing_in_register(uuid, text, text, timestamptz)",
    "enter_from_assertion(uuid, text, text, timestamptz)",
)
STAFF = ("staff", "staff_role", "staff_absence")

BACK = """
CREATE TABLE role_holder (
    id uuid CONSTRAINT pk_role_holder PRIMARY KEY,
    organisation_id uuid NOT NULL CONSTRAINT fk_role_holder_organisation_id REFERENCES organisation (id),
    role text NOT NULL,
    unit text,
    holder text NOT NULL,
    CONSTRAINT uq_role_holder_organisation_id_role_unit_holder
        UNIQUE NULLS NOT DISTINCT (organisation_id, role, unit, holder)
);
INSERT INTO role_holder (id, organisation_id, role, unit, holder)
SELECT DISTINCT ON (organisation_id, role, unit, staff_id) id, organisation_id, role, unit, staff_id
FROM staff_role WHERE NOT deputy AND from_at <= now() AND (until_at IS NULL OR until_at > now())
ORDER BY organisation_id, role, unit, staff_id, id;
ALTER TABLE role_holder ENABLE ROW LEVEL SECURITY;
CREATE POLICY every_row ON role_holder TO referrals_worker USING (true) WITH CHECK (true);
CREATE POLICY callers_own ON role_holder TO referrals_api, referrals_reader
    USING ((SELECT on_every_row()) OR organisation_id = (SELECT caller_organisation()))
    WITH CHECK ((SELECT on_every_row()) OR organisation_id = (SELECT caller_organisation()));
GRANT SELECT ON role_holder TO referrals_api, referrals_reader, referrals_worker;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(CARRIED_OVER)
    op.execute(FUNCTIONS)
    for function in OURS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(
            f"GRANT EXECUTE ON FUNCTION {function} TO referrals_api, referrals_reader, referrals_worker"
        )
    mine = "(SELECT on_every_row()) OR organisation_id = (SELECT caller_organisation())"
    for table in STAFF:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api, referrals_reader"
            f" USING ({mine}) WITH CHECK ({mine})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO referrals_api, referrals_reader, referrals_worker")
        op.execute(f"GRANT INSERT, UPDATE ON {table} TO referrals_api")
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER never_deleted")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(BACK)
    for function in OURS:
        op.execute(f"DROP FUNCTION {function}")
    for table in reversed(STAFF):
        op.execute(f"DROP TABLE {table}")

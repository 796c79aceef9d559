"""What lists of work read together: running clocks by what is owed, whom to ring, and who a force is asked about.

A page of referrals reads what probation owes, and not every clock of the people on it. Whoever counts all of a
region reads from an index alone, and who is guarded once and not for each clock. An item shows somebody at the
other organisation who is at work and has a phone, and to a force the person of a Right to Know referral.
"""

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

OWED = "state = 'running' AND (responder_id IS NULL OR owner_role IS NOT NULL)"
INDEXES = {
    "clock_owed_of_person": f"clock (person_id) WHERE {OWED}",
    "clock_owed_by_kind": (
        "clock (probation_id, subject_kind, timer, label, owner_role)"
        f" INCLUDE (person_id, subject_id, responder_id) WHERE {OWED}"
    ),
}

WHO_ANSWERS = """
CREATE FUNCTION who_answers(organisations uuid[])
    RETURNS TABLE (organisation_id uuid, id text, name text, phone text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT ON (r.organisation_id) r.organisation_id, s.id, s.name, s.phone
    FROM staff_role r JOIN staff s ON s.organisation_id = r.organisation_id AND s.id = r.staff_id
    WHERE r.organisation_id = ANY (organisations) AND s.phone IS NOT NULL
      AND r.role IN ('region', 'duty_manager', 'on_call_officer', 'unit_manager', 'head_of_service')
      AND r.from_at <= (SELECT caller_time()) AND (r.until_at IS NULL OR r.until_at > (SELECT caller_time()))
      AND (s.ended_at IS NULL OR s.ended_at > (SELECT caller_time()))
      AND NOT EXISTS (
          SELECT FROM staff_absence a
          WHERE a.organisation_id = s.organisation_id AND a.staff_id = s.id
            AND a.from_at <= (SELECT caller_time())
            AND (a.until_at IS NULL OR a.until_at > (SELECT caller_time())))
    ORDER BY r.organisation_id,
        array_position(
            ARRAY['region', 'duty_manager', 'on_call_officer', 'unit_manager', 'head_of_service'], r.role),
        r.unit IS NOT NULL, r.deputy, s.id;
END;
"""
# As the force reads it where it was asked: nobody is named once it is asked no more.
ASKED_ABOUT = """
CREATE FUNCTION people_of_right_to_know(asked uuid[])
    RETURNS TABLE (id uuid, given_name text, family_name text, date_of_birth date)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT r.id, p.given_name, p.family_name, p.date_of_birth
    FROM right_to_know r JOIN person p ON p.id = r.person_id
    WHERE r.id = ANY (asked) AND r.police_id = (SELECT caller_organisation()) AND r.ended_at IS NULL;
END;
"""
# Guarded records as `may_know_of` and `holds_record` say of each, but of all at once.
CLOSED = """
    p.id IN (
        SELECT x.person_id FROM restriction x
        WHERE x.organisation_id = (SELECT caller_organisation()) AND x.excluded AND x.ended_at IS NULL
          AND x.practitioner_id = (SELECT caller_practitioner()))
    OR (p.restricted OR p.limited_to IS NOT NULL AND p.limited_to IS DISTINCT FROM (SELECT caller_practitioner()))
        AND p.id NOT IN (
            SELECT x.person_id FROM restriction x
            WHERE x.organisation_id = (SELECT caller_organisation()) AND NOT x.excluded AND x.ended_at IS NULL
              AND (x.practitioner_id IS NULL OR x.practitioner_id = (SELECT caller_practitioner())))
"""
HIDDEN = """
CREATE FUNCTION hidden_people() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT p.id FROM guarded_person g JOIN person p ON p.id = g.person_id
    WHERE ({closed})
      AND NOT has_emergency_access(p.id, (SELECT caller_organisation()), (SELECT caller_practitioner()), NULL);
END;
"""
HELD = """
CREATE FUNCTION guarded_people_held() RETURNS SETOF uuid
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT p.id FROM guarded_person g JOIN person p ON p.id = g.person_id
    WHERE p.holder_id = (SELECT caller_organisation()) AND NOT ({closed});
END;
"""
FUNCTIONS = {
    "who_answers(uuid[])": WHO_ANSWERS,
    "people_of_right_to_know(uuid[])": ASKED_ABOUT,
    "hidden_people()": HIDDEN,
    "guarded_people_held()": HELD,
}

RULE = """
    probation_id = (SELECT caller_organisation()) AND {unguarded}
    OR responder_id = (SELECT caller_organisation())
    OR subject_kind IN ('destination_referral', 'placement') AND was_sent(subject_id)
"""
SEEN = """
    OR holds_record(person_id)
    OR section_of(subject_kind, timer) IS NOT NULL AND sees_record(person_id, section_of(subject_kind, timer))
"""
OF_EACH = "(SELECT g.person_id FROM guarded_person g WHERE g.person_id = clock.person_id) IS NULL"
OF_ALL = """(
    person_id IS NULL OR person_id NOT IN (SELECT g.person_id FROM guarded_person g)
    OR person_id IN (SELECT guarded_people_held()))
"""
BEFORE = RULE.format(unguarded=OF_EACH) + SEEN
# Both say the same of every clock. Whoever looks at one page asks of each; whoever looks at every clock of a region
# says so, and reads once who is guarded (`timers/queries.py`).
NOW = f"""
    CASE WHEN (SELECT coalesce(current_setting('app.reads_many', true), '')) <> 'yes' THEN {BEFORE}
         ELSE {RULE.format(unguarded=OF_ALL)}
             OR (person_id IS NULL OR person_id NOT IN (SELECT hidden_people())) AND (FALSE {SEEN})
    END
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # It waits for others and holds nobody up; what an attempt that failed has left is made again.
        op.execute("SET lock_timeout = 0")
        for name, rows in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {rows}")
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name, made in FUNCTIONS.items():
        op.execute(made.format(closed=CLOSED))
        op.execute(f"REVOKE EXECUTE ON FUNCTION {name} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {name} TO referrals_api, referrals_reader")
    op.execute(f"ALTER POLICY callers_own ON clock USING ((SELECT on_every_row()) OR {NOW})")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"ALTER POLICY callers_own ON clock USING ((SELECT on_every_row()) OR {BEFORE})")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for name in INDEXES:
        op.execute(f"DROP INDEX {name}")

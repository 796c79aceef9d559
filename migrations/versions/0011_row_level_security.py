"""Row-level security: the second wall. Without a caller the API's role sees no row about anybody.

The guard tells each transaction for whom it works (`app.organisation`, `app.client`, `app.practitioner`). The
rules are those of every package's `visible_to`, said again where no query can forget them.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# Missing and empty settings are nobody. `app.reach` is set by service/access/reach.py and by nothing else.
CALLER = """
CREATE FUNCTION caller_organisation() RETURNS uuid LANGUAGE sql STABLE
    RETURN CAST(nullif(current_setting('app.organisation', true), '') AS uuid);
CREATE FUNCTION caller_client() RETURNS text LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.client', true), '');
CREATE FUNCTION caller_practitioner() RETURNS text LANGUAGE sql STABLE
    RETURN nullif(current_setting('app.practitioner', true), '');
CREATE FUNCTION on_every_row() RETURNS boolean LANGUAGE sql STABLE
    RETURN coalesce(current_setting('app.reach', true) = 'every_row', false);
"""

# They look with the owner's rights: a rule on rows that had to ask another rule would be slow, might go round
# in circles, and where it asks whether there is no restriction, not to see one would open the case.
SIGHT = """
CREATE OR REPLACE FUNCTION may_know_of(of_person uuid, organisation uuid, practitioner text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN of_person IS NULL
        OR NOT EXISTS (SELECT FROM person WHERE id = of_person AND restricted)
        OR EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation
              AND (practitioner_id IS NULL OR practitioner_id = practitioner));

-- Probation: whom the caller's region works with, and who is not closed to the practitioner.
CREATE FUNCTION knows_person(of_person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM involvement i JOIN person p ON p.id = i.person_id
        WHERE i.person_id = of_person AND i.organisation_id = caller_organisation() AND i.ended_at IS NULL
          AND (NOT p.restricted OR may_know_of(p.id, caller_organisation(), caller_practitioner())));
-- Said at length and not by knows_person: lists ask this of every row they look at.
CREATE FUNCTION owns_referral(of_referral uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM referral r
        JOIN involvement i ON i.person_id = r.person_id AND i.organisation_id = r.probation_id
        JOIN person p ON p.id = r.person_id
        WHERE r.id = of_referral AND r.probation_id = caller_organisation() AND i.ended_at IS NULL
          AND (NOT p.restricted OR may_know_of(p.id, caller_organisation(), caller_practitioner())));
CREATE FUNCTION owns_check(of_check uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM safety_check c
        JOIN involvement i ON i.person_id = c.person_id AND i.organisation_id = c.probation_id
        JOIN person p ON p.id = c.person_id
        WHERE c.id = of_check AND c.probation_id = caller_organisation() AND i.ended_at IS NULL
          AND (NOT p.restricted OR may_know_of(p.id, caller_organisation(), caller_practitioner())));
CREATE FUNCTION owns_request(of_request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM check_request WHERE id = of_request AND owns_check(check_id));
CREATE FUNCTION owns_change(of_change uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM change_of_circumstance
        WHERE id = of_change AND probation_id = caller_organisation() AND knows_person(person_id));
CREATE FUNCTION owns_clock(of_clock uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM clock
        WHERE id = of_clock AND probation_id = caller_organisation()
          AND may_know_of(person_id, caller_organisation(), caller_practitioner()));

-- A destination: what it was sent.
CREATE FUNCTION was_sent(part uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM destination_referral
        WHERE id = part AND organisation_id = caller_organisation()
          AND sent_version IS NOT NULL AND state <> 'entered_in_error');
CREATE FUNCTION was_sent_part_of(of_referral uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM destination_referral
        WHERE referral_id = of_referral AND organisation_id = caller_organisation()
          AND sent_version IS NOT NULL AND state <> 'entered_in_error');
CREATE FUNCTION was_told(of_change uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM change_told
        WHERE change_id = of_change AND organisation_id = caller_organisation()
          AND was_sent(destination_referral_id));
CREATE FUNCTION sees_part(part uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN was_sent(part)
        OR EXISTS (SELECT FROM destination_referral WHERE id = part AND owns_referral(referral_id));
CREATE FUNCTION sees_disclosure(of_disclosure uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM disclosure WHERE id = of_disclosure AND sees_part(destination_referral_id));
CREATE FUNCTION is_where_somebody_moves(address uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM placement WHERE move_on_address_id = address AND was_sent(id));

-- An agency: what it was asked.
CREATE FUNCTION was_asked(of_request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM check_request
        WHERE id = of_request AND agency_id = caller_organisation() AND sent_at IS NOT NULL);
CREATE FUNCTION was_asked_for(of_check uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM check_request
        WHERE check_id = of_check AND agency_id = caller_organisation() AND sent_at IS NOT NULL);
CREATE FUNCTION was_asked_about(about text, subject uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM check_request_subject
        WHERE subject_id = subject AND kind = about AND was_asked(request_id));
CREATE FUNCTION was_asked_about_person(of_person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM safety_check WHERE person_id = of_person AND was_asked_for(id));
CREATE FUNCTION sees_request(of_request uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN was_asked(of_request) OR owns_request(of_request);

-- Everybody.
CREATE FUNCTION sees_contact(of_contact uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM contact WHERE id = of_contact AND knows_person(person_id))
        OR was_asked_about('contact', of_contact);
CREATE FUNCTION sees_address(of_address uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM address WHERE id = of_address AND knows_person(person_id))
        OR was_asked_about('address', of_address)
        OR is_where_somebody_moves(of_address);
CREATE FUNCTION sees_clock(of_clock uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN owns_clock(of_clock)
        OR EXISTS (SELECT FROM clock WHERE id = of_clock AND responder_id = caller_organisation());
CREATE FUNCTION was_published(of_event uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM feed_entry WHERE event_id = of_event AND organisation_id = caller_organisation());
-- A region's system reads the feed for everybody there and must learn that something happened. Read for a
-- practitioner who is not named, the feed is silent about a limited access case. To partners, sent is named.
CREATE FUNCTION is_closed_to_practitioner(of_person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN caller_practitioner() IS NOT NULL
        AND EXISTS (
            SELECT FROM organisation WHERE id = caller_organisation() AND kind = 'probation_region')
        AND NOT may_know_of(of_person, caller_organisation(), caller_practitioner());
CREATE FUNCTION is_closed_event(of_event uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM event WHERE id = of_event AND is_closed_to_practitioner(person_id));
"""

FUNCTIONS = (
    "caller_organisation()",
    "caller_client()",
    "caller_practitioner()",
    "on_every_row()",
    "may_know_of(uuid, uuid, text)",
    "knows_person(uuid)",
    "owns_referral(uuid)",
    "owns_check(uuid)",
    "owns_request(uuid)",
    "owns_change(uuid)",
    "owns_clock(uuid)",
    "was_sent(uuid)",
    "was_sent_part_of(uuid)",
    "was_told(uuid)",
    "sees_part(uuid)",
    "sees_disclosure(uuid)",
    "is_where_somebody_moves(uuid)",
    "was_asked(uuid)",
    "was_asked_for(uuid)",
    "was_asked_about(text, uuid)",
    "was_asked_about_person(uuid)",
    "sees_request(uuid)",
    "sees_contact(uuid)",
    "sees_address(uuid)",
    "sees_clock(uuid)",
    "was_published(uuid)",
    "is_closed_to_practitioner(uuid)",
    "is_closed_event(uuid)",
)

ME = "(SELECT caller_organisation())"
PRACTITIONER = "(SELECT caller_practitioner())"
OWN_PERSON = f"probation_id = {ME} AND knows_person(person_id)"
OPEN_TO_ME = f"may_know_of(person_id, {ME}, {PRACTITIONER})"

RULES = {
    # access
    "idempotency_key": "client_id = (SELECT caller_client())",
    "role_holder": f"organisation_id = {ME}",
    # events
    "event": (
        "was_published(id) AND NOT is_closed_to_practitioner(person_id)"
        " OR owns_referral(referral_id)"
        " OR referral_id IS NULL AND knows_person(person_id)"
        " OR subject_kind IN ('destination_referral', 'placement') AND was_sent(subject_id)"
    ),
    "feed_entry": f"organisation_id = {ME}",
    "feed_head": f"organisation_id = {ME}",
    "webhook_endpoint": f"organisation_id = {ME}",
    "webhook_key": (
        "EXISTS (SELECT FROM webhook_endpoint"
        f" WHERE webhook_endpoint.id = endpoint_id AND webhook_endpoint.organisation_id = {ME})"
    ),
    "webhook_delivery": f"organisation_id = {ME} AND NOT is_closed_event(event_id)",
    # timers
    "clock": (
        f"probation_id = {ME} AND {OPEN_TO_ME}"
        f" OR responder_id = {ME}"
        " OR subject_kind IN ('destination_referral', 'placement') AND was_sent(subject_id)"
    ),
    "clock_firing": "sees_clock(clock_id)",
    "escalation_acknowledgement": (
        "EXISTS (SELECT FROM clock_firing WHERE clock_firing.id = firing_id AND sees_clock(clock_id))"
    ),
    "notice": (
        f"organisation_id = {ME}"
        " OR EXISTS (SELECT FROM notice_item WHERE notice_id = notice.id AND owns_clock(clock_id))"
    ),
    "notice_item": f"owns_clock(clock_id) OR organisation_id = {ME} AND sees_clock(clock_id)",
    # people
    "person": "knows_person(id) OR was_asked_about_person(id)",
    "involvement": f"organisation_id = {ME} AND knows_person(person_id)",
    "restriction": f"organisation_id = {ME} AND knows_person(person_id)",
    "contact": "knows_person(person_id) OR was_asked_about('contact', id)",
    "restricted_contact_detail": "sees_contact(contact_id)",
    "address": ("knows_person(person_id) OR was_asked_about('address', id) OR is_where_somebody_moves(id)"),
    "restricted_address_detail": "sees_address(address_id)",
    "rosh_assessment": "knows_person(person_id)",
    "superseded_fact": "knows_person(person_id)",
    # checks
    "safety_check": f"{OWN_PERSON} OR was_asked_for(id)",
    "check_request": (
        f"agency_id = {ME} AND sent_at IS NOT NULL OR probation_id = {ME} AND owns_check(check_id)"
    ),
    "check_request_subject": "sees_request(request_id)",
    "check_message": "sees_request(request_id)",
    "check_result": "sees_request(request_id)",
    "check_review": "owns_request(request_id)",
    "check_countersignature": (
        "EXISTS (SELECT FROM check_review WHERE check_review.id = review_id AND owns_request(request_id))"
    ),
    # referrals
    "referral": f"{OWN_PERSON} OR was_sent_part_of(id)",
    "referral_version": "owns_referral(referral_id)",
    "referral_version_restricted": "owns_referral(referral_id)",
    "destination_referral": (
        f"organisation_id = {ME} AND sent_version IS NOT NULL AND state <> 'entered_in_error'"
        " OR owns_referral(referral_id)"
    ),
    "destination_move": "sees_part(destination_referral_id)",
    "disclosure": "sees_part(destination_referral_id)",
    "disclosure_confidential": "sees_disclosure(id)",
    "message": "sees_part(destination_referral_id)",
    "destination_update": "sees_part(destination_referral_id)",
    "change_notice": "sees_part(destination_referral_id)",
    "placement": "sees_part(id)",
    # circumstances
    "change_of_circumstance": (
        f"{OWN_PERSON} OR organisation_id = {ME} AND was_sent(destination_referral_id) OR was_told(id)"
    ),
    "change_detail": "owns_change(change_id)",
    "change_told": (
        f"organisation_id = {ME} AND was_sent(destination_referral_id) OR owns_change(change_id)"
    ),
    "review": OWN_PERSON,
    "review_outcome": "EXISTS (SELECT FROM review WHERE review.id = review_id AND owns_change(change_id))",
}
"""Which rows of each table are there for a caller of the API."""

# What the restricted store shows is now also only of those whom the caller may know of at all.
RESTRICTED = """
CREATE OR REPLACE FUNCTION restricted_contact_details(contacts uuid[], purpose text)
    RETURNS SETOF restricted_contact_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN ('case_management', 'police_check', 'public_protection') THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_contact_detail
        WHERE contact_id = ANY (contacts){in_sight_contact};
END $$;

CREATE OR REPLACE FUNCTION restricted_address_details(addresses uuid[], purpose text)
    RETURNS SETOF restricted_address_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN (
        'case_management', 'police_check', 'public_protection', 'childrens_safeguarding'
    ) THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_address_detail
        WHERE address_id = ANY (addresses){in_sight_address};
END $$;
"""

# Whoever writes publishes to feeds it cannot read, and is told nothing of them.
PUBLICATION = """
CREATE FUNCTION publish_to_feeds(organisations uuid[], events uuid[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH published AS (
        SELECT queued.organisation_id, queued.event_id,
               row_number() OVER (PARTITION BY queued.organisation_id ORDER BY event.ordinal) AS place
        FROM unnest(organisations, events) AS queued (organisation_id, event_id)
        JOIN event ON event.id = queued.event_id
    ), head AS (
        INSERT INTO feed_head (organisation_id, position)
        SELECT organisation_id, count(*) FROM published GROUP BY organisation_id ORDER BY organisation_id
        ON CONFLICT (organisation_id) DO UPDATE SET position = feed_head.position + excluded.position
        RETURNING organisation_id, position
    )
    INSERT INTO feed_entry (organisation_id, position, event_id)
    SELECT published.organisation_id,
           head.position - count(*) OVER (PARTITION BY published.organisation_id) + published.place,
           published.event_id
    FROM published JOIN head USING (organisation_id)
$$;
COMMENT ON FUNCTION publish_to_feeds(uuid[], uuid[]) IS
    'Gives events their positions: the last statement of a transaction, organisations always in one order';
REVOKE EXECUTE ON FUNCTION publish_to_feeds(uuid[], uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION publish_to_feeds(uuid[], uuid[]) TO referrals_api, referrals_worker;
"""

INDEXES = """
CREATE INDEX feed_entry_of_event ON feed_entry (event_id, organisation_id);
CREATE INDEX destination_referral_in_order ON destination_referral (created_at, id);
CREATE INDEX placement_moving_to ON placement (move_on_address_id) WHERE move_on_address_id IS NOT NULL;
"""

# As 0005 had it.
MAY_KNOW_OF_BEFORE = """
CREATE OR REPLACE FUNCTION may_know_of(of_person uuid, organisation uuid, practitioner text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY INVOKER AS $$
    SELECT of_person IS NULL
        OR NOT EXISTS (SELECT FROM person WHERE id = of_person AND restricted)
        OR EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation
              AND (practitioner_id IS NULL OR practitioner_id = practitioner))
$$;
GRANT EXECUTE ON FUNCTION may_know_of(uuid, uuid, text) TO PUBLIC;
"""


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(CALLER)
    op.execute(SIGHT)
    for function in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO referrals_api, referrals_worker")
    op.execute(
        RESTRICTED.format(
            in_sight_contact="\n          AND (on_every_row() OR sees_contact(contact_id))",
            in_sight_address="\n          AND (on_every_row() OR sees_address(address_id))",
        )
    )
    op.execute(PUBLICATION)
    op.execute(INDEXES)
    for table, rule in RULES.items():
        # Asked once for a statement and not for each row, because nothing in the subselects is of the row.
        whole = f"(SELECT on_every_row()) OR {rule}"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api USING ({whole}) WITH CHECK ({whole})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
    # What happened is told before anything is there to be seen by it.
    op.execute("CREATE POLICY anybody_tells ON event FOR INSERT TO referrals_api WITH CHECK (true)")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute("DROP POLICY anybody_tells ON event")
    for table in RULES:
        op.execute(f"DROP POLICY every_row ON {table}")
        op.execute(f"DROP POLICY callers_own ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    op.execute("DROP INDEX placement_moving_to, destination_referral_in_order, feed_entry_of_event")
    op.execute("DROP FUNCTION publish_to_feeds(uuid[], uuid[])")
    op.execute(RESTRICTED.format(in_sight_contact="", in_sight_address=""))
    op.execute(MAY_KNOW_OF_BEFORE)
    for function in reversed(FUNCTIONS):
        if not function.startswith("may_know_of"):
            op.execute(f"DROP FUNCTION {function}")

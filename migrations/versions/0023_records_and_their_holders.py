"""A record for each CRN and holder: held by one region, and seen by others for as long as the holder shares it.

It replaces involvement. The API of the release before must not run while this is applied: it looks for a CRN
in an index that is gone, because a CRN may now have more than one record.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE person
    ADD COLUMN holder_id uuid REFERENCES organisation (id),
    ADD COLUMN held boolean NOT NULL DEFAULT true,
    ADD COLUMN limited_to text;
ALTER TABLE restriction
    ADD COLUMN excluded boolean NOT NULL DEFAULT false,
    ADD COLUMN reason text,
    ADD COLUMN ended_at timestamptz CHECK (ended_at >= named_at),
    ADD COLUMN ended_by text,
    ADD COLUMN end_reason text,
    ADD CHECK (NOT excluded OR practitioner_id IS NOT NULL);
ALTER TABLE restriction DROP CONSTRAINT restriction_person_id_organisation_id_practitioner_id_key;
CREATE UNIQUE INDEX named_or_excluded_once
    ON restriction (person_id, organisation_id, practitioner_id, excluded) NULLS NOT DISTINCT
    WHERE ended_at IS NULL;
ALTER TABLE referral
    ADD COLUMN held_elsewhere boolean NOT NULL DEFAULT false,
    ADD COLUMN staff_safety boolean NOT NULL DEFAULT false;
CREATE TABLE guarded_person (person_id uuid PRIMARY KEY REFERENCES person (id));
COMMENT ON TABLE guarded_person IS
    'Records of which their own region does not see all: limited, with an exclusion, or held by another before';

ALTER TABLE destination_referral
    ADD COLUMN person_id uuid REFERENCES person (id),
    ADD COLUMN probation_id uuid REFERENCES organisation (id);
UPDATE destination_referral SET person_id = r.person_id, probation_id = r.probation_id
FROM referral r WHERE r.id = referral_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE destination_referral ALTER COLUMN person_id SET NOT NULL, ALTER COLUMN probation_id SET NOT NULL;
CREATE INDEX destination_referral_of_region ON destination_referral (probation_id, created_at, id);
ALTER TABLE clock ADD COLUMN caretaker text, ADD COLUMN caretaker_until timestamptz;
ALTER TABLE safety_check ALTER COLUMN referral_id DROP NOT NULL;     -- of a case with no referral yet

CREATE TABLE case_holding (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner_id text NOT NULL,
    pdu text,
    because text NOT NULL CHECK (because IN
        ('submitted', 'opened', 'reassigned', 'caretaker', 'transferred', 'carried_over')),
    caretaker_id text,
    caretaker_until timestamptz,
    since timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= since),
    event_id uuid REFERENCES event (id),
    CHECK ((caretaker_id IS NULL) = (caretaker_until IS NULL)),
    CHECK (event_id IS NOT NULL OR because = 'carried_over')
);
CREATE UNIQUE INDEX one_holding_at_a_time ON case_holding (person_id) WHERE ended_at IS NULL;
CREATE INDEX case_holding_of_practitioner ON case_holding (organisation_id, practitioner_id)
    WHERE ended_at IS NULL;
CREATE INDEX case_holding_of_caretaker ON case_holding (organisation_id, caretaker_id)
    WHERE ended_at IS NULL AND caretaker_id IS NOT NULL;
CREATE INDEX case_holding_of_person ON case_holding (person_id, since);

CREATE TABLE case_team (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner_id text NOT NULL,
    part text NOT NULL CHECK (part IN
        ('co_worker', 'pso', 'case_administrator', 'prison_offender_manager', 'ap_key_worker', 'cover')),
    from_at timestamptz NOT NULL,
    until_at timestamptz,
    named_by text NOT NULL,
    event_id uuid NOT NULL REFERENCES event (id)
);
CREATE INDEX case_team_of_person ON case_team (person_id);
CREATE UNIQUE INDEX one_part_at_a_time ON case_team (person_id, organisation_id, practitioner_id, part)
    WHERE until_at IS NULL;

CREATE TABLE sight (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    practitioner_id text,
    basis text NOT NULL CHECK (basis IN
        ('host_area', 'joint', 'transfer_pending', 'emergency', 'carried_over')),
    sections text[] NOT NULL CHECK (cardinality(sections) > 0),
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL CHECK (until_at > from_at),
    reason text NOT NULL,
    given_by text NOT NULL,
    event_id uuid REFERENCES event (id),
    ended_at timestamptz,
    ended_by text,
    end_reason text,
    reviewed_at timestamptz,
    reviewed_by text,
    review_outcome text CHECK (review_outcome IN ('justified', 'not_justified')),
    review_reason text,
    CHECK ((reviewed_at IS NULL) = (review_outcome IS NULL)),
    CHECK (basis <> 'emergency' OR practitioner_id IS NOT NULL),
    CHECK (event_id IS NOT NULL OR basis = 'carried_over')
);
COMMENT ON TABLE sight IS
    'An organisation, or one of its staff, that may read a record another holds: which sections, and until when';
CREATE INDEX sight_of_record ON sight (person_id, organisation_id, until_at) WHERE ended_at IS NULL;
CREATE INDEX sight_of_person ON sight (person_id, from_at, id);
CREATE INDEX sight_of_organisation ON sight (organisation_id, until_at) WHERE ended_at IS NULL;
CREATE INDEX sight_to_confirm ON sight (until_at) WHERE event_id IS NULL AND ended_at IS NULL;
CREATE INDEX sight_to_end ON sight (until_at) WHERE basis = 'carried_over' AND ended_at IS NULL;

CREATE TABLE transfer (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    from_id uuid NOT NULL REFERENCES organisation (id),
    to_id uuid NOT NULL REFERENCES organisation (id),
    asked_by_id uuid NOT NULL REFERENCES organisation (id),
    asked_by text NOT NULL,
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'accepted', 'declined', 'withdrawn')),
    state_event_id uuid NOT NULL REFERENCES event (id),
    version integer NOT NULL CHECK (version >= 1),
    outstanding jsonb NOT NULL,
    practitioner_id text,
    pdu text,
    asked_at timestamptz NOT NULL,
    answered_by text,
    answered_at timestamptz,
    answer_reason text,
    CHECK ((state = 'requested') = (answered_at IS NULL))
);
CREATE UNIQUE INDEX one_transfer_at_a_time ON transfer (person_id) WHERE state = 'requested';
CREATE INDEX transfer_in_order ON transfer (asked_at, id);
CREATE INDEX open_clock_of_person ON clock (person_id) WHERE state <> 'stopped';

CREATE TABLE share_request (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    from_id uuid NOT NULL REFERENCES person (id),
    region text NOT NULL,
    basis text NOT NULL CHECK (basis IN ('host_area', 'joint', 'transfer_pending')),
    sections text[] NOT NULL CHECK (cardinality(sections) > 0),
    until_at timestamptz NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at timestamptz NOT NULL CHECK (until_at > asked_at),
    given boolean,
    answered_by text,
    answered_at timestamptz,
    answer_reason text,
    event_id uuid NOT NULL REFERENCES event (id),
    CHECK (from_id <> person_id),
    CHECK ((given IS NULL) = (answered_at IS NULL) AND (given IS NULL) = (answered_by IS NULL))
);
CREATE UNIQUE INDEX one_share_request_at_a_time ON share_request (from_id) WHERE answered_at IS NULL;
CREATE INDEX share_request_of_record ON share_request (person_id, asked_at);
CREATE INDEX share_request_of_side_record ON share_request (from_id, asked_at);

CREATE TABLE proposal_decision (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    from_id uuid NOT NULL REFERENCES person (id),
    path text NOT NULL,
    value_digest text NOT NULL,
    taken boolean NOT NULL,
    reason text,
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL,
    event_id uuid NOT NULL REFERENCES event (id),
    UNIQUE (person_id, from_id, path, value_digest)
);
"""

# The earliest open involvement holds; where all have ended, the last to end. The others see all for 28 days.
CARRIED_OVER = """
UPDATE person SET holder_id = coalesce(
    (SELECT organisation_id FROM involvement i WHERE i.person_id = person.id AND i.ended_at IS NULL
     ORDER BY since, organisation_id LIMIT 1),
    (SELECT organisation_id FROM involvement i WHERE i.person_id = person.id
     ORDER BY ended_at DESC, organisation_id LIMIT 1));
INSERT INTO sight (id, person_id, organisation_id, basis, sections, from_at, until_at, reason, given_by)
SELECT gen_random_uuid(), i.person_id, i.organisation_id, 'carried_over',
       '{household,protected_contacts,risk,referrals,checks,circumstances}',
       now(), now() + interval '28 days', 'Worked with the person before a record had one holder.', 'upgrade'
FROM involvement i JOIN person p ON p.id = i.person_id
WHERE i.ended_at IS NULL AND i.organisation_id <> p.holder_id;
INSERT INTO case_holding (id, person_id, organisation_id, practitioner_id, pdu, because, since)
SELECT DISTINCT ON (p.id) gen_random_uuid(), p.id, p.holder_id, r.practitioner, r.pdu, 'carried_over', now()
FROM person p JOIN referral r ON r.person_id = p.id AND r.probation_id = p.holder_id
ORDER BY p.id, r.submitted_at DESC, r.id DESC;
ALTER TABLE person ALTER COLUMN holder_id SET NOT NULL, ALTER COLUMN held DROP DEFAULT;
ALTER TABLE person DROP CONSTRAINT person_crn_key;
CREATE UNIQUE INDEX one_held_record ON person (crn) WHERE held;
CREATE UNIQUE INDEX one_side_record ON person (crn, holder_id, limited_to) NULLS NOT DISTINCT WHERE NOT held;
CREATE INDEX person_of_holder ON person (holder_id, crn);
"""

# A region sees its own rows without a question for each, but for those of the few people who are guarded.
GUARDED = """
CREATE FUNCTION guard_person() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO guarded_person (person_id)
    VALUES (CAST(to_jsonb(NEW) ->> TG_ARGV[0] AS uuid)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION guard_person() FROM PUBLIC;
CREATE TRIGGER guards_when_limited AFTER INSERT OR UPDATE OF restricted, limited_to ON person
    FOR EACH ROW WHEN (NEW.restricted OR NEW.limited_to IS NOT NULL) EXECUTE FUNCTION guard_person('id');
CREATE TRIGGER guards_when_handed_over AFTER UPDATE OF holder_id ON person
    FOR EACH ROW WHEN (NEW.holder_id IS DISTINCT FROM OLD.holder_id) EXECUTE FUNCTION guard_person('id');
CREATE TRIGGER guards_when_excluded AFTER INSERT OR UPDATE ON restriction
    FOR EACH ROW WHEN (NEW.excluded) EXECUTE FUNCTION guard_person('person_id');
CREATE TRIGGER guards_when_carried_over AFTER INSERT ON sight
    FOR EACH ROW WHEN (NEW.basis = 'carried_over') EXECUTE FUNCTION guard_person('person_id');
ALTER TABLE person ENABLE ALWAYS TRIGGER guards_when_limited;
ALTER TABLE person ENABLE ALWAYS TRIGGER guards_when_handed_over;
ALTER TABLE restriction ENABLE ALWAYS TRIGGER guards_when_excluded;
ALTER TABLE sight ENABLE ALWAYS TRIGGER guards_when_carried_over;
INSERT INTO guarded_person (person_id) SELECT id FROM person WHERE restricted;
GRANT SELECT ON guarded_person TO referrals_api, referrals_reader, referrals_worker;
"""

# What a record is seen through, for a caller: as `people/sight.py` says it. `section` NULL: who the person is.
SEEN = """
    (p.holder_id = (SELECT caller_organisation()) OR EXISTS (
        SELECT FROM sight s
        WHERE s.person_id = p.id AND s.organisation_id = (SELECT caller_organisation())
          AND (s.practitioner_id IS NULL OR s.practitioner_id = (SELECT caller_practitioner()))
          AND s.ended_at IS NULL AND s.from_at <= (SELECT caller_time())
          AND s.until_at > (SELECT caller_time()) AND ({section} IS NULL OR {section} = ANY (s.sections))))
    AND (NOT p.restricted AND p.limited_to IS NULL AND NOT EXISTS (
            SELECT FROM restriction x
            WHERE x.person_id = p.id AND x.organisation_id = (SELECT caller_organisation())
              AND x.practitioner_id = (SELECT caller_practitioner()) AND x.excluded AND x.ended_at IS NULL)
        OR is_named_in(p.id, (SELECT caller_organisation()), (SELECT caller_practitioner()))
        OR has_emergency_access(
            p.id, (SELECT caller_organisation()), (SELECT caller_practitioner()), {section}))
"""


def _seen(section: str) -> str:
    return SEEN.format(section=section)


FUNCTIONS = (
    "caller_time()",
    "section_of(text, text)",
    "is_named_in(uuid, uuid, text)",
    "has_emergency_access(uuid, uuid, text, text)",
    "may_all_know_of(uuid, uuid)",
    "sees_record(uuid, text)",
    "holds_record(uuid)",
    "sees_protected_contact(uuid)",
    "sees_protected_address(uuid)",
    "reads_documents(uuid)",
    "reads_protected(uuid)",
    "reads_documents_of(uuid)",
)
"""What is new here."""

SIGHT = """
-- Ours, so that a share ends by the same clock in tests, in the sandbox and in the service.
CREATE FUNCTION caller_time() RETURNS timestamptz LANGUAGE sql STABLE
    RETURN coalesce(CAST(nullif(current_setting('app.now', true), '') AS timestamptz), now());

-- The section of a record to which a subject belongs; NULL for who the person is, and whose the case is.
CREATE FUNCTION section_of(kind text, event_name text) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN kind IN ('contact', 'address') THEN 'household'
        WHEN kind = 'person' AND event_name LIKE 'rosh.%' THEN 'risk'
        WHEN kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN kind IN ('referral', 'destination_referral', 'placement', 'change_notice') THEN 'referrals'
        WHEN kind IN ('change_of_circumstance', 'review') THEN 'circumstances'
    END;

-- Not closed to a member of staff, whose organisation sees the record.
CREATE FUNCTION is_named_in(of_person uuid, organisation uuid, practitioner text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN NOT EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation
              AND practitioner_id = practitioner AND excluded AND ended_at IS NULL)
        AND (
            NOT EXISTS (
                SELECT FROM person
                WHERE id = of_person AND (
                    restricted OR limited_to IS NOT NULL AND limited_to IS DISTINCT FROM practitioner))
            OR EXISTS (
                SELECT FROM person p JOIN restriction r ON r.person_id = p.id
                WHERE p.id = of_person AND (p.limited_to IS NULL OR p.limited_to = practitioner)
                  AND r.organisation_id = organisation AND NOT r.excluded AND r.ended_at IS NULL
                  AND (r.practitioner_id IS NULL OR r.practitioner_id = practitioner)));

-- It looks past a limit, to the sections that it is for, and never past an exclusion.
CREATE FUNCTION has_emergency_access(
    of_person uuid, organisation uuid, practitioner text, section text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
            SELECT FROM sight s
            WHERE s.person_id = of_person AND s.organisation_id = organisation
              AND s.practitioner_id = practitioner AND s.basis = 'emergency'
              AND s.ended_at IS NULL AND s.from_at <= (SELECT caller_time())
              AND s.until_at > (SELECT caller_time())
              AND (section IS NULL OR section = ANY (s.sections)))
        AND NOT EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation
              AND practitioner_id = practitioner AND excluded AND ended_at IS NULL);

CREATE OR REPLACE FUNCTION may_know_of(of_person uuid, organisation uuid, practitioner text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN of_person IS NULL
        OR is_named_in(of_person, organisation, practitioner)
        OR has_emergency_access(of_person, organisation, practitioner, NULL);

CREATE FUNCTION may_all_know_of(of_person uuid, organisation uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN is_named_in(of_person, organisation, NULL)
        AND NOT EXISTS (
            SELECT FROM restriction
            WHERE person_id = of_person AND organisation_id = organisation AND excluded AND ended_at IS NULL);

CREATE FUNCTION sees_record(of_person uuid, section text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM person p
        WHERE p.id = of_person AND {seen});
CREATE FUNCTION holds_record(of_person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM person WHERE id = of_person AND holder_id = (SELECT caller_organisation()))
        AND is_named_in(of_person, (SELECT caller_organisation()), (SELECT caller_practitioner()));
-- Said at length and not by sees_record: lists ask this of every row they look at.
CREATE OR REPLACE FUNCTION owns_referral(of_referral uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM referral r JOIN person p ON p.id = r.person_id
        WHERE r.id = of_referral AND {sees_referrals});
-- What a referral says tells of the household and the risk as well.
CREATE FUNCTION reads_documents(of_referral uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM referral
        WHERE id = of_referral AND sees_record(person_id, 'referrals')
          AND sees_record(person_id, 'household') AND sees_record(person_id, 'risk'));
CREATE FUNCTION reads_protected(of_referral uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN reads_documents(of_referral) AND EXISTS (
        SELECT FROM referral WHERE id = of_referral AND sees_record(person_id, 'protected_contacts'));
CREATE FUNCTION reads_documents_of(part uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM destination_referral WHERE id = part AND reads_documents(referral_id));
CREATE OR REPLACE FUNCTION sees_disclosure(of_disclosure uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM disclosure
        WHERE id = of_disclosure
          AND (was_sent(destination_referral_id) OR reads_documents_of(destination_referral_id)));
CREATE OR REPLACE FUNCTION owns_check(of_check uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM safety_check c JOIN person p ON p.id = c.person_id
        WHERE c.id = of_check AND {sees_checks});
CREATE OR REPLACE FUNCTION owns_change(of_change uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM change_of_circumstance
        WHERE id = of_change AND sees_record(person_id, 'circumstances'));
CREATE OR REPLACE FUNCTION owns_clock(of_clock uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
        SELECT FROM clock
        WHERE id = of_clock AND (
            probation_id = caller_organisation()
                AND may_know_of(person_id, caller_organisation(), caller_practitioner())
            OR holds_record(person_id)
            OR section_of(subject_kind, timer) IS NOT NULL
                AND sees_record(person_id, section_of(subject_kind, timer))));
CREATE OR REPLACE FUNCTION sees_contact(of_contact uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM contact WHERE id = of_contact AND sees_record(person_id, 'household'))
        OR was_asked_about('contact', of_contact);
CREATE OR REPLACE FUNCTION sees_address(of_address uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (SELECT FROM address WHERE id = of_address AND sees_record(person_id, 'household'))
        OR was_asked_about('address', of_address)
        OR is_where_somebody_moves(of_address);
CREATE FUNCTION sees_protected_contact(of_contact uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
            SELECT FROM contact WHERE id = of_contact AND sees_record(person_id, 'protected_contacts'))
        OR was_asked_about('contact', of_contact);
CREATE FUNCTION sees_protected_address(of_address uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN EXISTS (
            SELECT FROM address WHERE id = of_address AND sees_record(person_id, 'protected_contacts'))
        OR was_asked_about('address', of_address)
        OR is_where_somebody_moves(of_address);
CREATE OR REPLACE FUNCTION is_beyond_sight(event_name text, of_person uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    RETURN (event_name IN ('person.submitted_elsewhere', 'person.share_requested', 'share_request.answered')
            OR event_name LIKE 'transfer.%')
        AND caller_practitioner() IS NOT NULL
        AND NOT sees_record(of_person, NULL);
"""

# As 0011 has them, with who may see what is protected.
RESTRICTED = """
CREATE OR REPLACE FUNCTION restricted_contact_details(contacts uuid[], purpose text)
    RETURNS SETOF restricted_contact_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN ('case_management', 'police_check', 'public_protection') THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_contact_detail
        WHERE contact_id = ANY (contacts)
          AND (on_every_row() OR {contact}(contact_id));
END $$;

CREATE OR REPLACE FUNCTION restricted_address_details(addresses uuid[], purpose text)
    RETURNS SETOF restricted_address_detail
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF purpose IS NULL OR purpose NOT IN (
        'case_management', 'police_check', 'public_protection', 'childrens_safeguarding'
    ) THEN
        RAISE EXCEPTION 'restricted details are not for this purpose'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY SELECT * FROM restricted_address_detail
        WHERE address_id = ANY (addresses)
          AND (on_every_row() OR {address}(address_id));
END $$;
"""

ME = "(SELECT caller_organisation())"
PRACTITIONER = "(SELECT caller_practitioner())"
OPEN_TO_ME = f"may_know_of(person_id, {ME}, {PRACTITIONER})"
# Not EXISTS, which the database may answer by reading the whole table first.
UNGUARDED = "(SELECT g.person_id FROM guarded_person g WHERE g.person_id = {table}.person_id) IS NULL"


def _of_record(table: str, section: str) -> str:
    """The rule for a row of a section: the caller's own first, and a question only where somebody is guarded."""
    unguarded = UNGUARDED.format(table=table)
    return f"probation_id = {ME} AND {unguarded} OR sees_record(person_id, '{section}')"


RULES = {
    "event": (
        "was_published(id) AND NOT is_closed_to_practitioner(person_id) AND NOT is_beyond_sight(name, person_id)"
        " OR person_id IS NULL AND owns_referral(referral_id)"
        " OR sees_record(person_id, section_of(subject_kind, name))"
        " OR subject_kind IN ('destination_referral', 'placement') AND was_sent(subject_id)"
    ),
    "clock": (
        f"probation_id = {ME} AND {UNGUARDED.format(table='clock')}"
        f" OR responder_id = {ME}"
        " OR subject_kind IN ('destination_referral', 'placement') AND was_sent(subject_id)"
        " OR holds_record(person_id)"
        " OR section_of(subject_kind, timer) IS NOT NULL"
        " AND sees_record(person_id, section_of(subject_kind, timer))"
    ),
    "person": "sees_record(id, NULL) OR was_asked_about_person(id)",
    "restriction": f"holds_record(person_id) OR organisation_id = {ME} AND sees_record(person_id, NULL)",
    "contact": "sees_record(person_id, 'household') OR was_asked_about('contact', id)",
    "restricted_contact_detail": "sees_protected_contact(contact_id)",
    "address": (
        "sees_record(person_id, 'household') OR was_asked_about('address', id) OR is_where_somebody_moves(id)"
    ),
    "restricted_address_detail": "sees_protected_address(address_id)",
    "rosh_assessment": "sees_record(person_id, 'risk')",
    "superseded_fact": "sees_record(person_id, 'household')",
    "safety_check": f"{_of_record('safety_check', 'checks')} OR was_asked_for(id)",
    "check_request": f"agency_id = {ME} AND sent_at IS NOT NULL OR owns_check(check_id)",
    "referral": f"{_of_record('referral', 'referrals')} OR was_sent_part_of(id)",
    "destination_referral": (
        f"organisation_id = {ME} AND sent_version IS NOT NULL AND state <> 'entered_in_error'"
        f" OR {_of_record('destination_referral', 'referrals')}"
    ),
    "referral_version": "reads_documents(referral_id)",
    "referral_version_restricted": "reads_protected(referral_id)",
    "disclosure": "was_sent(destination_referral_id) OR reads_documents_of(destination_referral_id)",
    "change_of_circumstance": (
        "sees_record(person_id, 'circumstances')"
        f" OR organisation_id = {ME} AND was_sent(destination_referral_id) OR was_told(id)"
    ),
    "review": _of_record("review", "circumstances"),
}
"""Which rows of each table are there for a caller, where that is now said by the record."""

NEW_RULES = {
    "case_holding": "sees_record(person_id, NULL)",
    "case_team": "sees_record(person_id, NULL)",
    "sight": f"holds_record(person_id) OR organisation_id = {ME} AND sees_record(person_id, NULL)",
    # Whoever asks for a case that another region holds sees what was asked, and not whether it is limited.
    "transfer": (
        f"(from_id = {ME} OR to_id = {ME}) AND (asked_by_id = {ME} AND asked_by = {PRACTITIONER}"
        f" OR (from_id = {ME} OR asked_by_id <> {ME} OR state = 'accepted') AND {OPEN_TO_ME})"
    ),
    "share_request": "holds_record(person_id) OR holds_record(from_id)",
    "proposal_decision": "holds_record(person_id)",
}

# A clock that runs follows its case to whoever holds it; the calendar it is pinned to stays.
FREED = """
CREATE OR REPLACE FUNCTION refuse_bending_a_clock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.subject_kind, NEW.subject_id, NEW.timer, NEW.cycle, NEW.policy_id,
        NEW.calendar_id, NEW.responder_id, NEW.anchor, NEW.person_id,
        NEW.exposed_since, NEW.first_urgency, NEW.first_hard_date, NEW.started_at, NEW.ladder)
       IS DISTINCT FROM
       (OLD.id, OLD.subject_kind, OLD.subject_id, OLD.timer, OLD.cycle, OLD.policy_id,
        OLD.calendar_id, OLD.responder_id, OLD.anchor, OLD.person_id,
        OLD.exposed_since, OLD.first_urgency, OLD.first_hard_date, OLD.started_at, OLD.ladder)
    THEN
        RAISE EXCEPTION 'a clock keeps what it started with'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'keeps_what_it_started_with';
    END IF;
    IF OLD.state = 'stopped' THEN
        RAISE EXCEPTION 'a stopped clock stays stopped'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'stopped_stays_stopped';
    END IF;
    IF OLD.urgency = 'urgent' AND NEW.urgency <> 'urgent' THEN
        RAISE EXCEPTION 'urgency is never lowered'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'urgency_is_never_lowered';
    END IF;
    IF NEW.fired < OLD.fired OR jsonb_array_length(NEW.turns) < jsonb_array_length(OLD.turns) OR (
        SELECT coalesce(jsonb_agg(turn ORDER BY place), '[]')
        FROM jsonb_array_elements(NEW.turns) WITH ORDINALITY AS turns (turn, place)
        WHERE place <= jsonb_array_length(OLD.turns)
    ) <> OLD.turns THEN
        RAISE EXCEPTION 'what happened to a clock is only added to'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'turns_are_only_added_to';
    END IF;
    RETURN NEW;
END $$;
GRANT UPDATE (probation_id, referral_id, practitioner, pdu, caretaker, caretaker_until)
    ON clock TO referrals_api;
"""

# An escalation that nobody may read is addressed to the service's own organisation, and so to the operator.
WATCH = """
CREATE INDEX notice_item_for_nobody ON notice_item (clock_id)
    WHERE organisation_id = '00000000-0000-0000-0000-000000000000';
CREATE FUNCTION count_escalations_to_nobody() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT count(*) FROM (
        SELECT FROM notice_item i
        JOIN clock c ON c.id = i.clock_id AND c.state <> 'stopped'
        JOIN clock_firing f ON f.id = i.firing_id AND f.ordinal = c.fired
        WHERE i.organisation_id = '00000000-0000-0000-0000-000000000000' LIMIT 1000) AS found;
END;
COMMENT ON FUNCTION count_escalations_to_nobody() IS
    'What readiness and metrics show of the cases about which nobody may be told: a figure only';
REVOKE EXECUTE ON FUNCTION count_escalations_to_nobody() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_escalations_to_nobody() TO referrals_api, referrals_worker;
"""

ONLY_ADDED_TO = ("proposal_decision",)
CHANGED_IN_PLACE = ("case_holding", "case_team", "sight", "transfer", "share_request")

BACK = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM person WHERE NOT held) THEN
        RAISE EXCEPTION 'a CRN has more than one record: the release before cannot hold them';
    END IF;
END $$;
CREATE TABLE involvement (
    person_id uuid NOT NULL REFERENCES person (id),
    organisation_id uuid NOT NULL REFERENCES organisation (id),
    since timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= since),
    PRIMARY KEY (person_id, organisation_id)
);
CREATE INDEX involvement_of_organisation ON involvement (organisation_id, person_id) WHERE ended_at IS NULL;
INSERT INTO involvement (person_id, organisation_id, since)
SELECT id, holder_id, recorded_at FROM person;
INSERT INTO involvement (person_id, organisation_id, since)
SELECT DISTINCT s.person_id, s.organisation_id, now() FROM sight s JOIN person p ON p.id = s.person_id
WHERE s.organisation_id <> p.holder_id AND s.practitioner_id IS NULL
  AND s.ended_at IS NULL AND s.until_at > now();
GRANT SELECT, INSERT, UPDATE ON involvement TO referrals_api, referrals_worker;
GRANT SELECT ON involvement TO referrals_reader;
ALTER TABLE involvement ENABLE ROW LEVEL SECURITY;
CREATE POLICY every_row ON involvement TO referrals_worker USING (true) WITH CHECK (true);
DROP TRIGGER guards_when_limited ON person;
DROP TRIGGER guards_when_handed_over ON person;
DROP TRIGGER guards_when_excluded ON restriction;
DROP INDEX one_held_record, one_side_record, person_of_holder;
ALTER TABLE person ADD CONSTRAINT person_crn_key UNIQUE (crn);
"""
COLUMNS_BACK = """
DROP INDEX open_clock_of_person;
REVOKE UPDATE (probation_id, referral_id, practitioner, pdu, caretaker, caretaker_until)
    ON clock FROM referrals_api;
ALTER TABLE safety_check ALTER COLUMN referral_id SET NOT NULL;
ALTER TABLE person DROP COLUMN holder_id, DROP COLUMN held, DROP COLUMN limited_to;
DROP FUNCTION count_escalations_to_nobody();
DROP INDEX notice_item_for_nobody;
REVOKE UPDATE (ended_at, ended_by, end_reason) ON restriction FROM referrals_api;
REVOKE INSERT ON restriction FROM referrals_worker;
DELETE FROM restriction WHERE excluded OR ended_at IS NOT NULL;
DROP INDEX named_or_excluded_once;
ALTER TABLE restriction
    DROP COLUMN excluded, DROP COLUMN reason, DROP COLUMN ended_at, DROP COLUMN ended_by,
    DROP COLUMN end_reason;
ALTER TABLE restriction ADD CONSTRAINT restriction_person_id_organisation_id_practitioner_id_key
    UNIQUE NULLS NOT DISTINCT (person_id, organisation_id, practitioner_id);
ALTER TABLE referral DROP COLUMN held_elsewhere, DROP COLUMN staff_safety;
ALTER TABLE destination_referral DROP COLUMN person_id, DROP COLUMN probation_id;
ALTER TABLE clock DROP COLUMN caretaker, DROP COLUMN caretaker_until;
"""


def _alter(table: str, rule: str) -> str:
    whole = f"(SELECT on_every_row()) OR {rule}"
    return f"ALTER POLICY callers_own ON {table} USING ({whole}) WITH CHECK ({whole})"


def upgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    op.execute(TABLES)
    op.execute(GUARDED)
    op.execute(CARRIED_OVER)
    op.execute(
        SIGHT.format(
            seen=_seen("section"),
            sees_referrals=_seen("'referrals'"),
            sees_checks=_seen("'checks'"),
        )
    )
    op.execute(RESTRICTED.format(contact="sees_protected_contact", address="sees_protected_address"))
    for function in FUNCTIONS:
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(
            f"GRANT EXECUTE ON FUNCTION {function} TO referrals_api, referrals_reader, referrals_worker"
        )
    for table, rule in RULES.items():
        op.execute(_alter(table, rule))
    for table, rule in NEW_RULES.items():
        whole = f"(SELECT on_every_row()) OR {rule}"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY callers_own ON {table} TO referrals_api, referrals_reader"
            f" USING ({whole}) WITH CHECK ({whole})"
        )
        op.execute(f"CREATE POLICY every_row ON {table} TO referrals_worker USING (true) WITH CHECK (true)")
        op.execute(f"GRANT SELECT ON {table} TO referrals_api, referrals_reader, referrals_worker")
        op.execute(f"GRANT INSERT ON {table} TO referrals_api")
    for table in ONLY_ADDED_TO:
        op.execute(
            f"CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER only_added_to")
    for table in CHANGED_IN_PLACE:
        op.execute(
            f"CREATE TRIGGER never_deleted BEFORE DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history()"
        )
        op.execute(f"GRANT UPDATE ON {table} TO referrals_api")
    op.execute("SELECT insist_on_explained_state('transfer')")
    op.execute(FREED)
    op.execute(WATCH)
    op.execute("GRANT UPDATE (ended_at, ended_by, end_reason) ON restriction TO referrals_api")
    op.execute("GRANT INSERT ON restriction TO referrals_worker")
    op.execute("GRANT UPDATE (event_id, ended_at, ended_by) ON sight TO referrals_worker")
    op.execute("DROP POLICY callers_own ON involvement")
    op.execute("DROP FUNCTION knows_person(uuid)")
    op.execute("DROP TABLE involvement")


def downgrade() -> None:
    op.execute("SET lock_timeout = '5s'")
    script = op.get_context().script
    before = script.get_revision("0011").module
    op.execute(BACK)
    op.execute(before.SIGHT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute(
        "REVOKE EXECUTE ON FUNCTION knows_person(uuid) FROM PUBLIC;"
        "GRANT EXECUTE ON FUNCTION knows_person(uuid) TO referrals_api, referrals_reader, referrals_worker"
    )
    sight = script.get_revision("0015").module
    op.execute(sight.SIGHT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"))
    op.execute(sight.CLOSED.format(beyond=f" OR {sight.BEYOND}"))
    op.execute(RESTRICTED.format(contact="sees_contact", address="sees_address"))
    for table in RULES:
        op.execute(_alter(table, before.RULES[table]))
    op.execute(_alter("event", sight.EVENTS.format(beyond=f" AND NOT {sight.BEYOND}")))
    whole = f"(SELECT on_every_row()) OR {before.RULES['involvement']}"
    op.execute(
        "CREATE POLICY callers_own ON involvement TO referrals_api, referrals_reader"
        f" USING ({whole}) WITH CHECK ({whole})"
    )
    for table in NEW_RULES:
        op.execute(f"DROP POLICY callers_own ON {table}")
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
    for table in (*reversed(NEW_RULES), "guarded_person"):
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP FUNCTION guard_person()")
    op.execute(script.get_revision("0020").module.KEEPS.format(new=", NEW.ladder", old=", OLD.ladder"))
    op.execute(COLUMNS_BACK)

"""Whose each row is, said a second time and from the other end: by the owner, over the whole of the tables.

Nothing here is taken from the rules in the migration. Each query gives the key of a row, an organisation that
may see it and the person it is about; what a limited access case closes is taken away afterwards.
"""

from dataclasses import dataclass

from tests.cast import PARTS, Caller
from tests.faults.fixtures import Place

# Who stands where: a region in its own referrals and checks, a destination in what it was sent, an agency in
# what it was asked.
STANDING = """
WITH every AS (
    SELECT unnest(ARRAY[
        'household', 'protected_contacts', 'risk', 'referrals', 'checks', 'circumstances'
    ]) AS part
), seen AS (
    SELECT id AS person_id, holder_id AS org, part FROM person CROSS JOIN every
    UNION SELECT person_id, organisation_id, unnest(sections) FROM sight
        WHERE ended_at IS NULL AND from_at <= '{now}' AND until_at > '{now}' AND practitioner_id IS NULL
), known AS (
    SELECT DISTINCT person_id, org FROM seen
), own AS (
    SELECT id AS referral_id, person_id, org FROM referral JOIN seen USING (person_id)
        WHERE part = 'referrals'
), told AS (
    SELECT own.referral_id, person_id, org FROM own
        JOIN (SELECT * FROM seen WHERE part = 'household') a USING (person_id, org)
        JOIN (SELECT * FROM seen WHERE part = 'risk') b USING (person_id, org)
), sent AS (
    SELECT d.id AS part_id, d.referral_id, r.person_id, d.organisation_id AS org
    FROM destination_referral d JOIN referral r ON r.id = d.referral_id
    WHERE d.sent_version IS NOT NULL AND d.state <> 'entered_in_error'
), part AS (
    SELECT d.id AS part_id, own.person_id, own.org
    FROM destination_referral d JOIN own ON own.referral_id = d.referral_id
    UNION SELECT part_id, person_id, org FROM sent
), asks AS (
    SELECT q.id AS request_id, q.check_id, q.person_id, known.org
    FROM check_request q JOIN seen known USING (person_id) WHERE part = 'checks'
), asked AS (
    SELECT q.id AS request_id, q.check_id, q.person_id, q.agency_id AS org
    FROM check_request q WHERE q.sent_at IS NOT NULL
), request AS (
    SELECT request_id, person_id, org FROM asks UNION SELECT request_id, person_id, org FROM asked
), about AS (
    SELECT s.kind, s.subject_id, a.person_id, a.org
    FROM check_request_subject s JOIN asked a ON a.request_id = s.request_id
), moving AS (
    SELECT p.move_on_address_id AS address_id, sent.person_id, sent.org
    FROM placement p JOIN sent ON sent.part_id = p.id
), home AS (
    SELECT a.id AS address_id, a.person_id, org FROM address a JOIN seen USING (person_id)
        WHERE part = 'household'
    UNION SELECT subject_id, person_id, org FROM about WHERE kind = 'address'
    UNION SELECT address_id, person_id, org FROM moving
), around AS (
    SELECT c.id AS contact_id, c.person_id, org FROM contact c JOIN seen USING (person_id)
        WHERE part = 'household'
    UNION SELECT subject_id, person_id, org FROM about WHERE kind = 'contact'
), runs AS (
    SELECT c.id AS clock_id, person_id, p.holder_id AS org FROM clock c JOIN person p ON p.id = c.person_id
    UNION SELECT id, person_id, org FROM clock JOIN seen USING (person_id) WHERE part = CASE
        WHEN subject_kind IN ('check', 'check_request', 'check_review') THEN 'checks'
        WHEN subject_kind IN ('review', 'change_of_circumstance', 'disclosure_decision', 'right_to_know')
            THEN 'circumstances'
        WHEN subject_kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording')
            THEN 'referrals'
        WHEN subject_kind = 'contact' THEN 'household'
        WHEN subject_kind = 'subject_access' THEN 'protected_contacts'
    END
), awaited AS (
    SELECT id AS clock_id, person_id, responder_id AS org FROM clock WHERE responder_id IS NOT NULL
), change AS (
    SELECT id AS change_id, person_id, org FROM change_of_circumstance JOIN seen USING (person_id)
        WHERE part = 'circumstances'
), heard AS (
    SELECT t.change_id, t.destination_referral_id AS part_id, sent.person_id, sent.org
    FROM change_told t JOIN sent ON sent.part_id = t.destination_referral_id AND sent.org = t.organisation_id
), story AS (
    SELECT DISTINCT e.id AS event_id, e.person_id, org FROM event e JOIN seen USING (person_id)
        WHERE part = CASE
            WHEN subject_kind IN ('check', 'check_request', 'check_review') THEN 'checks'
            WHEN subject_kind IN ('contact', 'address') THEN 'household'
            WHEN starts_with(name, 'rosh.') THEN 'risk'
            WHEN subject_kind = 'subject_access' THEN 'protected_contacts'
            WHEN subject_kind IN ('review', 'change_of_circumstance', 'disclosure_decision', 'right_to_know')
            THEN 'circumstances'
            WHEN subject_kind IN ('referral', 'destination_referral', 'placement', 'change_notice', 'wording',
                'release_arrangement')
                THEN 'referrals'
            ELSE part
        END
    UNION SELECT e.id, sent.person_id, sent.org FROM event e JOIN sent ON sent.part_id = e.subject_id
        WHERE e.subject_kind IN ('destination_referral', 'placement')
)
"""


@dataclass(frozen=True)
class Table:
    """How a row of a table is named, and the question whose it is."""

    key: str
    whose: str


_DISCLOSED = """
    (SELECT d.*, told.org FROM disclosure d JOIN destination_referral p ON p.id = d.destination_referral_id
        JOIN told ON told.referral_id = p.referral_id
     UNION SELECT d.*, sent.org FROM disclosure d JOIN sent ON sent.part_id = d.destination_referral_id) d
"""
"""What was sent, to whoever may read it: the recipient, and who sees what a referral says."""


def _of_parts(table: str, part: str = "destination_referral_id", key: str = "id") -> str:
    return f"SELECT t.{key}::text, org, part.person_id FROM {table} t JOIN part ON part.part_id = t.{part}"


def _of_requests(table: str, whose: str = "request", key: str = "id") -> str:
    return (
        f"SELECT t.{key}::text, org, person_id FROM {table} t JOIN {whose} w ON w.request_id = t.request_id"
    )


WHOSE = {
    "idempotency_key": Table(
        "client_id || ' ' || key",
        "SELECT k.client_id || ' ' || k.key, c.organisation_id, CAST(NULL AS uuid)"
        " FROM idempotency_key k JOIN client c ON c.id = k.client_id",
    ),
    "staff": Table(
        "organisation_id || ' ' || id",
        "SELECT organisation_id || ' ' || id, organisation_id, CAST(NULL AS uuid) FROM staff",
    ),
    "staff_role": Table("id", "SELECT id::text, organisation_id, CAST(NULL AS uuid) FROM staff_role"),
    "staff_absence": Table("id", "SELECT id::text, organisation_id, CAST(NULL AS uuid) FROM staff_absence"),
    "event": Table("id", "SELECT event_id::text, org, person_id FROM story"),
    "feed_entry": Table(
        "organisation_id || ' ' || position",
        "SELECT organisation_id || ' ' || position, organisation_id, CAST(NULL AS uuid) FROM feed_entry",
    ),
    "feed_head": Table(
        "organisation_id",
        "SELECT organisation_id::text, organisation_id, CAST(NULL AS uuid) FROM feed_head",
    ),
    "webhook_endpoint": Table(
        "id",
        "SELECT id::text, organisation_id, CAST(NULL AS uuid) FROM webhook_endpoint",
    ),
    "webhook_key": Table(
        "id",
        "SELECT k.id::text, e.organisation_id, CAST(NULL AS uuid)"
        " FROM webhook_key k JOIN webhook_endpoint e ON e.id = k.endpoint_id",
    ),
    "webhook_delivery": Table(
        "id",
        "SELECT d.id::text, d.organisation_id, e.person_id"
        " FROM webhook_delivery d JOIN event e ON e.id = d.event_id",
    ),
    "clock": Table(
        "id",
        "SELECT clock_id::text, org, person_id FROM runs"
        " UNION SELECT clock_id::text, org, person_id FROM awaited"
        " UNION SELECT c.id::text, sent.org, sent.person_id FROM clock c JOIN sent ON"
        " sent.part_id = c.subject_id WHERE c.subject_kind IN ('destination_referral', 'placement')",
    ),
    "clock_firing": Table(
        "id",
        "SELECT f.id::text, org, person_id FROM clock_firing f JOIN runs USING (clock_id)"
        " UNION SELECT f.id::text, org, person_id FROM clock_firing f JOIN awaited USING (clock_id)",
    ),
    "step_acknowledgement": Table(
        "item_id",
        "SELECT a.item_id::text, org, person_id FROM clock_firing f JOIN runs USING (clock_id)"
        " JOIN step_acknowledgement a ON a.firing_id = f.id"
        " UNION SELECT a.item_id::text, org, person_id FROM clock_firing f JOIN awaited USING (clock_id)"
        " JOIN step_acknowledgement a ON a.firing_id = f.id",
    ),
    "escalation_note": Table(
        "id",
        "SELECT n.id::text, org, person_id FROM clock_firing f JOIN runs USING (clock_id)"
        " JOIN escalation_note n ON n.firing_id = f.id AND n.organisation_id = org"
        " UNION SELECT n.id::text, org, person_id FROM clock_firing f JOIN awaited USING (clock_id)"
        " JOIN escalation_note n ON n.firing_id = f.id AND n.organisation_id = org",
    ),
    "escalation_handover": Table(
        "item_id",
        "SELECT h.item_id::text, org, person_id FROM clock_firing f JOIN runs USING (clock_id)"
        " JOIN escalation_handover h ON h.firing_id = f.id AND h.organisation_id = org"
        " UNION SELECT h.item_id::text, org, person_id FROM clock_firing f JOIN awaited USING (clock_id)"
        " JOIN escalation_handover h ON h.firing_id = f.id AND h.organisation_id = org",
    ),
    "notice": Table(
        "id",
        "SELECT id::text, organisation_id, CAST(NULL AS uuid) FROM notice"
        " UNION SELECT i.notice_id::text, org, person_id FROM notice_item i JOIN runs USING (clock_id)"
        " WHERE i.notice_id IS NOT NULL",
    ),
    "notice_item": Table(
        "id",
        "SELECT i.id::text, org, person_id FROM notice_item i JOIN runs USING (clock_id)"
        " UNION SELECT i.id::text, org, person_id FROM notice_item i JOIN awaited USING (clock_id)"
        " WHERE i.organisation_id = org",
    ),
    "policy_application": Table(
        "id", "SELECT id::text, organisation_id, CAST(NULL AS uuid) FROM policy_application"
    ),
    "person": Table(
        "id",
        "SELECT person_id::text, org, person_id FROM known"
        " UNION SELECT person_id::text, org, person_id FROM asked",
    ),
    "case_holding": Table(
        "id", "SELECT h.id::text, org, person_id FROM case_holding h JOIN known USING (person_id)"
    ),
    "case_team": Table(
        "id", "SELECT t.id::text, org, person_id FROM case_team t JOIN known USING (person_id)"
    ),
    "sight": Table(
        "id",
        "SELECT s.id::text, p.holder_id, p.id FROM sight s JOIN person p ON p.id = s.person_id"
        " UNION SELECT s.id::text, org, person_id FROM sight s JOIN known USING (person_id)"
        " WHERE s.organisation_id = org",
    ),
    "agreement": Table(
        "id",
        "SELECT a.id::text, p.holder_id, p.id FROM agreement a JOIN person p ON p.id = a.person_id",
    ),
    "transfer": Table(
        "id",
        "SELECT id::text, from_id, person_id FROM transfer"
        # Whoever asks for a case that is held elsewhere knows of its asking by the side record.
        " UNION SELECT t.id::text, t.to_id, aside.id FROM transfer t JOIN person p ON p.id = t.person_id"
        " JOIN person aside ON aside.crn = p.crn AND NOT aside.held AND aside.holder_id = t.to_id",
    ),
    "share_request": Table(
        "id",
        "SELECT s.id::text, p.holder_id, p.id FROM share_request s"
        " JOIN person p ON p.id IN (s.person_id, s.from_id)",
    ),
    "proposal_decision": Table(
        "id",
        "SELECT d.id::text, p.holder_id, p.id FROM proposal_decision d JOIN person p ON p.id = d.person_id",
    ),
    "shared_number": Table(
        "id",
        "SELECT s.id::text, k.org, s.person_id FROM shared_number s JOIN known k USING (person_id)"
        " JOIN known o ON o.person_id = s.other_id AND o.org = k.org",
    ),
    "same_as_decision": Table(
        "id",
        "SELECT s.id::text, k.org, s.person_id FROM same_as_decision s JOIN known k USING (person_id)"
        " JOIN known o ON o.person_id = s.other_id AND o.org = k.org",
    ),
    "restriction": Table(
        "id",
        "SELECT r.id::text, p.holder_id, p.id FROM restriction r JOIN person p ON p.id = r.person_id"
        " UNION SELECT r.id::text, org, person_id FROM restriction r JOIN known USING (person_id)"
        " WHERE r.organisation_id = org",
    ),
    "said": Table(
        "person_id || ' ' || client_id",
        # A system may read what it has said itself: digests, also of a case that is limited since.
        "SELECT s.person_id || ' ' || s.client_id, c.organisation_id, NULL::uuid"
        " FROM said s JOIN client c ON c.id = s.client_id",
    ),
    "contact": Table("id", "SELECT contact_id::text, org, person_id FROM around"),
    "restricted_contact_detail": Table(
        "contact_id",
        "SELECT contact_id::text, org, person_id FROM restricted_contact_detail"
        " JOIN contact c ON c.id = contact_id JOIN seen USING (person_id) WHERE part = 'protected_contacts'"
        " UNION SELECT d.contact_id::text, org, person_id FROM about"
        " JOIN restricted_contact_detail d ON d.contact_id = subject_id WHERE kind = 'contact'",
    ),
    "address": Table("id", "SELECT address_id::text, org, person_id FROM home"),
    "restricted_address_detail": Table(
        "address_id",
        "SELECT address_id::text, org, person_id FROM restricted_address_detail"
        " JOIN address a ON a.id = address_id JOIN seen USING (person_id) WHERE part = 'protected_contacts'"
        " UNION SELECT d.address_id::text, org, person_id FROM about"
        " JOIN restricted_address_detail d ON d.address_id = subject_id WHERE kind = 'address'"
        " UNION SELECT address_id::text, org, person_id FROM moving"
        " JOIN restricted_address_detail USING (address_id)",
    ),
    "rosh_assessment": Table(
        "id",
        "SELECT a.id::text, org, person_id FROM rosh_assessment a JOIN seen USING (person_id)"
        " WHERE part = 'risk'",
    ),
    "safety_check": Table(
        "id",
        "SELECT c.id::text, org, person_id FROM safety_check c JOIN seen USING (person_id)"
        " WHERE part = 'checks' UNION SELECT check_id::text, org, person_id FROM asked",
    ),
    "check_request": Table("id", "SELECT request_id::text, org, person_id FROM request"),
    "check_request_subject": Table(
        "request_id || ' ' || kind || ' ' || subject_id",
        "SELECT t.request_id || ' ' || t.kind || ' ' || t.subject_id, org, person_id"
        " FROM check_request_subject t JOIN request USING (request_id)",
    ),
    "check_question": Table(
        "request_id || ' ' || version",
        "SELECT t.request_id || ' ' || t.version, org, person_id"
        " FROM check_question t JOIN request USING (request_id)",
    ),
    "check_reason": Table(
        "check_id",
        "SELECT t.check_id::text, org, c.person_id FROM check_reason t"
        " JOIN safety_check c ON c.id = t.check_id JOIN seen USING (person_id) WHERE part = 'checks'",
    ),
    "check_joined": Table(
        "check_id || ' ' || request_id",
        "SELECT t.check_id || ' ' || t.request_id, org, c.person_id FROM check_joined t"
        " JOIN safety_check c ON c.id = t.check_id JOIN seen USING (person_id) WHERE part = 'checks'",
    ),
    "check_message": Table("id", _of_requests("check_message")),
    "check_result": Table("id", _of_requests("check_result")),
    "check_answer": Table(
        "result_id || ' ' || kind || ' ' || subject_id",
        "SELECT t.result_id || ' ' || t.kind || ' ' || t.subject_id, org, person_id FROM check_answer t"
        " JOIN check_result a ON a.id = t.result_id JOIN request USING (request_id)",
    ),
    "check_review": Table("id", _of_requests("check_review", "asks")),
    "check_countersignature": Table(
        "review_id",
        "SELECT s.review_id::text, org, person_id FROM check_countersignature s"
        " JOIN check_review v ON v.id = s.review_id JOIN asks ON asks.request_id = v.request_id",
    ),
    "referral": Table(
        "id",
        "SELECT referral_id::text, org, person_id FROM own"
        " UNION SELECT referral_id::text, org, person_id FROM sent",
    ),
    "referral_version": Table(
        "referral_id || ' ' || number",
        "SELECT v.referral_id || ' ' || v.number, org, person_id FROM referral_version v"
        " JOIN told USING (referral_id)",
    ),
    "referral_version_restricted": Table(
        "referral_id || ' ' || number",
        "SELECT v.referral_id || ' ' || v.number, org, person_id FROM referral_version_restricted v"
        " JOIN told USING (referral_id)"
        " JOIN (SELECT * FROM seen WHERE part = 'protected_contacts') x USING (person_id, org)",
    ),
    "destination_referral": Table("id", "SELECT part_id::text, org, person_id FROM part"),
    "destination_move": Table("id", _of_parts("destination_move")),
    "disclosure": Table("id", f"SELECT d.id::text, org, d.person_id FROM {_DISCLOSED}"),
    "disclosure_confidential": Table(
        "id",
        f"SELECT d.id::text, org, d.person_id FROM {_DISCLOSED}"
        " JOIN disclosure_confidential c ON c.id = d.id",
    ),
    "message": Table("id", _of_parts("message")),
    "destination_update": Table("id", _of_parts("destination_update")),
    "change_notice": Table("id", _of_parts("change_notice")),
    "placement": Table("id", _of_parts("placement", "id")),
    "change_of_circumstance": Table(
        "id",
        "SELECT change_id::text, org, person_id FROM change"
        " UNION SELECT change_id::text, org, person_id FROM heard"
        " UNION SELECT c.id::text, sent.org, sent.person_id FROM change_of_circumstance c"
        " JOIN sent ON sent.part_id = c.destination_referral_id AND sent.org = c.organisation_id",
    ),
    "change_detail": Table(
        "change_id",
        "SELECT change_id::text, org, person_id FROM change_detail JOIN change USING (change_id)",
    ),
    "change_told": Table(
        "change_id || ' ' || destination_referral_id",
        "SELECT t.change_id || ' ' || t.destination_referral_id, org, person_id FROM change_told t"
        " JOIN change USING (change_id)"
        " UNION SELECT change_id || ' ' || part_id, org, person_id FROM heard",
    ),
    "review": Table(
        "id",
        "SELECT id::text, org, person_id FROM review JOIN seen USING (person_id)"
        " WHERE part = 'circumstances'",
    ),
    "disclosure_decision": Table(
        "id",
        "SELECT id::text, org, person_id FROM disclosure_decision JOIN seen USING (person_id)"
        " WHERE part = 'circumstances'",
    ),
    "disclosure_step": Table(
        "id",
        "SELECT s.id::text, org, person_id FROM disclosure_step s"
        " JOIN disclosure_decision d ON d.id = s.decision_id JOIN seen USING (person_id)"
        " WHERE part = 'circumstances'",
    ),
    "right_to_know": Table(
        "id",
        "SELECT id::text, org, person_id FROM right_to_know JOIN seen USING (person_id)"
        " WHERE part = 'circumstances' UNION SELECT id::text, police_id, person_id FROM right_to_know",
    ),
    "release_arrangement": Table(
        "id",
        "SELECT id::text, org, person_id FROM release_arrangement JOIN seen USING (person_id)"
        " WHERE part = 'referrals'",
    ),
    "subject_access": Table(
        "id",
        "SELECT id::text, org, person_id FROM subject_access JOIN seen USING (person_id)"
        " WHERE part = 'protected_contacts'",
    ),
    "review_proposal": Table(
        "id",
        "SELECT p.id::text, org, person_id FROM review_proposal p"
        " JOIN review r ON r.id = p.review_id JOIN seen USING (person_id) WHERE part = 'circumstances'",
    ),
    "review_agreement": Table(
        "proposal_id",
        "SELECT a.proposal_id::text, org, person_id FROM review_agreement a"
        " JOIN review_proposal p ON p.id = a.proposal_id JOIN review r ON r.id = p.review_id"
        " JOIN seen USING (person_id) WHERE part = 'circumstances'",
    ),
    "review_outcome": Table(
        "review_id",
        "SELECT r.id::text, org, person_id FROM review r"
        " JOIN review_outcome o ON o.review_id = r.id JOIN seen USING (person_id)"
        " WHERE part = 'circumstances'",
    ),
}
"""For each table how a row is named, and whose it is."""

PUBLISHED = (
    "SELECT f.event_id::text, f.organisation_id, e.person_id"
    " FROM feed_entry f JOIN event e ON e.id = f.event_id"
)
"""What a feed has told an organisation it may read as an event, too."""

FOR_THE_SYSTEM = frozenset({"webhook_delivery"})
"""Tables of which a region's system sees the rows of limited access cases too, when it calls for nobody."""


@dataclass(frozen=True)
class Ownership:
    """By table each row's key, organisation and person; who is restricted, who is named for
    them and who is excluded.

    Besides, which events tell that somebody was asked for, and which organisation knows whom.
    """

    rows: dict[str, frozenset[tuple[str, str, str | None]]]
    published: frozenset[tuple[str, str, str | None]]
    elsewhere: frozenset[str]
    known: frozenset[tuple[str, str, str | None]]
    restricted: frozenset[str]
    named: frozenset[tuple[str, str, str | None]]
    excluded: frozenset[tuple[str, str, str | None]]

    def of(self, table: str, caller: Caller) -> set[str]:
        """Return the keys of the rows of a table that a caller may see."""
        by_system = caller.practitioner is None
        found = {
            key
            for key, org, person in self.rows[table]
            if org == str(caller.organisation_id)
            and (
                (self._open(person, caller) and (by_system or not self._elsewhere(key, org, person)))
                or (by_system and table in FOR_THE_SYSTEM)
            )
        }
        if table == "event":
            found |= {
                key
                for key, org, person in self.published
                if org == str(caller.organisation_id)
                and (by_system or (self._open(person, caller) and not self._elsewhere(key, org, person)))
            }
        return found

    def _elsewhere(self, key: str, org: str, person: str | None) -> bool:
        """Return whether a row is, or pushes, the notice that somebody of another region was asked for."""
        return key in self.elsewhere and (person, org, None) not in self.known

    def _open(self, person: str | None, caller: Caller) -> bool:
        part = next(part for part in PARTS.values() if part.client_id == caller.client_id)
        who = caller.practitioner.id if caller.practitioner else None
        if person is not None and (person, str(caller.organisation_id), who) in self.excluded:
            return False
        if person not in self.restricted or part.kind != "probation_region":
            return True
        practitioner = caller.practitioner.id if caller.practitioner else None
        org = str(caller.organisation_id)
        return (person, org, None) in self.named or (
            practitioner is not None and (person, org, practitioner) in self.named
        )


def ownership(place: Place) -> Ownership:
    """Look at everything that is stored, and say whose it is."""
    return Ownership(
        {
            name: _three(place, STANDING.replace("{now}", place.story.clock.at.isoformat()) + table.whose)
            for name, table in WHOSE.items()
        },
        _three(place, PUBLISHED),
        frozenset(
            str(row[0])
            for row in place.rows(
                "WITH notice AS (SELECT id FROM event WHERE name = 'person.submitted_elsewhere')"
                " SELECT id FROM notice UNION"
                " SELECT d.id FROM webhook_delivery d JOIN notice ON notice.id = d.event_id"
            )
        ),
        frozenset(
            (str(person), str(org), None)
            for person, org in place.rows(
                STANDING.replace("{now}", place.story.clock.at.isoformat())
                + "SELECT person_id, org FROM known"
            )
        ),
        frozenset(
            str(row[0])
            for row in place.rows("SELECT id FROM person WHERE restricted OR limited_to IS NOT NULL")
        ),
        frozenset(
            (str(person), str(org), who)
            for person, org, who in place.rows(
                "SELECT person_id, organisation_id, practitioner_id FROM restriction r"
                " WHERE NOT excluded AND ended_at IS NULL"
                " UNION SELECT id, holder_id, limited_to FROM person WHERE limited_to IS NOT NULL"
            )
        ),
        frozenset(
            (str(person), str(org), who)
            for person, org, who in place.rows(
                "SELECT person_id, organisation_id, practitioner_id FROM restriction WHERE excluded"
            )
        ),
    )


def _three(place: Place, query: str) -> frozenset[tuple[str, str, str | None]]:
    return frozenset(
        (str(key), str(org), None if person is None else str(person))
        for key, org, person in place.rows(query)
        if org is not None
    )

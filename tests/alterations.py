"""Alterations of the safeguards in the database that a superuser could make, and their alarms."""

MONTH = "audit_entry_2030_01"

ALTERATIONS: dict[str, tuple[str, set[str]]] = {
    "the audit trail can be rewritten": (
        "ALTER TABLE audit_entry DISABLE TRIGGER audit_is_only_added_to",
        {"trigger_disabled:audit_entry.audit_is_only_added_to"},
    ),
    "one month of the audit trail can be rewritten": (
        "ALTER TABLE audit_entry_other DISABLE TRIGGER audit_is_only_added_to",
        {"trigger_disabled:audit_entry_other.audit_is_only_added_to"},
    ),
    "a session in replica mode may rewrite events": (
        "ALTER TABLE event ENABLE TRIGGER only_added_to",
        {"trigger_disabled:event.only_added_to"},
    ),
    "only a session in replica mode is kept from changing the course of a clock": (
        "ALTER TABLE clock ENABLE REPLICA TRIGGER keeps_its_course",
        {"trigger_disabled:clock.keeps_its_course"},
    ),
    "states need no event, and no foreign key holds": (
        "ALTER TABLE webhook_key DISABLE TRIGGER ALL",
        {"trigger_disabled:webhook_key.webhook_key_endpoint_id_fkey"},
    ),
    "a state needs no event any more": (
        "DROP TRIGGER state_has_its_event ON check_request",
        {"trigger_missing:check_request.state_has_its_event"},
    ),
    "only some changes of notices are refused": (
        """
        DROP TRIGGER only_added_to ON notice;
        CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON notice
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting_history();
        ALTER TABLE notice ENABLE ALWAYS TRIGGER only_added_to;
        """,
        {"trigger_altered:notice.only_added_to"},
    ),
    "a trigger has been added that no migration makes": (
        """
        CREATE TRIGGER quiet BEFORE INSERT ON audit_entry_other
            FOR EACH ROW EXECUTE FUNCTION refuse_going_back()
        """,
        {"trigger_altered:audit_entry_other.quiet"},
    ),
    "new entries of the audit trail are discarded": (
        "CREATE RULE nothing AS ON INSERT TO audit_entry_other DO INSTEAD NOTHING",
        {"trigger_altered:audit_entry_other.nothing"},
    ),
    "stored rows are copied to another table": (
        """
        CREATE TABLE elsewhere_copy (LIKE destination_move);
        ALTER TABLE elsewhere_copy ENABLE ROW LEVEL SECURITY;
        CREATE RULE also AS ON INSERT TO destination_move DO ALSO INSERT INTO elsewhere_copy SELECT NEW.*;
        """,
        {"trigger_altered:destination_move.also"},
    ),
    "every caller sees every person": (
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
        {"row_security_off:person"},
    ),
    "every caller sees every escalation": (
        "ALTER TABLE clock_firing DISABLE ROW LEVEL SECURITY",
        {"row_security_off:clock_firing"},
    ),
    "a table holds a copy of every person": (
        "CREATE TABLE person_copy AS SELECT * FROM person",
        {"row_security_off:person_copy"},
    ),
    "a month is detached from the audit trail": (
        f"""
        SET ROLE referrals_owner;
        SELECT make_audit_partitions(60);
        ALTER TABLE audit_entry DETACH PARTITION {MONTH};
        """,
        {
            f"row_security_off:{MONTH}",
            f"trigger_altered:{MONTH}.audit_is_only_added_to",
        },
    ),
    "the owner is bound by policies too": (
        "ALTER TABLE clock FORCE ROW LEVEL SECURITY",
        {"row_security_altered:clock"},
    ),
    "no caller finds an organisation": (
        "ALTER TABLE organisation ENABLE ROW LEVEL SECURITY",
        {"row_security_altered:organisation"},
    ),
    "a policy has been removed": (
        "DROP POLICY callers_own ON referral",
        {"policy_missing:referral.callers_own"},
    ),
    "the policy of the worker has been removed": (
        "DROP POLICY every_row ON clock",
        {"policy_missing:clock.every_row"},
    ),
    "a policy shows every contact": (
        "ALTER POLICY callers_own ON contact USING (true)",
        {"policy_altered:contact.callers_own"},
    ),
    "a policy lets every caller write": (
        "ALTER POLICY callers_own ON message WITH CHECK (true)",
        {"policy_altered:message.callers_own"},
    ),
    "a policy applies to every role": (
        "ALTER POLICY every_row ON person TO PUBLIC",
        {"policy_altered:person.every_row"},
    ),
    "a second policy opens what the first one closes": (
        "CREATE POLICY also ON address TO referrals_api USING (true)",
        {"policy_altered:address.also"},
    ),
    "a function has been removed": (
        "DROP FUNCTION restricted_address_details(uuid[], text)",
        {"function_missing:restricted_address_details(addresses uuid[], purpose text)"},
    ),
    "every caller bypasses row visibility": (
        "CREATE OR REPLACE FUNCTION on_every_row() RETURNS boolean LANGUAGE sql STABLE RETURN true",
        {"function_altered:on_every_row()"},
    ),
    "a function uses the search path of its caller": (
        "ALTER FUNCTION refuse_unexplained_state() RESET search_path",
        {"function_altered:refuse_unexplained_state()"},
    ),
    "a function runs with a superuser's rights": (
        "ALTER FUNCTION publish_to_feeds(uuid[], uuid[]) OWNER TO CURRENT_USER",
        {"function_altered:publish_to_feeds(organisations uuid[], events uuid[])"},
    ),
    "a trigger function refuses nothing": (
        """
        CREATE OR REPLACE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RETURN NULL; END'
        """,
        {"function_altered:refuse_change_of_audit()"},
    ),
    "a function has been added that no migration makes": (
        """
        CREATE FUNCTION everybody() RETURNS SETOF person LANGUAGE sql SECURITY DEFINER
            AS 'SELECT * FROM person'
        """,
        {"function_altered:everybody()"},
    ),
    "the API owns a table": (
        "ALTER TABLE placement OWNER TO referrals_api",
        {"owner_altered:placement"},
    ),
    "the API reads the audit trail": (
        "GRANT SELECT ON audit_entry TO referrals_api",
        {"grant_too_many:referrals_api SELECT on audit_entry"},
    ),
    "the API reads the default partition of the audit trail": (
        "GRANT SELECT ON audit_entry_other TO referrals_api",
        {"grant_too_many:referrals_api SELECT on audit_entry_other"},
    ),
    "every role reads where an ex-partner lives": (
        "GRANT SELECT (lines) ON restricted_address_detail TO PUBLIC",
        {"grant_too_many:PUBLIC SELECT (lines) on restricted_address_detail"},
    ),
    "the worker can grant its rights to others": (
        "GRANT SELECT ON restriction TO referrals_worker WITH GRANT OPTION",
        {"grant_too_many:referrals_worker SELECT WITH GRANT OPTION on restriction"},
    ),
    "the sealer reads a view of persons": (
        "CREATE VIEW everybody AS SELECT * FROM person; GRANT SELECT ON everybody TO referrals_sealer",
        {"grant_too_many:referrals_sealer SELECT on everybody"},
    ),
    "a copy in another schema is open to the API": (
        """
        CREATE SCHEMA elsewhere;
        CREATE VIEW elsewhere.everybody AS SELECT * FROM person;
        GRANT SELECT ON elsewhere.everybody TO referrals_api;
        """,
        {"grant_too_many:referrals_api SELECT on elsewhere.everybody"},
    ),
    "every role runs a function of the owner": (
        "GRANT EXECUTE ON FUNCTION watch_timers() TO PUBLIC",
        {"grant_too_many:PUBLIC EXECUTE on watch_timers()"},
    ),
    "every role creates tables in our schema": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        {"grant_too_many:PUBLIC CREATE on schema public"},
    ),
    "a setting lets the API bypass row visibility": (
        "ALTER ROLE referrals_api IN DATABASE {} SET app.reach = 'every_row'",
        {"role_too_powerful:referrals_api app.reach=every_row"},
    ),
    "a setting puts the worker in replica mode": (
        "ALTER ROLE referrals_worker IN DATABASE {} SET session_replication_role = replica",
        {"role_too_powerful:referrals_worker session_replication_role=replica"},
    ),
}
"""Each alteration: the statement that makes it, and the alarms that readiness then raises."""

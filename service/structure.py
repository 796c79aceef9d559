"""Compares the database's safeguards with those that the migrations of this release create.

Owners, triggers, row policies, functions and the rights of our roles are read from PostgreSQL's catalogue and
compared with `structure.json`. That file ships with the release, so it cannot be changed from within the
database. This module knows names and hashes only, and repairs nothing.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from service.db import ROLES

FILE: Final = Path(__file__).with_name("structure.json")
"""The expected structure, written by `make structure`."""

_INCIDENT: Final = "treat it as an incident: only the owner or a superuser can do this"

ALARMS: Final[dict[str, tuple[str, str]]] = {
    "trigger_disabled": (
        "a trigger or a foreign key is not enforced as the migrations say",
        f"{_INCIDENT}. `ENABLE ALWAYS TRIGGER` as its migration does, then run `referrals audit verify`",
    ),
    "trigger_missing": ("a trigger has been removed", f"{_INCIDENT}. Create it as its migration does"),
    "trigger_altered": (
        "a trigger runs another function, or a trigger or a rule has been added",
        _INCIDENT,
    ),
    "row_security_off": (
        "a table has no row-level security, or the migrations do not create this table",
        f"{_INCIDENT}. Enable it, or remove the table",
    ),
    "row_security_altered": (
        "row-level security is forced on the owner, or enabled where the migrations leave it off",
        "undo it: functions that read with the owner's rights return nothing",
    ),
    "policy_missing": ("a row policy has been removed", f"{_INCIDENT}. Create it as its migration does"),
    "policy_altered": ("a row policy has changed, or has been added", _INCIDENT),
    "function_missing": ("a function has been removed", f"{_INCIDENT}. Create it as its migration does"),
    "function_altered": (
        "a function has another body, owner or search path, or has been added",
        _INCIDENT,
    ),
    "owner_altered": ("a table, view or sequence belongs to another role", f"{_INCIDENT}. Give it back"),
    "grant_too_many": (
        "one of our roles, or every role (`PUBLIC`), holds a right that no migration grants",
        "revoke it, and find out who granted it and how it was used",
    ),
    "role_too_powerful": (
        "one of our roles has an attribute, a membership or a setting that overrides policies",
        "remove it (`ALTER ROLE`, `REVOKE`): our roles need `LOGIN` and nothing else",
    ),
}
"""The code of each kind of alteration, its meaning, and what to do."""


class Found(NamedTuple):
    """An object in the catalogue, and its safeguards.

    section: `relations`, `functions`, `schemas` or `roles`.
    known_as: its name in `structure.json`, which all partitions of a table share.
    """

    section: str
    name: str
    known_as: str
    what: Any


# PostgreSQL 15 and 18 give the same result: names instead of numbers, and expressions without the white space
# and aliases in which versions differ. Every name has its schema, so that a search path cannot substitute
# another object.
_READ: Final = text(r"""
WITH reader AS (
    SELECT oid, rolname::text AS name FROM pg_catalog.pg_roles
    WHERE rolname = ANY (CAST(:roles AS name[]))
), member AS (
    SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), relation AS (
    SELECT c.*,
        CASE WHEN n.nspname = 'public' THEN '' ELSE n.nspname || '.' END || c.relname AS name
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\_t%'
      AND NOT EXISTS (SELECT FROM member WHERE classid = CAST('pg_class' AS regclass) AND objid = c.oid)
), acl AS (
    SELECT oid, relowner AS owner, relacl AS given, '' AS of_column FROM relation WHERE relacl IS NOT NULL
    UNION ALL
    SELECT relation.oid, relation.relowner, a.attacl, ' (' || a.attname || ')'
    FROM relation JOIN pg_catalog.pg_attribute a ON a.attrelid = relation.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
), held AS (
    SELECT acl.oid, coalesce(reader.name, 'PUBLIC') AS name,
        g.privilege_type || acl.of_column
            || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS what
    FROM acl CROSS JOIN pg_catalog.aclexplode(acl.given) AS g LEFT JOIN reader ON reader.oid = g.grantee
    WHERE g.grantee = 0 OR reader.oid <> acl.owner
), granted AS (
    SELECT oid, pg_catalog.jsonb_object_agg(name, rights) AS grants
    FROM (SELECT oid, name, pg_catalog.jsonb_agg(what ORDER BY what) AS rights
          FROM held GROUP BY 1, 2) AS each
    GROUP BY 1
), fired AS (
    SELECT t.tgrelid AS oid, pg_catalog.jsonb_object_agg(
        CASE WHEN t.tgisinternal THEN k.conname ELSE t.tgname END,
        pg_catalog.jsonb_build_array(t.tgenabled,
            CASE WHEN t.tgisinternal THEN '' ELSE pg_catalog.concat_ws(' ',
            p.proname, t.tgtype, t.tgdeferrable, t.tginitdeferred, t.tgqual IS NOT NULL,
            pg_catalog.encode(t.tgargs, 'hex'),
            (SELECT pg_catalog.string_agg(a.attname, ',' ORDER BY a.attname) FROM pg_catalog.pg_attribute a
             WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr))) END)) AS triggers
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
    LEFT JOIN pg_catalog.pg_constraint k ON k.oid = t.tgconstraint
    WHERE NOT t.tgisinternal OR t.tgenabled <> 'O'
    GROUP BY 1
), rewritten AS (
    SELECT r.ev_class AS oid, pg_catalog.jsonb_object_agg(
        r.rulename, pg_catalog.jsonb_build_array(r.ev_enabled, 'rule')) AS rules
    FROM pg_catalog.pg_rewrite r WHERE r.rulename <> '_RETURN'
    GROUP BY 1
), policed AS (
    SELECT p.polrelid AS oid, pg_catalog.jsonb_object_agg(p.polname, pg_catalog.left(pg_catalog.encode(
        pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws('|', p.polcmd, p.polpermissive,
            (SELECT coalesce(pg_catalog.string_agg(r.rolname, ',' ORDER BY r.rolname), 'PUBLIC')
             FROM pg_catalog.pg_roles r WHERE r.oid = ANY (p.polroles)),
            pg_catalog.regexp_replace(
                pg_catalog.pg_get_expr(p.polqual, p.polrelid), ' AS \w+|\s', '', 'g'),
            'check',
            pg_catalog.regexp_replace(
                pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), ' AS \w+|\s', '', 'g')
        ), 'UTF8')), 'hex'), 16)) AS policies
    FROM pg_catalog.pg_policy p GROUP BY 1
)
SELECT 'relations' AS section, relation.name AS name,
    CASE WHEN relation.relispartition THEN CAST(i.inhparent AS regclass) || ' (partition)'
        ELSE relation.name END AS known_as,
    pg_catalog.jsonb_build_object(
        'owner', pg_catalog.pg_get_userbyid(relation.relowner),
        'row_security', CASE WHEN relation.relkind NOT IN ('r', 'p') THEN 'none'
            WHEN NOT relation.relrowsecurity THEN 'off'
            WHEN relation.relforcerowsecurity THEN 'forced' ELSE 'on' END,
        'triggers', coalesce(fired.triggers, '{}') || coalesce(rewritten.rules, '{}'),
        'policies', coalesce(policed.policies, '{}'),
        'grants', coalesce(granted.grants, '{}')) AS found
FROM relation
LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = relation.oid AND relation.relispartition
LEFT JOIN fired USING (oid) LEFT JOIN rewritten USING (oid)
LEFT JOIN policed USING (oid) LEFT JOIN granted USING (oid)
UNION ALL
SELECT 'functions', known.name, known.name, pg_catalog.jsonb_build_object(
    'owner', pg_catalog.pg_get_userbyid(p.proowner),
    'body', pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(
        pg_catalog.concat_ws('|',
        p.prokind, p.prosecdef, p.provolatile, p.proisstrict, p.proretset,
        pg_catalog.format_type(p.prorettype, NULL), l.lanname, pg_catalog.array_to_string(p.proconfig, ';'),
        p.prosrc,
        pg_catalog.regexp_replace(pg_catalog.pg_get_function_sqlbody(p.oid), ' AS \w+|\s', '', 'g')
    ), 'UTF8')), 'hex'), 16),
    'grants', (SELECT coalesce(pg_catalog.jsonb_object_agg(coalesce(reader.name, 'PUBLIC'),
            pg_catalog.jsonb_build_array(g.privilege_type)), '{}')
        FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS g
        LEFT JOIN reader ON reader.oid = g.grantee WHERE g.grantee = 0 OR reader.oid IS NOT NULL))
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
CROSS JOIN LATERAL (
    SELECT p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' AS name) AS known
WHERE p.pronamespace = CAST('public' AS regnamespace)
  AND NOT EXISTS (SELECT FROM member WHERE classid = CAST('pg_proc' AS regclass) AND objid = p.oid)
UNION ALL
SELECT 'schemas', n.nspname, n.nspname, pg_catalog.jsonb_build_object('grants',
    (SELECT coalesce(pg_catalog.jsonb_object_agg(name, rights), '{}') FROM (
        SELECT coalesce(reader.name, 'PUBLIC') AS name, pg_catalog.jsonb_agg(g.privilege_type) AS rights
        FROM pg_catalog.aclexplode(n.nspacl) AS g LEFT JOIN reader ON reader.oid = g.grantee
        WHERE g.grantee = 0 OR reader.oid IS NOT NULL GROUP BY 1) AS held))
FROM pg_catalog.pg_namespace n WHERE n.nspname = 'public'
UNION ALL
SELECT 'roles', r.rolname, r.rolname, pg_catalog.to_jsonb(
    CASE WHEN r.rolsuper THEN ARRAY['SUPERUSER'] ELSE '{}' END
    || CASE WHEN r.rolbypassrls THEN ARRAY['BYPASSRLS'] ELSE '{}' END
    || CASE WHEN r.rolcreaterole THEN ARRAY['CREATEROLE'] ELSE '{}' END
    || CASE WHEN r.rolreplication THEN ARRAY['REPLICATION'] ELSE '{}' END
    || ARRAY(SELECT 'member of ' || pg_catalog.pg_get_userbyid(m.roleid)
             FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid)
    || ARRAY(SELECT given FROM pg_catalog.pg_db_role_setting s
             CROSS JOIN pg_catalog.unnest(s.setconfig) AS given
             WHERE s.setrole IN (0, r.oid)
               AND s.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database d
                                         WHERE d.datname = pg_catalog.current_database()))
               AND given ~ '^(app[.]|search_path=|session_replication_role=|row_security=)'))
FROM pg_catalog.pg_roles r WHERE r.rolname = ANY (CAST(:roles || ARRAY['referrals_owner'] AS name[]))
""")

_READERS: Final = [f"referrals_{role}" for role in ROLES if role != "owner"]
_NOTHING: Final[Mapping[str, Any]] = {"triggers": {}, "policies": {}, "grants": {}}


def read(session: Session) -> list[Found]:
    """Read the current structure from the catalogue, as any role may."""
    return [Found(*row) for row in session.execute(_READ, {"roles": _READERS})]


def document(found: Iterable[Found]) -> str:
    """Return the structure of a freshly migrated database as the JSON of `structure.json`."""
    expectation: dict[str, dict[str, Any]] = {}
    for each in found:
        expectation.setdefault(each.section, {})[each.known_as] = each.what
    return json.dumps(expectation, indent=1, sort_keys=True) + "\n"


def alterations(session: Session) -> list[str]:
    """Return every alteration, each as a code of `ALARMS`, a colon and the name of the object."""
    return sorted(_compare(read(session), _expected()))


@cache
def _expected() -> dict[str, dict[str, Any]]:
    expectation: dict[str, dict[str, Any]] = json.loads(FILE.read_text())
    return expectation


def _compare(found: list[Found], expected: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for section, name, known_as, what in found:
        wanted = expected[section].get(known_as)
        if what != wanted:
            yield from _COMPARE[section](name, what, wanted)
    there = {(each.section, each.known_as) for each in found}
    for name, wanted in expected["relations"].items():
        if ("relations", name) not in there:
            yield from _relation(name, {**wanted, "triggers": {}, "policies": {}, "grants": {}}, wanted)
    for name in expected["functions"]:
        if ("functions", name) not in there:
            yield f"function_missing:{name}"


def _relation(name: str, what: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> Iterator[str]:
    # An unknown table may hold personal data, so it must have row-level security, and no policy.
    wanted = wanted or {**_NOTHING, "owner": what["owner"], "row_security": "on"}
    if what["row_security"] == "off" != wanted["row_security"]:
        yield f"row_security_off:{name}"
    elif what["row_security"] not in {wanted["row_security"], "none"}:
        yield f"row_security_altered:{name}"
    if what["owner"] != wanted["owner"]:
        yield f"owner_altered:{name}"
    yield from _triggers(name, what["triggers"], wanted["triggers"])
    yield from _each("policy", name, what["policies"], wanted["policies"])
    yield from _grants(name, what["grants"], wanted["grants"])


def _triggers(table: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    # Each has when it fires and what it runs. A foreign key's trigger is listed only when it is disabled.
    for name, (fires, runs) in found.items():
        if not runs or (name in wanted and fires != wanted[name][0]):
            yield f"trigger_disabled:{table}.{name}"
    yield from _each(
        "trigger",
        table,
        {name: runs for name, (_, runs) in found.items() if runs},
        {name: runs for name, (_, runs) in wanted.items()},
    )


def _each(kind: str, table: str, found: Mapping[str, str], wanted: Mapping[str, str]) -> Iterator[str]:
    for name in wanted.keys() - found.keys():
        yield f"{kind}_missing:{table}.{name}"
    for name, says in found.items():
        if says != wanted.get(name):
            yield f"{kind}_altered:{table}.{name}"


def _function(name: str, what: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> Iterator[str]:
    if wanted is None or (what["owner"], what["body"]) != (wanted["owner"], wanted["body"]):
        yield f"function_altered:{name}"
    yield from _grants(name, what["grants"], (wanted or what)["grants"])


def _schema(name: str, what: Mapping[str, Any], wanted: Mapping[str, Any] | None) -> Iterator[str]:
    yield from _grants(f"schema {name}", what["grants"], (wanted or _NOTHING)["grants"])


def _role(name: str, what: list[str], _: object) -> Iterator[str]:
    for power in what:
        yield f"role_too_powerful:{name} {power}"


def _grants(name: str, found: Mapping[str, list[str]], wanted: Mapping[str, list[str]]) -> Iterator[str]:
    for role, rights in found.items():
        for right in rights:
            if right not in wanted.get(role, ()):
                yield f"grant_too_many:{role} {right} on {name}"


_COMPARE: Final[Mapping[str, Callable[[str, Any, Any], Iterator[str]]]] = {
    "relations": _relation,
    "functions": _function,
    "schemas": _schema,
    "roles": _role,
}

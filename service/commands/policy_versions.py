"""Operator commands for escalation policies: read, try, publish, and move clocks onto them.

The rules are those of the API; an operator also publishes what is for everybody, and for all regions.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError
from sqlalchemy.orm import Session

from service import audit, clock
from service.access.actor import Actor
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.errors import NotRegistered, Refused
from service.fields import moment_text
from service.http import refused
from service.http.problems import invalid
from service.registration import permitted
from service.registration.queries import find_organisation
from service.timers.scopes import EVERYBODY, Scope
from service.timers.versions import actions, drafts, dry_runs, queries, views
from service.timers.versions.queries import Edition
from service.timers.versions.schemas import PolicyFigures
from service.timers.versions.words import SIDES

_PAGE = 500
_FILE = click.argument("file", type=click.Path(path_type=Path))
_RESPONDER = click.option("--responder", help="Only for this destination or agency, as kind/code.")
_REGION = click.option("--region", help="Only for the clocks of this region, such as N54.")
_REASON = click.option("--reason", required=True, help="Why; it is kept.")


@click.group(cls=CommandGroup)
def policies() -> None:
    """Decide how soon answers are due, and whom escalations notify."""


@policies.command("list")
def list_policies() -> None:
    """List the policies: key, general version in force, and the overrides in force."""
    with operating() as (session, actor):
        _record(session, actor)
        now = clock.now()
        for key in queries.list_keys(session, actor, after=None, limit=_PAGE):
            known = queries.editions(session, actor, [key])
            current = queries.in_force(known, now)
            others = [one for one in known if one.id in current.values() and one.scope != EVERYBODY]
            general = next(one.number for one in known if one.id == current[EVERYBODY])
            click.echo("  ".join([key, str(general), *(f"{one.number}={_whom(one)}" for one in others)]))


@policies.command("show")
@click.argument("key")
@click.option("--version", type=click.IntRange(1), help="One version; all that are in force by default.")
def show_policy(key: str, version: int | None) -> None:
    """Print a policy as JSON, with its figures in words."""
    with operating() as (session, actor):
        _record(session, actor)
        known, now = _known(session, actor, key), clock.now()
        if version is None:
            wanted = queries.documents(session, set(queries.in_force(known, now).values()))
            shown = views.policy(actor, known, wanted, now)
        else:
            one = _numbered(known, version)
            shown = views.version(actor, known, one, queries.documents(session, [one.id])[one.id], now)
    click.echo(json.dumps(shown, indent=2, default=str))


@policies.command("dry-run")
@click.argument("key")
@_FILE
@_RESPONDER
@_REGION
def dry_run(key: str, file: Path, responder: str | None, region: str | None) -> None:
    """Say what the draft in FILE would do to running clocks, if they were moved onto it now.

    FILE has JSON: the figures of an override, or with neither option a whole general document.
    """
    given, after, lines = _read(file), None, list[str]()
    clocks = earlier = later = 0
    with operating() as (session, actor):
        known, now = _known(session, actor, key), clock.now()
        scope = _scope(session, responder, region)
        document = _document(session, known, scope, given, now)
        while True:
            found = dry_runs.clocks(session, actor, known, scope, after=after, limit=_PAGE)
            rows = found[:_PAGE]
            dry_runs.record(session, actor, rows)
            ran = dry_runs.run(session, rows, document, now)
            clocks += len(rows)
            earlier += sum(unit["earlier"] for unit in ran["units"])
            later += sum(unit["later"] for unit in ran["units"])
            lines += (line for one in ran["clocks"] for line in _would_fire(one))
            if len(found) <= _PAGE:
                break
            after = rows[-1].id
    click.echo(f"{clocks} running clocks: {earlier} due earlier, {later} due later")
    for line in lines:
        click.echo(line)


def _would_fire(one: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines about one clock of a dry run: its target, and what would fire when and for whom."""
    unit = f", {one['pdu']}" if one["pdu"] else ""
    due, new = moment_text(one["due_at"]), moment_text(one["new_due_at"])
    yield f"{one['subject_kind']} {one['subject_id']}, {one['timer']}{unit}: due {new}, was {due}"
    for firing in one["fires_at_once"]:
        yield f"  at once: {_firing(firing, one['pdu'])}"
    if not one["fires_at_once"]:
        coming = one["new_next_firing"]
        yield f"  {moment_text(coming['due_at'])}: {_firing(coming, one['pdu'])}"


def _firing(firing: Mapping[str, Any], unit: str | None) -> str:
    where = {**SIDES, "probation": unit or SIDES["probation"]}
    whom = (
        f"{each['words']} of {where[each['side']]}" if each["role"] else SIDES[each["side"]]
        for each in firing["notifies"]
    )
    return f"{firing['step']} notifies {', '.join(whom)}"


@policies.command("publish")
@click.argument("key")
@_FILE
@_RESPONDER
@_REGION
@_REASON
@click.option("--from", "begins", type=click.DateTime(), help="From when, in UTC; now by default.")
@click.option("--until", "ends", type=click.DateTime(), help="Until when, in UTC; only an override ends.")
def publish(
    key: str,
    file: Path,
    *,
    responder: str | None,
    region: str | None,
    reason: str,
    begins: datetime | None,
    ends: datetime | None,
) -> None:
    """Publish the draft in FILE. No running clock changes: `apply` moves them.

    FILE has JSON: the figures of an override, or with neither option a whole general document.
    """
    given, reason = _read(file), permitted.line(reason, "a reason")
    with operating() as (session, actor):
        known, scope = _known(session, actor, key), _scope(session, responder, region)
        if scope == EVERYBODY:
            if ends is not None:
                raise Refused("a version for everybody does not end: publish the next one")
            _require_whole(given)
            from_when = _utc(begins) or clock.now()
            row = actions.replace_general(session, actor, known, given, begins=from_when, reason=reason)
        else:
            validity = {"valid_from": _utc(begins), "valid_until": _utc(ends)}
            draft = {"figures": _figures(given), "reason": reason, **validity}
            row = actions.publish(session, actor, known, scope, draft)
        number = row.version
    click.echo(f"{key} has version {number}")


@policies.command("apply")
@click.argument("key")
@click.argument("version", type=click.IntRange(1))
@_REGION
@_REASON
def apply(key: str, version: int, region: str | None, reason: str) -> None:
    """Move the running clocks that a VERSION fits onto it, a batch at a time."""
    moved, more, reason = 0, True, permitted.line(reason, "a reason")
    while more:
        with operating() as (session, actor):
            one = _numbered(_known(session, actor, key), version)
            area = region or one.area
            if one.area not in {None, area}:
                raise Refused(f"version {version} is for the clocks of {one.area} alone")
            of = find_organisation(session, f"probation_region/{area}").id if area else None
            row = actions.apply(session, actor, one, reason=reason, region=of)
            # What somebody else is changing just now is left: the operator runs it again.
            more = row.more and row.moved > 0
            left, moved = row.more, moved + row.moved
    click.echo(f"{moved} clocks go by version {version}" + ("; some were busy: run it again" if left else ""))


def _known(session: Session, actor: Actor, key: str) -> list[Edition]:
    known = queries.editions(session, actor, [key])
    if not known:
        keys = queries.list_keys(session, actor, after=None, limit=_PAGE)
        raise NotRegistered(f"there is no policy {key}; there are: {', '.join(keys)}")
    return known


def _numbered(known: list[Edition], number: int) -> Edition:
    for one in known:
        if one.number == number:
            return one
    raise NotRegistered(f"{known[0].key} has no version {number}; the last is {known[0].number}")


def _scope(session: Session, responder: str | None, region: str | None) -> Scope:
    area = find_organisation(session, f"probation_region/{region}").code if region else None
    return Scope(find_organisation(session, responder).id if responder else None, area)


def _document(
    session: Session, known: list[Edition], scope: Scope, given: Mapping[str, Any], now: datetime
) -> Mapping[str, Any]:
    """Return the document of a draft.

    Raises:
        Problem: with everything that is wrong.
    """
    if scope != EVERYBODY:
        return actions.draft_override(session, known, scope, _figures(given), now)
    _require_whole(given)
    draft = drafts.replacement(queries.general(session, known, now), given)
    if draft.faults:
        raise invalid(draft.faults)
    return draft.document


def _read(file: Path) -> dict[str, Any]:
    """Return what a file holds.

    Raises:
        OSError: the file cannot be read.
        Refused: it holds no JSON object.
    """
    try:
        given = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refused(f"{file} is not a JSON object")
    return given


def _require_whole(given: Mapping[str, Any]) -> None:
    if "key" not in given and given.keys() <= PolicyFigures().fields.keys():
        raise Refused(
            "these are the figures of an override: name whom it is for, with --responder or --region;"
            " a version for everybody is a whole document"
        )


def _figures(given: Mapping[str, Any]) -> dict[str, Any]:
    try:
        figures: dict[str, Any] = PolicyFigures().load(given)
    except ValidationError as error:
        raise refused(error.messages, "/figures") from None
    return figures


def _utc(given: datetime | None) -> datetime | None:
    return given and given.replace(tzinfo=UTC)


def _whom(one: Edition) -> str:
    return f"{views.scope(one.scope)}:{one.responder_id or ''}@{one.area or ''}"


def _record(session: Session, actor: Actor) -> None:
    audit.record(session, actor, "consultation", object_kind="policy", object_id="-")

"""Prints the code's tables as pages for people: states, permissions, allow-lists, consequences, events.

`make docs` writes them to `docs/tables/`; CI fails when they differ from the code.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema

from service import health
from service.access.case_acts import ACTS, TAKES
from service.access.permissions import PERMISSIONS
from service.agreements import states as agreements
from service.agreements.kinds import KINDS
from service.checks import states as checks
from service.circumstances import states as reviews
from service.circumstances.consequences import CONSEQUENCES
from service.destinations import DESTINATIONS
from service.destinations import states as referrals
from service.destinations.contract import Destination
from service.events.catalogue import CATALOGUE, WITHHELD
from service.events.data_types import TYPES, EventType, Member
from service.http.problems import TYPE_BASE
from service.legal_bases import TABLE
from service.openapi.problems import PROBLEMS
from service.organisations.model import NATIONAL
from service.people import states as transfers
from service.referrals import adjustments, placement_states
from service.subject_access import given
from service.subject_access import states as subject_access
from service.third_parties import states as disclosures
from service.transitions import A, F, S, StateTable, Transition, W

_NOTE = "<!-- Printed from the code by `make docs`. Edit the table in the code, not this page. -->\n"


_ABOUT_PERMISSIONS = (
    "What each kind of caller may do. Which rows they may see is decided row by row: an organisation sees "
    "what is addressed to it, and everything else is a 404."
)

_ABOUT_FOUR_EYES = (
    "**Four eyes.** Only a manager can set a safeguard aside, in a call of their own: deciding that a check "
    "is not required, ending a request, countersigning a review of an answer, agreeing that a review changes "
    "nothing, opening the departure gate, and lowering a high or very high risk. The manager must not be "
    "accountable for the case or ever have been, nor its caretaker, and must not have submitted or amended a "
    "referral of this person, or asked for, recorded or proposed what is decided, in any role. Otherwise the "
    "answer is 403 `own-case`, and `allowed_transitions` and `allowed_actions` leave it out. A practitioner "
    "asks a manager at `POST /v1/agreements`; a manager's name in any other body has no effect."
)

_ABOUT_CASE_ACTS = (
    "Who in probation does what about a case, beside the permission that the call needs. Anybody of the "
    "region who sees the case prepares, asks, chases, supplies and records; raising a risk needs nobody. "
    "Anybody else than the table says gets 403 `not-accountable`, and `allowed_transitions` and "
    "`allowed_actions` leave the act out. When the accountable practitioner has left, a manager does it. "
    "Four eyes come on top."
)

_ABOUT_LEGAL_BASES = (
    "On what basis a submission may be shared (`sharing_basis`). A basis that cannot carry a destination, "
    "does not hold in the nation of the region, or has ended, leaves that destination a gap at "
    "`/sharing_basis/legal_basis`. A receiver is a destination or a kind of check, and reads the gateway of "
    "the first row that carries it: only MAPPA and the police read of the law on MAPPA. Probation shares "
    "under the regime of the row. Each receiver holds what it reads under the same, but for a council, which "
    "holds everything under general processing. The rows are a default of ours, to be confirmed by your data "
    "protection officer; dates are those on which the data protection regime of the row came into force."
)

_ABOUT_STAYS = "What a destination with beds or rooms records at `.../placement`, and probation confirms."

_ABOUT_EVENTS = (
    "Every event that the service records, for feeds, webhooks and timelines. Ignore event types you do not "
    "recognise: new ones are added. `data` holds codes, numbers, days and identifiers, never personal data; "
    "read the rest at the `href` of the entry. A member is in every event of its name unless it says "
    "*not always*."
)

_ABOUT_AGREEMENTS = (
    "A decision that takes four eyes. A practitioner asks a manager, who decides in a call of their own; "
    "what is agreed to is done in the same call. A manager who acts without having been asked leaves an "
    "agreement too, decided at once."
)

_ABOUT_TRANSFERS = (
    "A case goes from one region to another. The holder may offer it, or the other region ask for it; the "
    "region that did not ask answers."
)

_ABOUT_REVIEWS = (
    "A change of circumstance opens it. A completion with a `no_change_reason` is a proposal, unless a "
    "manager who is not on the case makes the call."
)

_ABOUT_DISCLOSURES = (
    "Whether somebody outside the case is told something about the person. A proposal asks a manager, who "
    "decides at `POST /v1/agreements/{id}/decision`; under the Right to Know the police decide."
)

_ABOUT_COPIES = (
    "Every answer and every report is here: what is not given is left out of every copy, whatever is on "
    "record. What is given `if decided` is somebody's own words, and held until people have decided about "
    "it. The guide is [for whoever answers a person](../subject-access.md)."
)


def _diagram(arrows: Iterable[tuple[str, str, str]]) -> str:
    lines = [
        f"    {source} --> {target}" + (f": {words}" if words else "") for source, target, words in arrows
    ]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(header)
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _codes(values: Iterable[object]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "-"


def _meanings(states: Mapping[Any, str]) -> str:
    return _table(("state", "meaning"), ((f"`{state}`", meaning) for state, meaning in states.items()))


def _transitions(table: StateTable[S, A, W, F]) -> str:
    """Print the rows of a state table, without empty columns."""
    columns: dict[str, Callable[[Transition[S, A, W]], str]] = {
        "action": lambda row: f"`{row.action}`",
        "from": lambda row: "any" if table.from_anywhere(row) else _codes(_sources(row)),
        "to": lambda row: f"`{row.target}`",
        "who": lambda row: ", ".join(sorted(row.sides)) + (" (a manager)" if row.manager else ""),
        "must include": lambda row: _codes(row.needs),
        "done at": lambda row: f"`{row.at}`" if row.at else "-",
        "event": lambda row: f"`{row.event}`",
    }
    if not any(row.needs for row in table.rows):
        del columns["must include"]
    if len({row.at for row in table.rows} - {None}) == 1:
        del columns["done at"]
    return _table(columns, ([shown(row) for shown in columns.values()] for row in table.rows))


def _sources(row: Transition[S, A, W]) -> list[str]:
    return sorted(source or placement_states.NOT_OFFERED for source in row.sources)


def states() -> str:
    """Print the states of a destination referral, a stay, a check request, an agreement and so on."""
    return "\n\n".join(
        [
            _NOTE + "# States",
            "## A destination referral",
            _meanings(referrals.STATES),
            _diagram(referrals.TABLE.arrows()),
            _transitions(referrals.TABLE),
            "## A stay",
            _ABOUT_STAYS,
            _meanings(placement_states.STATES),
            _diagram(placement_states.TABLE.arrows()),
            _transitions(placement_states.TABLE),
            "## A check request",
            _meanings(checks.STATES),
            _diagram(checks.TABLE.arrows()),
            _transitions(checks.TABLE),
            "## An agreement",
            _ABOUT_AGREEMENTS,
            _table(
                ("kind", "agreeing means", "decided by", "asked by"),
                (
                    (f"`{key}`", kind.words, _codes(kind.roles), kind.asked_by or "`POST /v1/agreements`")
                    for key, kind in KINDS.items()
                ),
            ),
            _meanings(agreements.STATES),
            _diagram(agreements.TABLE.arrows()),
            _transitions(agreements.TABLE),
            "## A transfer",
            _ABOUT_TRANSFERS,
            _meanings(transfers.TRANSFER_STATES),
            _diagram(transfers.TRANSFERS.arrows()),
            _transitions(transfers.TRANSFERS),
            "## A review",
            _ABOUT_REVIEWS,
            _meanings(reviews.STATES),
            _diagram(reviews.TABLE.arrows()),
            _transitions(reviews.TABLE),
            "## A disclosure decision",
            _ABOUT_DISCLOSURES,
            _meanings(disclosures.STATES),
            _diagram(disclosures.TABLE.arrows()),
            _transitions(disclosures.TABLE),
            "## A request for subject access",
            _meanings(subject_access.STATES),
            _diagram(subject_access.TABLE.arrows()),
            _transitions(subject_access.TABLE),
        ]
    )


def permissions() -> str:
    """Print who may do what."""
    rows = (
        (
            f"`{name}`",
            ", ".join(row.sides),
            _codes(
                sorted({scope for side in row.sides if side != "service" for scope in row.scopes_for(side)})
            ),
            "yes" if row.needs_practitioner and "probation" in row.sides else "-",
            _codes(row.roles),
            row.purpose,
            row.legal_basis,
        )
        for name, row in sorted(PERMISSIONS.items())
    )
    header = ("permission", "who", "scope", "named practitioner", "roles", "purpose", "legal basis")
    return "\n\n".join(
        [
            _NOTE + "# Permissions",
            _ABOUT_PERMISSIONS,
            _ABOUT_FOUR_EYES,
            _table(header, rows),
        ]
    )


def legal_bases() -> str:
    """Print every legal basis with its law, where and since when it holds, and what it can carry."""
    rows = (
        (
            f"`{row.code}`",
            row.words,
            row.gateway,
            row.regime,
            row.condition,
            ", ".join(sorted(row.nations)),
            row.since.isoformat() + (f" to {row.until.isoformat()}" if row.until else ""),
            _codes(sorted(row.receivers)),
            "yes" if row.categories else "no",
            ("yes" if row.outlasts else "no") if row.named else "by itself",
            row.source,
        )
        for row in TABLE
    )
    header = (
        *("basis", "what it is", "gateway", "regime", "condition", "nations", "since", "receivers"),
        *("health", "may go on after the end", "source"),
    )
    return "\n\n".join([_NOTE + "# Legal bases", _ABOUT_LEGAL_BASES, _table(header, rows)])


def case_acts() -> str:
    """Print which act on a case takes whom, beside its permission."""
    rows = (
        (f"`{act}`", row.words, TAKES[row.takes], ", ".join(f"`{call}`" for call in row.calls))
        for act, row in ACTS.items()
    )
    return "\n\n".join(
        [
            _NOTE + "# Acts on a case",
            _ABOUT_CASE_ACTS,
            _table(("act", "what it is", "takes", "operations"), rows),
        ]
    )


def destinations() -> str:
    """Print what each destination requires, and everything it may be sent."""
    parts = [
        _NOTE + "# What each destination may be sent",
        "An allow-list: anything that is not listed here is never sent.",
    ]
    for destination in DESTINATIONS.values():
        parts += [
            f"## {destination.title} (`{destination.key}`)",
            f"Purpose: {destination.purpose}. The submission gives the [legal basis](legal-bases.md).",
            _answered_by(destination),
            "Required before it is sent: " + _codes(sorted(destination.required)),
            _table(
                ("only when", "also required"),
                ((rule.words, _codes(rule.paths)) for rule in destination.required_when),
            )
            if destination.required_when
            else "",
            "May be sent: " + _codes(sorted(destination.permitted)),
            _table(("action", "code", "meaning"), _reason_codes(destination)),
            _table(("update", "members; those in bold are required"), _update_kinds(destination)),
        ]
    return "\n\n".join(part for part in parts if part)


def _answered_by(destination: Destination) -> str:
    duty = f"{destination.key}:<service category>" if destination.service_categories else destination.key
    nation = "may be registered too" if destination.national else "never receives it"
    return (
        f"Sent to the organisation registered for `{duty}` in {destination.area.words}. "
        f"An organisation for the whole country (`{duty}@{NATIONAL}`) {nation}."
    )


def _reason_codes(destination: Destination) -> Iterator[tuple[str, str, str]]:
    for words, codes in (
        ("decline (`reason_code`)", destination.decline_reasons),
        ("end early (`reason_code`)", destination.end_early_reasons),
        ("complete (`outcome_code`)", destination.outcomes),
    ):
        yield from ((words, f"`{code}`", meaning) for code, meaning in codes.items())


def _update_kinds(destination: Destination) -> Iterator[tuple[str, str]]:
    forms: dict[str, type[Schema]] = {
        **destination.updates,
        adjustments.KIND: adjustments.AdjustmentAnswers,
    }
    for kind, schema in forms.items():
        members = (
            f"**`{name}`**" if member.required else f"`{name}`" for name, member in schema().fields.items()
        )
        yield f"`{kind}`", ", ".join(members)


def changes() -> str:
    """Print the consequences of each change of circumstance."""
    rows = (
        (
            f"`{kind}`",
            row.words,
            _codes(row.checks),
            f"{row.review.owner}, {row.review.urgency}" if row.review else "-",
            _codes(row.notify),
            _codes(row.consider),
            "no" if row.alleged_suffices else "yes",
        )
        for kind, row in CONSEQUENCES.items()
    )
    header = (
        "change",
        "meaning",
        "checks raised",
        "review",
        "notified",
        "to consider",
        "must be established",
    )
    return "\n\n".join([_NOTE + "# Consequences of a change of circumstance", _table(header, rows)])


def problems() -> str:
    """Print every type of problem that may be returned."""
    rows = (
        (f"{status}", f"`{TYPE_BASE}{slug}`", meaning)
        for slug, (status, meaning) in sorted(PROBLEMS.items(), key=lambda each: each[1][0])
    )
    about = "A `type` never changes. `x-problem-types` in `/openapi.json` lists those of each operation."
    return "\n\n".join([_NOTE + "# Problems", about, _table(("status", "`type`", "meaning"), rows)])


def alarms() -> str:
    """Print every alarm that readiness may report."""
    header = ("code", "what is wrong", "what to do")
    return "\n\n".join(
        [
            _NOTE + "# Alarms",
            "The codes that `/health/readiness` may report; see [operating](../operating.md).",
            *(
                f"## `{where}`\n\n{about}\n\n"
                + _table(header, ((f"`{code}`", *said) for code, said in rows.items()))
                for where, about, rows in (
                    ("faults", "This process cannot serve.", health.FAULTS),
                    (
                        "attention",
                        "The process serves, but there is something to investigate.",
                        health.ATTENTION,
                    ),
                )
            ),
        ]
    )


def events() -> str:
    """Print every event that may be recorded."""
    rows = (*CATALOGUE.values(), WITHHELD)
    parts = [_NOTE + "# Events", _ABOUT_EVENTS, _table(("type", "what it is"), TYPES.items())]
    sections: dict[str, list[EventType]] = {}
    for row in rows:
        sections.setdefault(row.name.partition(".")[0], []).append(row)
    for subject, found in sections.items():
        header = ("`event`", "what happened", "happens to", "read by", "`data`")
        parts += [
            f"## `{subject}`",
            _table(
                header,
                (
                    (f"`{row.name}`", row.about, _codes(row.subjects), row.audience, _members(row.data))
                    for row in found
                ),
            ),
        ]
    return "\n\n".join(parts)


def _members(members: Mapping[str, Member]) -> str:
    return "<br>".join(f"`{name}` ({_kind(one)}): {one.about}" for name, one in members.items()) or "-"


def _kind(member: Member) -> str:
    of = f" of {_codes(member.members)}" if member.members else ""
    return (
        member.type
        + of
        + (", or null" if member.nullable else "")
        + ("" if member.required else ", not always")
    )


def subject_access_copies() -> str:
    """Print what is in a copy that a person is given, and what is in none and why."""
    both = [*((path, "given") for path in given.CODED), *((path, "if decided") for path in given.WORDS)]
    reported = (
        (f"`{kind}`", _codes(sorted(coded)), _codes(sorted(words)))
        for kind, (coded, words) in given.REPORTS.items()
    )
    left_out = {**given.LEFT_OUT, **given.REPORTS_LEFT_OUT}
    reasons = (
        (str(why), _codes([path for path, one in left_out.items() if one is why]), given.EXEMPTIONS[why])
        for why in given.LeftOut
    )
    return "\n\n".join(
        [
            _NOTE + "# What a person is given of their own record",
            _ABOUT_COPIES,
            "## Answers of a referral",
            _table(("answer", "in the copy"), ((f"`{path}`", how) for path, how in sorted(both))),
            "## Reports of a destination",
            _table(("report", "given", "if decided"), reported),
            "## In no copy",
            _table(("why", "what", "law"), reasons),
        ]
    )


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {
        "states.md": states() + "\n",
        "permissions.md": permissions() + "\n",
        "case-acts.md": case_acts() + "\n",
        "destinations.md": destinations() + "\n",
        "legal-bases.md": legal_bases() + "\n",
        "changes.md": changes() + "\n",
        "events.md": events() + "\n",
        "problems.md": problems() + "\n",
        "alarms.md": alarms() + "\n",
        "subject-access.md": subject_access_copies() + "\n",
    }

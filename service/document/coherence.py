"""What must agree across a submission: references, dates, and answers that contradict each other.

Pure. It also accepts a document of which parts did not validate, so that one answer names every fault.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from itertools import chain
from typing import Any

from service.document.paths import Document, Steps, value_at
from service.document.regions import UNKNOWN_AUTHORITY, UNKNOWN_FORCE, force_code, is_authority
from service.document.restricted import restricted_addresses
from service.document.vocabulary import CHILD_RELATIONSHIPS, CONVICTION_KINDS, overall_rosh
from service.legal_bases import CHECKS, can_carry
from service.people.rules import OWN_MOTHER, is_own_mother
from service.tenses import NOBODY_BORN_BEFORE

Faults = Iterator[tuple[Steps, str]]
_IN_ORDER = (
    ("person.date_of_birth", "offence.index.conviction_date"),
    ("offence.index.conviction_date", "sentence.expiry_date"),
    ("release.date", "sentence.expiry_date"),
    ("release.date", "sentence.licence_expiry_date"),
    ("sentence.hdc_date", "sentence.expiry_date"),
    ("sentence.parole_eligibility_date", "sentence.expiry_date"),
    ("sentence.licence_expiry_date", "sentence.expiry_date"),
    ("sentence.pss_start_date", "sentence.pss_end_date"),
)


def faults(document: Document) -> Faults:
    """Find every contradiction in a document.

    Args:
        document: loaded or stored; dates may be dates or ISO text.

    Returns:
        the place of each fault and what is wrong there, in plain words without the data itself.
    """
    return chain.from_iterable(rule(document) for rule in _RULES)


def faults_of_those_around(document: Document) -> Faults:
    """Find what is wrong with contacts and addresses that are said apart from a referral.

    Args:
        document: as of `faults`; what it names by reference may be on record.
    """
    # What is urgent goes on: it is asked about once it is known whom to ask, with a clock.
    areas = () if document.get("urgency") == "urgent" else (_areas,)
    return chain.from_iterable(rule(document) for rule in (*areas, _mothers, _contacts))


def allows(document: Document, changed: Document) -> bool:
    """Return whether a document that is changed contradicts itself nowhere that it did not before."""
    return set(faults(changed)) <= set(faults(document))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _steps(path: str) -> Steps:
    return tuple(path.split("."))


def _entries(document: Document, path: str) -> list[tuple[int, Mapping[str, Any]]]:
    listed = value_at(document, path)
    if not isinstance(listed, list):
        return []
    return [(index, entry) for index, entry in enumerate(listed) if isinstance(entry, Mapping)]


def _dates_in_order(document: Document) -> Faults:
    for earlier, later in _IN_ORDER:
        first, second = _day(value_at(document, earlier)), _day(value_at(document, later))
        if first and second and first > second:
            yield _steps(later), f"Is before {earlier}."
    for index, period in _entries(document, "release.releases"):
        start, end = _day(period.get("start_date")), _day(period.get("end_date"))
        if start and end and start > end:
            yield ("release", "releases", index, "end_date"), "Is before start_date."
    # Only premises and MAPPA are sent it: an urgent case goes out all the same.
    alerts = [] if document.get("urgency") == "urgent" else _entries(document, "custody.acct_alerts")
    for index, alert in alerts:
        start, end = _day(alert.get("opened_on")), _day(alert.get("closed_on"))
        if start and end and start > end:
            yield ("custody", "acct_alerts", index, "closed_on"), "Is before opened_on."
    for index, address in _entries(document, "addresses"):
        start, end = _day(address.get("from")), _day(address.get("to"))
        if start and end and start > end:
            yield ("addresses", index, "to"), "Is before from."


def _release_date(document: Document) -> Faults:
    known, day = value_at(document, "release.date_known"), value_at(document, "release.date")
    if known is False and day:
        yield ("release", "date"), "Is given, but date_known is false."


def _references(document: Document) -> Faults:
    contacts, addresses = _entries(document, "household.contacts"), _entries(document, "addresses")
    known = {
        "contacts": {contact.get("ref") for _, contact in contacts},
        "addresses": {address.get("ref") for _, address in addresses},
    }
    yield from _repeated(contacts, ("household", "contacts"), "ref")
    yield from _repeated(addresses, ("addresses",), "ref")
    for index, contact in contacts:
        if contact.get("lives_at") not in {None, *known["addresses"]}:
            yield ("household", "contacts", index, "lives_at"), "Does not match the ref of an address."
        if contact.get("mother_ref") not in {None, *(known["contacts"] - {contact.get("ref")})}:
            yield ("household", "contacts", index, "mother_ref"), "Does not match the ref of another contact."
    for index, address in addresses:
        if address.get("contact_ref") not in {None, *known["contacts"]}:
            yield ("addresses", index, "contact_ref"), "Does not match the ref of a contact."


def _mothers(document: Document) -> Faults:
    contacts = _entries(document, "household.contacts")
    mothers = {contact.get("ref"): contact.get("mother_ref") for _, contact in contacts}
    for index, contact in contacts:
        if contact.get("mother_ref") != contact.get("ref") and is_own_mother(contact.get("ref"), mothers):
            yield ("household", "contacts", index, "mother_ref"), OWN_MOTHER


def _repeated(entries: list[tuple[int, Mapping[str, Any]]], at: Steps, name: str) -> Faults:
    seen: set[Any] = set()
    for index, entry in entries:
        value = entry.get(name)
        if value is not None and value in seen:
            yield (*at, index, name), "Is repeated; each must be different."
        seen.add(value)


def _contacts(document: Document) -> Faults:
    parent_born = _day(value_at(document, "person.date_of_birth"))
    for index, contact in _entries(document, "household.contacts"):
        at: Steps = ("household", "contacts", index)
        born, due = _day(contact.get("date_of_birth")), _day(contact.get("due_date"))
        unborn = contact.get("relationship") == "unborn_child"
        if due and not unborn:
            yield (*at, "due_date"), "Is only for an unborn_child."
        if born and unborn:
            yield (*at, "date_of_birth"), "Is not for an unborn child. Give due_date."
        own = contact.get("relationship") == "child"
        # A day that stands for one that is not known says nothing.
        if own and born and parent_born and NOBODY_BORN_BEFORE <= born <= parent_born:
            yield (*at, "date_of_birth"), "Is of a child of the person, and not after person.date_of_birth."
        yield from _details(contact, at)


def _details(contact: Mapping[str, Any], at: Steps) -> Faults:
    named = contact.get("given_name") or contact.get("family_name")
    dated = contact.get("date_of_birth") or contact.get("due_date")
    if contact.get("details_status") == "provided" and not (named or dated):
        yield (*at, "details_status"), "Is provided, but no name or date is given."
    if contact.get("is_child") is False and contact.get("relationship") in CHILD_RELATIONSHIPS:
        yield (*at, "is_child"), "Is false, but the relationship is that of a child."


def _children(document: Document) -> Faults:
    listed = any(
        contact.get("relationship") in CHILD_RELATIONSHIPS or contact.get("is_child") is True
        for _, contact in _entries(document, "household.contacts")
    )
    if listed and value_at(document, "household.children") == "no":
        yield ("household", "children"), "Is no, but one of the contacts is a child."


def _overall_rosh(document: Document) -> Faults:
    rosh = value_at(document, "risk.rosh")
    if not isinstance(rosh, Mapping) or not rosh.get("overall"):
        return
    if rosh["overall"] != overall_rosh(rosh):
        yield ("risk", "rosh", "overall"), "Is not the highest level of the groups."


def _convictions(document: Document) -> Faults:
    listed = value_at(document, "offence.convictions")
    if not isinstance(listed, Mapping) or listed.get("any_listed") is not False:
        return
    if any(listed.get(kind) for kind in CONVICTION_KINDS):
        yield ("offence", "convictions", "any_listed"), "Is false, but a kind of conviction is listed."


def _person_told(document: Document) -> Faults:
    basis = document.get("sharing_basis")
    if isinstance(basis, Mapping) and basis.get("person_told") is False and not basis.get("not_told_reason"):
        yield ("sharing_basis", "not_told_reason"), "Is required when the person is not told."


def _continuing_bases(document: Document) -> Faults:
    asked = {
        f"{ask.get('kind')}:{ask['service_category']}" if ask.get("service_category") else ask.get("kind")
        for _, ask in _entries(document, "destinations")
    }
    for index, basis in _entries(document, "sharing_basis.continues"):
        for position, key in enumerate(basis.get("destinations") or ()):
            at: Steps = ("sharing_basis", "continues", index, "destinations", position)
            if key == CHECKS:
                continue
            if key not in asked:
                yield at, "Is not one of the destinations asked for."
            elif not can_carry(basis.get("legal_basis"), str(key).partition(":")[0]):
                yield at, "Is not a destination that this basis can carry."


def _urgency(document: Document) -> Faults:
    if document.get("urgency") == "urgent" and not document.get("urgency_reason"):
        yield ("urgency_reason",), "Is required for an urgent submission."


def _areas(document: Document) -> Faults:
    for index, address in _entries(document, "addresses"):
        force = address.get("police_force")
        if isinstance(force, str) and force_code(force) is None:
            yield ("addresses", index, "police_force"), UNKNOWN_FORCE
    for path in ("addresses", "household.contacts"):
        for index, entry in _entries(document, path):
            code = entry.get("local_authority")
            if isinstance(code, str) and not is_authority(code):
                yield (*_steps(path), index, "local_authority"), UNKNOWN_AUTHORITY


def _adjustments(document: Document) -> Faults:
    return _repeated(_entries(document, "adjustments"), ("adjustments",), "kind")


def _exclusion_zones(document: Document) -> Faults:
    # Destinations without confidences are sent the zones: a zone of one home reveals who lives there.
    contacts = [contact for _, contact in _entries(document, "household.contacts") if "ref" in contact]
    addresses = [address for _, address in _entries(document, "addresses") if "ref" in address]
    hidden = restricted_addresses({"household": {"contacts": contacts}, "addresses": addresses})
    homes = {address.get("postcode") for address in addresses if address["ref"] in hidden}
    for index, zone in _entries(document, "licence.exclusion_zones"):
        postcodes = set(zone.get("postcodes") or [])
        if postcodes and postcodes <= homes:
            at: Steps = ("licence", "exclusion_zones", index, "postcodes")
            yield at, "Contains only the home of a victim or ex-partner. Draw a wider zone."


_RULES: tuple[Callable[[Document], Faults], ...] = (
    _urgency,
    _dates_in_order,
    _release_date,
    _overall_rosh,
    _convictions,
    _adjustments,
    _areas,
    _references,
    _mothers,
    _contacts,
    _children,
    _person_told,
    _continuing_bases,
    _exclusion_zones,
)

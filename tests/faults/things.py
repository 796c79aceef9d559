"""What the addresses of the service can name in a place: of one person, and of each organisation."""

from collections.abc import Iterator

from tests.faults.calling import NOWHERE
from tests.faults.fixtures import Place
from tests.faults.routes import Route

TABLES = {
    "address_id": "SELECT id FROM address WHERE person_id = %s",
    "change_id": "SELECT id FROM change_of_circumstance WHERE person_id = %s",
    "check_id": "SELECT id FROM safety_check WHERE person_id = %s",
    "contact_id": "SELECT id FROM contact WHERE person_id = %s",
    "escalation_id": "SELECT f.id FROM clock_firing f JOIN clock c ON c.id = f.clock_id"
    " WHERE c.person_id = %s",
    "destination_referral_id": "SELECT d.id FROM destination_referral d"
    " JOIN referral r ON r.id = d.referral_id"
    " WHERE r.person_id = %s",
    "referral_id": "SELECT id FROM referral WHERE person_id = %s",
    "request_id": "SELECT q.id FROM check_request q JOIN safety_check c ON c.id = q.check_id"
    " WHERE c.person_id = %s",
    "review_id": "SELECT id FROM review WHERE person_id = %s",
}
"""Where what a path names is kept."""

NOT_OF_EVERYBODY = {
    "agreement_id": "SELECT id FROM agreement WHERE person_id = %s",
    "concern_id": "SELECT id FROM change_of_circumstance WHERE destination_referral_id IS NOT NULL"
    " AND person_id = %s",
    "move_id": "SELECT m.id FROM destination_move m JOIN destination_referral d"
    " ON d.id = m.destination_referral_id WHERE m.part = 'placement' AND d.person_id = %s",
    "result_id": "SELECT t.id FROM check_result t JOIN check_request q ON q.id = t.request_id"
    " WHERE q.person_id = %s",
    "update_id": "SELECT u.id FROM destination_update u JOIN destination_referral d"
    " ON d.id = u.destination_referral_id WHERE d.person_id = %s",
    "share_id": "SELECT id FROM sight WHERE person_id = %s",
    "decision_id": "SELECT id FROM disclosure_decision WHERE person_id = %s",
    "right_to_know_id": "SELECT id FROM right_to_know WHERE person_id = %s",
    "subject_access_id": "SELECT id FROM subject_access WHERE person_id = %s",
    "exclusion_id": "SELECT id FROM restriction WHERE excluded AND person_id = %s",
    "proposal_id": "SELECT id FROM proposal_decision WHERE person_id = %s",
    "share_request_id": "SELECT id FROM share_request WHERE person_id = %s",
    "transfer_id": "SELECT id FROM transfer WHERE person_id = %s",
}
"""The same of what there is only about somebody whom another region has asked for, or must not know of."""


def things_of(place: Place, crn: str) -> dict[str, list[str]]:
    """Return everything about a person that a path can name."""
    ((person,),) = place.rows("SELECT id FROM person WHERE crn = %s AND held", crn)
    found = {name: [str(row[0]) for row in place.rows(query, person)] for name, query in TABLES.items()}
    assert all(found.values())
    for name, query in NOT_OF_EVERYBODY.items():
        found[name] = [str(row[0]) for row in place.rows(query, person)] or [NOWHERE]
    return found | {
        "person_id": [str(person)],
        "number": ["1"],
        "policy_key": ["police_da.allocation"],
        "staff_id": [NOWHERE],
    }


def addresses(route: Route, things: dict[str, list[str]]) -> Iterator[str]:
    """Return addresses of this route that name something of each kind, one after the other."""
    most = max((len(things[name]) for name in route.parameters), default=0)
    for index in range(most):
        yield route.path({name: things[name][index % len(things[name])] for name in route.parameters})


def owners(place: Place) -> dict[str, dict[str, list[str]]]:
    """Return what belongs to each destination and agency, by the name of its part in a path."""
    found: dict[str, dict[str, list[str]]] = {}
    for name, caller in place.cast.callers.items():
        parts = place.rows(
            "SELECT id FROM destination_referral WHERE organisation_id = %s AND sent_at IS NOT NULL",
            caller.organisation_id,
        )
        requests = place.rows(
            "SELECT id FROM check_request WHERE agency_id = %s AND sent_at IS NOT NULL",
            caller.organisation_id,
        )
        asked = place.rows("SELECT id FROM right_to_know WHERE police_id = %s", caller.organisation_id)
        found[name] = {
            "right_to_know_id": [str(row[0]) for row in asked],
            "destination_referral_id": [str(row[0]) for row in parts],
            "request_id": [str(row[0]) for row in requests],
        }
    return found

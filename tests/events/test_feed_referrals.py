"""Which referral a feed entry belongs to: shown to a region, and to no one else."""

from uuid import UUID, uuid4

from service.access.actor import Actor
from service.events import append
from tests import rows
from tests.cast import Caller, Cast
from tests.events.factories import data_of, happened


def belongs_to_a_referral(
    referral: UUID, *audience: Caller, by: Caller, name: str = "check_request.acknowledged"
) -> None:
    """Append an event of a referral by an actor, with these callers as its audience."""
    with rows.transaction() as session:
        append(
            session,
            Actor.for_service("test", by.organisation_id),
            name,
            subject_kind=name.partition(".")[0],
            subject_id=uuid4(),
            audience=[caller.organisation_id for caller in audience],
            referral_id=referral,
            data=data_of(name),
        )


def test_a_region_is_told_which_referral_an_entry_belongs_to_and_nobody_else_is(cast: Cast) -> None:
    referral = uuid4()
    told = (cast.probation, cast.crs, cast.ap, cast.mappa, cast.police, cast.council)
    belongs_to_a_referral(referral, *told, by=cast.police)
    with rows.transaction() as session:
        happened(session, cast.probation.organisation_id)
    entries = cast.probation.get("/v1/events").get_json()["items"]
    assert [entry["referral_id"] for entry in entries] == [str(referral), None]
    for caller in told[1:]:
        answer = caller.get("/v1/events")
        (entry,) = answer.get_json()["items"]
        assert "referral_id" not in entry, caller.client_id
        assert str(referral) not in answer.text, caller.client_id


def test_what_happened_to_a_person_names_no_region_the_referral_of_another(cast: Cast) -> None:
    referral = uuid4()
    belongs_to_a_referral(
        referral, cast.probation, cast.stranger, by=cast.stranger, name="person.submitted_elsewhere"
    )
    (theirs,) = cast.stranger.get("/v1/events").get_json()["items"]
    (ours,) = cast.probation.get("/v1/events").get_json()["items"]
    assert (theirs["referral_id"], ours["referral_id"]) == (str(referral), None)

"""The migrations: up, down and up again, and what they make is what the models say."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import chain
from uuid import UUID

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from service import cli, db, migrate, timers
from service.people.one_person import digest_of
from service.people.sight import SECTIONS
from service.person_numbers import police_number, prison_number
from service.timers import Subject
from tests.cast import Cast
from tests.conftest import TheClock
from tests.journeys.driver import NOTHING_KNOWN, Story, ok
from tests.people.factories import as_owner
from tests.people.two_records import FIRST, NOMS, PNC, SECOND, begun, both
from tests.referrals.samples import darren_and_toby
from tests.rows import person_at, transaction

KEPT_BY_ALEMBIC = "alembic_version"
BEFORE_AGREEMENT = "0016-1"
"""As the schema was before reviews waited for a manager."""


def _differences() -> list[object]:
    def ours(_what: object, name: str | None, kind: str, reflected: bool, compared_to: object) -> bool:
        # Monthly partitions, indexes and comments stand in the migrations alone.
        partition = reflected and compared_to is None and str(name).startswith("audit_entry_")
        return kind in {"table", "column", "foreign_key_constraint"} and not partition

    with db.engine("owner").connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        found = compare_metadata(context, db.Base.metadata)
    one_by_one = chain.from_iterable(each if isinstance(each, list) else [each] for each in found)
    return [each for each in one_by_one if not str(each[0]).endswith("_comment")]


def test_the_migrations_make_what_the_models_say(database: str) -> None:
    assert cli.main  # importing the commands has imported every model
    assert _differences() == []


def test_every_migration_has_its_way_back(database: str) -> None:
    assert migrate.at_head(db.engine("owner"))
    migrate.downgrade("base")
    with db.engine("owner").connect() as connection:
        assert set(inspect(connection).get_table_names()) == {KEPT_BY_ALEMBIC}
    migrate.upgrade()
    assert migrate.at_head(db.engine("owner"))


def _reviews() -> dict[str, tuple[str, str | None]]:
    with db.engine("owner").connect() as connection:
        rows = connection.execute(
            text(
                "SELECT r.id::text, r.state, o.agreed_by FROM review r"
                " LEFT JOIN review_outcome o ON o.review_id = r.id"
            )
        )
        return {review_id: (state, agreed_by) for review_id, state, agreed_by in rows}


def test_a_release_back_a_review_that_waited_is_open_and_what_was_agreed_stays(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    story.submit(darren_and_toby())
    waiting, agreed = (story.report_change("X320741", "work_started")["reviews"][0]["id"] for _ in range(2))
    for review_id in (waiting, agreed):
        ok(story.complete_review(review_id, no_change_reason="The plan had counted on the job."))
    ok(story.agree_to_review(agreed, agreed=True, reason="So it had."))
    assert _reviews()[waiting] == ("awaiting_agreement", None)

    migrate.downgrade(BEFORE_AGREEMENT)
    assert _reviews() == {waiting: ("open", None), agreed: ("completed", "s.okafor")}
    migrate.upgrade()
    assert _reviews() == {waiting: ("open", None), agreed: ("completed", "s.okafor")}
    shown = ok(story.practitioner.get(f"/v1/reviews/{agreed}"))
    assert shown["outcome"]["agreed_by"] == {"id": "s.okafor", "role": "spo"}
    assert shown["proposals"] == []
    again = ok(story.complete_review(waiting, no_change_reason="The plan had counted on the job."))
    assert again["state"] == "awaiting_agreement"


def test_a_release_on_the_earliest_region_holds_and_the_others_see_for_28_days(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    referral = story.submit(darren_and_toby())
    crn = "X320741"
    migrate.downgrade("0022")
    with db.engine("owner").begin() as connection:
        connection.execute(
            text(
                "INSERT INTO involvement (person_id, organisation_id, since, ended_at)"
                " SELECT id, :later, recorded_at + interval '1 hour', NULL FROM person"
                " UNION ALL SELECT id, :ended, recorded_at - interval '1 day', recorded_at FROM person"
            ),
            {
                "later": cast.stranger.organisation_id,
                "ended": cast.oversight.organisation_id,  # any organisation: it has stopped
            },
        )
    migrate.upgrade()
    with db.engine("owner").connect() as connection:
        held = connection.execute(
            text("SELECT holder_id, held, limited_to FROM person WHERE crn = :crn"), {"crn": crn}
        ).one()
        shares = connection.execute(
            text(
                "SELECT organisation_id, basis, until_at - from_at AS lasts, cardinality(sections) FROM sight"
            )
        ).all()
        holding = connection.execute(
            text("SELECT organisation_id, practitioner_id, because, ended_at FROM case_holding")
        ).one()
    assert tuple(held) == (cast.probation.organisation_id, True, None)
    assert [tuple(one) for one in shares] == [
        (cast.stranger.organisation_id, "carried_over", timedelta(days=28), len(SECTIONS))
    ]
    assert tuple(holding) == (cast.probation.organisation_id, "p.shah", "carried_over", None)
    assert ok(story.practitioner.get(referral["href"]))["id"] == referral["id"]
    the_clock.set(datetime.now(UTC))
    theirs = cast.stranger.as_practitioner("x.elsewhere")
    assert ok(theirs.get(referral["href"]))["id"] == referral["id"]
    the_clock.move(timedelta(days=28))
    assert theirs.get(referral["href"]).status_code == 404


def test_a_record_is_found_by_its_numbers_however_a_release_before_kept_them(
    cast: Cast, the_clock: TheClock
) -> None:
    story = begun(cast, the_clock)
    both(story)
    asked = "SELECT number, value_digest FROM shared_number ORDER BY 1"
    digests = as_owner(asked)
    migrate.downgrade("0070")
    kept = {"noms_number": "a4417dx", "pnc_number": "09/187342q"}
    for number, value in kept.items():
        as_owner(f"UPDATE person SET {number} = '{value}' RETURNING id")
        digest = f"value_digest = '{digest_of(value)}'"
        as_owner(f"UPDATE shared_number SET {digest} WHERE number = '{number}' RETURNING id")
    migrate.upgrade()
    assert as_owner(asked) == digests
    for number, value in kept.items():
        found = ok(story.practitioner.post("/v1/people/search", json={number: value}))["found"]
        assert {one["crn"] for one in found} == {FIRST, SECOND}
    seen = ok(story.practitioner.get(person_at(FIRST)))
    assert (seen["noms_number"], seen["pnc_number"]) == (NOMS, PNC)


def test_a_number_is_rewritten_as_it_is_read(database: str) -> None:
    written = {
        prison_number: ("a4417dx", " A 4417 DX ", "MAN-41", "A4417D"),
        police_number: (
            "09/187342Q", "79/163h", "50/1A", "49/1A", "2009 0187342q", "20090187342Q", "09187342Q", "x",
            "2009/01873421Q",
        ),
    }  # fmt: skip
    functions = import_module("migrations.versions.0071_numbers_in_one_spelling").NUMBERS
    with db.engine("owner").begin() as connection:
        connection.execute(text(functions))
        for reads, name in ((prison_number, "noms_number"), (police_number, "pnc_number")):
            for said in written[reads]:
                kept = connection.execute(text(f"SELECT pg_temp.{name}(:said)"), {"said": said}).scalar_one()
                assert kept == reads(said)


def test_what_waits_for_a_countersignature_at_the_upgrade_is_owed_by_the_manager(
    cast: Cast, the_clock: TheClock
) -> None:
    story = Story(cast, the_clock)
    document = darren_and_toby()
    document["release"] |= {"date": (the_clock.at.date() + timedelta(days=6)).isoformat()}
    referral = story.submit(document)
    forces = {"west-yorkshire": cast.police}
    requests = story.requests(referral["id"], "police_da")
    for one in requests:
        agency = forces.get(one["area"], cast.other_police)
        story.answer(agency, one["id"], dict(NOTHING_KNOWN), nothing_found=True)
        story.review_answer(one["check_id"], one["id"], "nothing", reason="Nothing new.")
    subjects = [Subject("check_request", UUID(one["id"])) for one in requests]
    with transaction() as session:
        timers.resume_all(session, subjects, "review")  # as the release before left them

    def moves() -> tuple[str, str, str]:
        (line,) = ok(story.practitioner.get("/v1/releases"))["items"]
        cell = line["columns"]["police_check"]
        return cell["found"], cell["move"], cell["owner"]["kind"]

    def clocks() -> set[str]:
        found = as_owner("SELECT state FROM clock WHERE subject_kind = 'check_request' AND timer = 'review'")
        return {one["state"] for one in found}

    assert clocks() == {"running"}
    by_state = ("countersignature", "countersign_check_review", "manager")
    assert moves() == by_state
    migrate.downgrade("0084")
    migrate.upgrade()
    assert (clocks(), moves()) == ({"paused"}, by_state)
    sent = "SELECT count(*) AS sent FROM notice_item"
    before = as_owner(sent)
    story.work()
    assert (as_owner(sent), clocks()) == (before, {"paused"})
    for asked in ok(story.spo.get("/v1/agreements", state="asked"))["items"]:
        tag = story.spo.get(asked["href"]).headers["ETag"]
        refused = {"agreed": False, "reason": "Ask where he was."}
        ok(story.spo.post(f"{asked['href']}/decision", json=refused, if_match=tag))
    assert clocks() == {"running"}

"""Every day and moment of a request says when it may lie: has been, will be, or around today."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service import clock, fields, tenses
from service.tenses import CLOCKS_DIFFER, Tense
from tests.conftest import TheClock

LONDON = ZoneInfo("Europe/London")

# On Monday 2 March 2026: the first and the last day that each takes, and how it says so.
BOUNDS = """
ANY             | 1900-01-01 | 2100-12-31 |
APPOINTMENT     | 2024-03-02 | 2027-03-02 | Must be from 2 years before today to a year after it.
AHEAD           | 2026-03-02 | 2031-03-02 | Must be today or later, and within 5 years.
BEEN            | 1900-01-01 | 2026-03-02 | Must not be after today.
BORN            | 1900-01-01 | 2026-03-02 | Must not be after today. For an unborn child, give `due_date`.
HEARING         | 2025-03-02 | 2036-03-02 | Must be from a year before today to 10 years after it.
LIFE            | 1906-03-02 | 2026-03-02 | Must not be after today, nor more than 120 years before it.
PAST_OR_PLANNED | 1900-01-01 | 2036-03-02 | Must be at most 10 years after today.
PLAN            | 2016-03-02 | 2036-03-02 | Must be from 10 years before today to 10 years after it.
PREGNANCY       | 2016-03-02 | 2027-01-04 | Must be from 10 years before today to 44 weeks after it.
RELEASE         | 2025-03-02 | 2100-12-31 | Must be from a year before today to 99 years after it.
REPORTED        | 2024-03-02 | 2026-03-02 | Must not be after today, nor more than 2 years before it.
SAID            | 1996-03-02 | 2026-03-02 | Must not be after today, nor more than 30 years before it.
STAY            | 2026-02-02 | 2029-03-02 | Must be from 4 weeks before today to 3 years after it.
TERM            | 1966-03-02 | 2100-12-31 | Must be from 60 years before today to 99 years after it.
"""

# Every day and moment that is read, and its tense; a form that inherits another's has it too.
FIELDS = """
AbsenceForm.from                          | TERM
AbsenceForm.until                         | TERM
AcctAlertSchema.opened_on                 | LIFE
AcctAlertSchema.closed_on                 | LIFE
AddressDetails.from                       | PAST_OR_PLANNED
AddressDetails.to                         | PAST_OR_PLANNED
AddressDetails.moved_on                   | BEEN
AddressProposal.from                      | PAST_OR_PLANNED
AddressProposal.to                        | PAST_OR_PLANNED
AddressSchema.from                        | PAST_OR_PLANNED
AddressSchema.to                          | PAST_OR_PLANNED
AddressSchema.moved_on                    | BEEN
AdjudicationSchema.reported_on            | LIFE
AdjustmentsQuery.sent_from                 | ANY
AdjustmentsQuery.sent_until                | ANY
AgreementSchema.agreed_on                 | SAID
ArrivalSchema.start_date                  | PLAN
AttendanceSchema.on                       | APPOINTMENT
CaretakerChange.until                     | AHEAD
Cas3PlacementSchema.start_date            | PLAN
CaseNoteSchema.made_on                    | LIFE
CaseOpening.hearing_date                  | HEARING
CaseOpening.release_date                  | TERM
ChangeSubmission.occurred_on              | LIFE
ChangeSubmission.release_date              | TERM
ChangeSubmission.hearing_date              | PLAN
CheckDocumentReference.dated              | BEEN
CheckResultBody.valid_as_at               | REPORTED
ChildKnown.since                          | BEEN
ChildNotNamed.since                       | BEEN
ChildrensConference.date                  | PAST_OR_PLANNED
Concern.occurred_on                       | LIFE
ContactDetails.date_of_birth              | BORN
ContactDetails.due_date                   | PREGNANCY
ContactSchema.date_of_birth               | BORN
ContactSchema.due_date                    | PREGNANCY
ContinuingBasisSchema.until               | TERM
CrsAnnexSchema.completion_deadline        | PLAN
CurfewBreachSchema.noticed_at             | REPORTED
CurfewBreachSchema.back_at                | REPORTED
CurfewSchema.until                        | TERM
DestinationReferralTransition.not_before  | AHEAD
DestinationReferralTransition.expected_by | AHEAD
DestinationReferralTransition.review_on   | AHEAD
DisclosureProposal.tell_by                | AHEAD
DutyToReferSchema.date                    | SAID
EntrySearch.recorded_from                 | ANY
EntrySearch.recorded_to                   | ANY
HistoryQuery.at                           | ANY
IndexOffenceSchema.conviction_date        | LIFE
LevelDecisionSchema.decided_on            | REPORTED
LevelDecisionSchema.review_on             | PLAN
ManagerSchema.endorsed_on                 | SAID
MappaHospitalSchema.review_date           | PLAN
MeetingDecision.decided_on                | REPORTED
MissedSignInSchema.due_at                 | REPORTED
MissedSignInSchema.back_at                | REPORTED
MoveOnAgreementSchema.decided_on          | REPORTED
MoveOnSchema.home_office_notified_on      | SAID
OasysSchema.assessed_on                   | SAID
OpeningPerson.date_of_birth               | BEEN
OralHearingSchema.date                    | PLAN
OrganisationRegistration.closures         | PLAN
PersonDetails.date_of_birth               | BEEN
PersonInformed.by                         | AHEAD
PersonSchema.date_of_birth                | BEEN
PersonSearch.date_of_birth                | BEEN
PipeSchema.opd_last_date                  | SAID
PlacementMove.expected_arrival            | STAY
PlacementMove.expected_departure          | STAY
PlacementMove.arrived_on                  | REPORTED
PlacementMove.departed_on                 | REPORTED
PoliceAnswer.answered_on                  | REPORTED
PoliceCallOut.date                        | BEEN
PoliceConviction.date                     | BEEN
PoliceIncident.date                       | BEEN
PoliceIntelligence.date                   | BEEN
PoliceOrder.in_force_from                 | PAST_OR_PLANNED
PoliceOrder.in_force_until                | TERM
PolicyVersionRequest.valid_from           | AHEAD
PolicyVersionRequest.valid_until          | AHEAD
PregnancySchema.due_date                  | PREGNANCY
ProvenanceSchema.dated                    | LIFE
ReleaseDateForm.release_date              | RELEASE
ReleaseDateForm.as_of                     | SAID
ReleasePeriodSchema.start_date            | TERM
ReleasePeriodSchema.end_date              | TERM
ReleaseSchema.date                        | TERM
ReleasesQuery.from_day                    | TERM
ReleasesQuery.until_day                   | TERM
RightToKnowAnswer.answered_on             | REPORTED
RightToKnowReferral.sent_on               | REPORTED
RoleForm.from                             | TERM
RoleForm.until                            | TERM
SearchedFor.from                          | BEEN
SearchedFor.until                         | BEEN
SentenceSchema.expiry_date                | TERM
SentenceSchema.licence_expiry_date        | TERM
SentenceSchema.parole_eligibility_date    | TERM
SentenceSchema.hdc_date                   | TERM
SentenceSchema.pss_start_date             | TERM
SentenceSchema.pss_end_date               | TERM
SessionSchema.on                          | REPORTED
ShareConfirmation.until                   | AHEAD
ShareRequestBody.until                    | AHEAD
ShareSubmission.until                     | AHEAD
ShareSubmission.from                      | PLAN
SharingBasisSchema.legal_basis_ends       | TERM
StaffForm.ended                           | TERM
StaffLine.ended                           | TERM
SubjectAccessSubmission.received_on       | REPORTED
Telling.told_on                           | REPORTED
VerificationStatement.on                  | SAID
VisitorSchema.seen_at                     | REPORTED
WorkQuery.due_before                      | ANY
_Event.date                               | BEEN
_Known.since                              | BEEN
"""


def rows(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


TENSES: dict[str, Tense] = {name: value for name, value in vars(tenses).items() if isinstance(value, Tense)}
FIRST_AND_LAST = {
    name: (date.fromisoformat(first), date.fromisoformat(last)) for name, first, last, _ in rows(BOUNDS)
}
WORDS = {name: words for name, *_, words in rows(BOUNDS)}


def below(above: type[Any]) -> Iterator[type[Any]]:
    for schema in above.__subclasses__():
        if schema.__module__.startswith("service."):
            yield schema
        yield from below(schema)


def times(above: type[Any]) -> Iterator[tuple[type[Any], str, Any]]:
    """Yield every day and moment of the schemas below one: the schema, the member, the field."""
    for schema in sorted(set(below(above)), key=lambda one: one.__name__):
        for name, declared in schema().fields.items():
            field = getattr(declared, "inner", declared)
            if isinstance(field, fields.Tensed):
                yield schema, declared.data_key or name, field


def named(tense: Tense | None) -> str:
    return next((name for name, one in TENSES.items() if one is tense), "none")


def test_every_time_of_a_request_has_the_tense_that_the_field_would_say(app: Flask) -> None:
    assert app, "every schema is declared once the application is made"
    assert [
        [f"{schema.__name__}.{member}", named(field.tense)] for schema, member, field in times(fields.Schema)
    ] == rows(FIELDS)


def test_what_is_answered_promises_no_bounds(app: Flask) -> None:
    assert app
    answered = list(times(fields.View))
    assert len(answered) > 100
    assert [(schema, member) for schema, member, field in answered if field.tense is not None] == []


@pytest.mark.parametrize("name", sorted(TENSES))
def test_a_tense_has_these_bounds_and_says_them(name: str) -> None:
    tense, today = TENSES[name], date(2026, 3, 2)
    first, last = FIRST_AND_LAST[name]
    assert tense.words("today") == WORDS[name]
    assert (tense.has(first, today), tense.has(last, today)) == (True, True)
    if first != fields.EARLIEST:
        assert not tense.has(first - timedelta(days=1), today)
    if last != fields.LATEST:
        assert not tense.has(last + timedelta(days=1), today)


DAYS = st.dates(fields.EARLIEST, fields.LATEST) | st.dates(date(2015, 1, 1), date(2040, 1, 1))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=DAYS, hour=st.integers(0, 23))
@example(day=date(1950, 1, 1), hour=9)
@example(day=date(2026, 3, 2), hour=9)
@example(day=date(2099, 1, 1), hour=9)
def test_a_time_inside_its_tense_is_taken_and_one_outside_is_named_with_the_bounds(
    app: Flask, the_clock: TheClock, day: date, hour: int
) -> None:
    assert app
    the_clock.at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    moment = datetime.combine(day, time(hour), UTC)
    for schema, member, field in times(fields.Schema):
        first, last = FIRST_AND_LAST[named(field.tense)]
        of_moment = isinstance(field, fields.Moment)
        sent = moment.isoformat() if of_moment else day.isoformat()
        inside = first <= day <= last
        if of_moment and day == the_clock.at.date():
            inside = not (field.tense.after == tenses.NONE and moment > the_clock.at) and not (
                field.tense.before == tenses.NONE and moment < the_clock.at
            )
        elif of_moment:
            # A moment has the day of London: in summer, the last hour in UTC is tomorrow's.
            inside = first <= moment.astimezone(LONDON).date() <= last
        elif not isinstance(field, fields.Day):
            # The last day of a period counts to its last instant, which is the first of the next.
            inside = first <= day + timedelta(days=field.last) <= last
        in_list = isinstance(schema().fields.get(member), fields.List)
        found: Any = (
            schema().validate({member: [sent] if in_list else sent}).get(member, {} if in_list else [])
        )
        said = found.get(0, []) if in_list else found
        words = field.tense.words(field.present)
        assert (said == [words]) is not inside, (schema.__name__, member, sent, said)
        assert words in field.metadata["description"]


@pytest.mark.parametrize(
    ("tense", "minutes", "taken"),
    [
        (tenses.REPORTED, 5, True),
        (tenses.REPORTED, 6, False),
        (tenses.REPORTED, -6, True),
        (tenses.AHEAD, -5, True),
        (tenses.AHEAD, -6, False),
        (tenses.AHEAD, 6, True),
    ],
)
@pytest.mark.parametrize("now", ["2026-03-02T12:00:00", "2026-03-02T23:58:00", "2026-07-01T23:02:00"])
def test_the_clock_of_a_caller_may_differ_by_five_minutes(
    tense: Tense, minutes: int, taken: bool, now: str
) -> None:
    assert timedelta(minutes=5) == CLOCKS_DIFFER
    present = datetime.fromisoformat(now).replace(tzinfo=LONDON)
    assert tense.has_moment(present + timedelta(minutes=minutes), present) is taken


def test_today_is_the_day_in_london(the_clock: TheClock) -> None:
    the_clock.at = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert fields.Day(tense=tenses.REPORTED).deserialize("2026-07-01") == clock.today() == date(2026, 7, 1)


def test_years_are_counted_from_a_leap_day_too() -> None:
    leap = date(2028, 2, 29)
    assert tenses.AHEAD.has(date(2033, 2, 28), leap)
    assert not tenses.AHEAD.has(date(2033, 3, 1), leap)
    assert tenses.PLAN.has(date(2018, 2, 28), leap)

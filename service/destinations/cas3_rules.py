"""Rules of CAS3: how early it takes a person, what must be true first, and what to know about it. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from service.destinations.advice import short_licence, stale_oasys
from service.destinations.case import Ask, Case
from service.destinations.contract import Advice, Area, Block, Hold, Other, own_region
from service.destinations.states import LIVE
from service.document.days import first_day_within, months_after, weeks_before
from service.document.paths import Steps
from service.document.vocabulary import CONVICTION_KINDS, RELEASE_CONFLICTS

MOST_NIGHTS = 84
MONTHS_AHEAD = 3
DTR_WEEKS = 26
DTR_OPENS_DAYS = 56
ACCOMMODATION = "crs:accommodation"
PSS_ENDS = date(2026, 5, 11)
"""From this day CAS3 no longer offers post-sentence supervision as a release type."""


def hold(case: Case) -> Hold | None:
    """Hold a referral whose latest date is more than three months ahead."""
    dates = [case.day("release.date"), case.day("cas3.placement.start_date")]
    latest = max((day for day in dates if day), default=None)
    if latest is None or latest <= months_after(case.today, MONTHS_AHEAD):
        return None
    opens = first_day_within(MONTHS_AHEAD, latest)
    return Hold(opens, "more_than_three_months_ahead", "CAS3 takes referrals at most three months ahead.")


def blocks(case: Case, others: Sequence[Other]) -> tuple[Block, ...]:
    """Block without consent, a recent duty to refer or a live accommodation referral."""
    return (*_consent(case), *_duty_to_refer(case), *_accommodation(others))


def _consent(case: Case) -> Iterator[Block]:
    if case.value("consent.cas3") is False:
        yield Block("consent_refused", "The person has not agreed to CAS3.", "/consent/cas3")


def _duty_to_refer(case: Case) -> Iterator[Block]:
    made_on = case.day("housing.dtr.date")
    if not (case.says("housing.dtr.submitted") and case.has("housing.dtr.reference") and made_on):
        yield Block(
            "duty_to_refer_missing",
            "A duty to refer must have been made and have a reference.",
            "/housing/dtr",
        )
    elif made_on <= weeks_before(case.today, DTR_WEEKS):
        yield Block(
            "duty_to_refer_too_old", "The duty to refer is 26 weeks old or more.", "/housing/dtr/date"
        )


def _accommodation(others: Sequence[Other]) -> Iterator[Block]:
    if not any(other.key == ACCOMMODATION and other.state in LIVE for other in others):
        yield Block(
            "accommodation_referral_missing",
            "A live commissioned accommodation referral must exist first.",
            "/destinations",
            ACCOMMODATION,
        )


def advice(case: Case) -> tuple[Advice, ...]:
    """Advise on the assessment, the licence, the location, the route and the duty to refer."""
    return (
        *stale_oasys(case),
        *short_licence(case, case.day("cas3.placement.start_date"), MOST_NIGHTS),
        *_location_advice(case),
        *_route_advice(case),
        *_duty_to_refer_advice(case),
    )


def _duty_to_refer_advice(case: Case) -> Iterator[Advice]:
    release = case.day("release.date")
    opens = release - timedelta(days=DTR_OPENS_DAYS) if release else None
    if opens and opens > case.today and not case.says("housing.dtr.submitted"):
        yield Advice(
            "duty_to_refer_not_open",
            f"Councils take a duty to refer from {opens:%A} {opens.day} {opens:%B %Y}, 56 days ahead.",
            "/housing/dtr",
        )


def _location_advice(case: Case) -> Iterator[Advice]:
    elsewhere = case.value("cas3.location.own_region") is False
    if elsewhere and not case.says("cas3.location.pdu_evidence"):
        yield Advice(
            "other_region_needs_evidence",
            "The other region must agree to consider the person. Give its agreement.",
            "/cas3/location/pdu_evidence",
        )


def _route_advice(case: Case) -> Iterator[Advice]:
    from_custody = case.says("cas3.eligibility_reason", "homeless_from_custody")
    if from_custody and case.says("person.location.type", "community"):
        yield Advice(
            "already_in_the_community",
            "CAS3 declines people who have already been released. Check where the person is.",
            "/person/location/type",
        )
    types = [period["type"] for period in case.value("release.releases") or []]
    if any(other in RELEASE_CONFLICTS.get(kind, ()) for kind in types for other in types):
        yield Advice(
            "releases_conflict",
            "CAS3 does not accept these types of release together. Choose one.",
            "/release/releases",
        )
    if "pss" in types and case.today >= PSS_ENDS:
        yield Advice(
            "pss_not_offered",
            "CAS3 no longer offers post-sentence supervision as a release. Choose another.",
            "/release/releases",
        )


def faults(case: Case, ask: Ask) -> Iterator[tuple[Steps, str]]:
    """Find a start of housing before the release date."""
    needed_from, release = case.day("cas3.placement.start_date"), case.day("release.date")
    if needed_from and release and needed_from < release and case.says("person.location.type", "custody"):
        at = ("destinations", ask.index, "annex", "placement", "start_date")
        yield at, "Is before the release date of a person in custody."


def sexual_conviction(case: Case) -> bool | None:
    """Return whether any conviction is for a sexual offence; None while the kinds are not answered."""
    listed = [kind for kind in CONVICTION_KINDS if case.has(f"offence.convictions.{kind}")]
    if any(CONVICTION_KINDS[kind] for kind in listed):
        return True
    any_listed = case.value("offence.convictions.any_listed")
    return False if any_listed is False or (any_listed and listed) else None


def area_of_housing(case: Case, region: str) -> Area:
    """Return the region where housing is sought: the other region requested, otherwise the referrer's own."""
    if case.value("cas3.location.own_region") is False:
        return Area(case.value("cas3.location.region"), "cas3.location.region")
    return own_region(case, region)


def default_nights(_case: Case) -> int:
    """Return the usual length of a stay, in nights: the longest there is."""
    return MOST_NIGHTS

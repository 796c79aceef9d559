"""A case as it should be after each act, said by itself: the pure twin of what the actions write.

Two regions, the staff that may be drawn, and the two managers of each, who are on every case of theirs.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from service.people.policies import SIGHT_WHILE_PENDING_DAYS
from service.people.sight import SECTIONS, Reader, Record, Share, may_see

REGIONS: Final = ("probation", "stranger")
STAFF: Final = ("p.shah", "a.boyle", "q.brown")
MANAGERS: Final = ("s.okafor", "h.grant")
ACTING, DECIDING = MANAGERS
"""Who does everything here, and who decides what the other may not."""

PENDING: Final = timedelta(days=SIGHT_WHILE_PENDING_DAYS)
Colleague = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """What is drawn for one act; each act takes of it what it needs.

    Args:
        who: a member of staff of the holder, or of `region`.
        theirs: one of the other region.
        bare: whether nobody of the other region is named.
        regardless: whether the act is tried even if it is not possible.
    """

    act: str
    who: str
    theirs: str
    region: str
    part: str
    days: int
    sections: frozenset[str]
    bare: bool
    regardless: bool


@dataclass(frozen=True)
class Name:
    """Why somebody is named in a limited case, and since when."""

    because: str
    at: datetime


@dataclass(frozen=True)
class Given:
    """A share, by the name of the region that it is with."""

    region: str
    share: Share


@dataclass
class Case:
    """Whose a case is and who may know of it. Each act returns whether it is possible, and is done then."""

    at: datetime
    holder: str = "probation"
    accountable: str = "p.shah"
    caretaker: str | None = None
    team: set[tuple[str, str]] = field(default_factory=set)
    restricted: bool = False
    named: dict[Colleague, Name] = field(default_factory=dict)
    excluded: set[Colleague] = field(default_factory=set)
    shares: list[Given] = field(default_factory=list)
    offered_at: datetime | None = None

    @property
    def other(self) -> str:
        return REGIONS[1 - REGIONS.index(self.holder)]

    @property
    def works_on_it(self) -> set[str]:
        answering = {self.accountable, *([self.caretaker] if self.caretaker else [])}
        return answering | {who for who, _ in self.team} | set(MANAGERS)

    def sees(self, ids: dict[str, UUID], region: str, who: str | None, section: str | None) -> bool:
        """Return whether a reader sees a section now, as the rule says of the case as it is."""
        record = Record(
            holder_id=ids[self.holder],
            restricted=self.restricted,
            named={(ids[where], one) for where, one in self.named} if self.restricted else (),
            excluded={(ids[where], one) for where, one in self.excluded},
            shares=[replace(one.share, organisation_id=ids[one.region]) for one in self.shares],
        )
        return may_see(record, Reader(ids[region], who), section, self.at)

    def reassign(self, step: Step) -> bool:
        same = (self.accountable, self.caretaker) == (step.who, None)
        if same or not self._may_know(step.who):
            return False
        before = self.works_on_it
        self._name(self.holder, {step.who})
        self.accountable, self.caretaker = step.who, None
        self._forget(before)
        return True

    def name_caretaker(self, step: Step) -> bool:
        if step.who == self.accountable or not self._may_know(step.who):
            return False
        before = self.works_on_it
        self._name(self.holder, {step.who})
        self.caretaker = step.who
        self._forget(before)
        return True

    def end_caretaker(self, step: Step) -> bool:
        del step
        if self.caretaker is None:
            return False
        before, self.caretaker = self.works_on_it, None
        self._forget(before)
        return True

    def join_team(self, step: Step) -> bool:
        if (step.who, step.part) in self.team or not self._may_know(step.who):
            return False
        self.team.add((step.who, step.part))
        self._name(self.holder, {step.who})
        return True

    def leave_team(self, step: Step) -> bool:
        if (step.who, step.part) not in self.team:
            return False
        before = self.works_on_it
        self.team.remove((step.who, step.part))
        self._forget(before)
        return True

    def limit(self, step: Step) -> bool:
        if self.restricted or not self._may_know(step.who):
            return False
        self.restricted, self.named = True, {}
        self._name(self.holder, {ACTING, step.who}, "chosen")
        self._name(self.holder, {who for who in self.works_on_it if self._may_know(who)})
        return True

    def lift(self, step: Step) -> bool:
        del step
        was, self.restricted, self.named = self.restricted, False, {}
        return was

    def name_staff(self, step: Step) -> bool:
        seeing = step.region == self.holder or any(
            one.region == step.region and self._in_force(one.share) for one in self.shares
        )
        if not self.restricted or not seeing or (step.region, step.who) in self.excluded:
            return False
        why = self.named.get((step.region, step.who))
        if why is None or why.because != "chosen":
            self.named[step.region, step.who] = Name("chosen", self.at)
        return True

    def exclude(self, step: Step) -> bool:
        answers = step.region == self.holder and step.who in {self.accountable, self.caretaker}
        if answers or (step.region, step.who) in self.excluded:
            return False
        self.excluded.add((step.region, step.who))
        return True

    def end_exclusion(self, step: Step) -> bool:
        was = (step.region, step.who) in self.excluded
        self.excluded.discard((step.region, step.who))
        return was

    def share(self, step: Step) -> bool:
        named = set() if step.bare else {step.theirs}
        if any((self.other, who) in self.excluded for who in named) or (self.restricted and not named):
            return False
        self._name(self.other, named, "chosen")
        self._give("joint", step.sections, timedelta(days=step.days))
        return True

    def end_shares(self, step: Step) -> bool:
        del step
        given = [one for one in self.shares if one.share.basis == "joint" and self._in_force(one.share)]
        for one in given:
            self._end(one)
        return bool(given)

    def offer(self, step: Step) -> bool:
        named = set() if step.bare else {step.theirs, ACTING}
        if self.offered_at or any((self.other, who) in self.excluded for who in named):
            return False
        if self.restricted and not named:
            return False
        self.offered_at = self.at
        self._name(self.other, named)
        self._give("transfer_pending", frozenset(SECTIONS), PENDING)
        return True

    def accept(self, step: Step) -> bool:
        if not self._can_be_answered or (self.other, step.theirs) in self.excluded:
            return False
        for one in [one for one in self.shares if one.region == self.other]:
            self._end(one)
        self.named = {one: why for one, why in self.named.items() if one[0] != self.holder}
        self.holder, self.offered_at = self.other, None
        self.accountable, self.caretaker, self.team = step.theirs, None, set()
        self._name(self.holder, {step.theirs, *MANAGERS})
        return True

    def decline(self, step: Step) -> bool:
        del step
        return self._can_be_answered and self._let_offer_end()

    def withdraw(self, step: Step) -> bool:
        del step
        return self.offered_at is not None and self._let_offer_end()

    def wait(self, step: Step) -> bool:
        self.at += timedelta(days=step.days)
        if self.offered_at is not None and self.offered_at + PENDING <= self.at:
            self._let_offer_end()
        return True

    @property
    def _can_be_answered(self) -> bool:
        known = not self.restricted or (self.other, ACTING) in self.named
        return self.offered_at is not None and known

    def _let_offer_end(self) -> bool:
        assert self.offered_at is not None
        since, self.offered_at = self.offered_at, None
        for one in [one for one in self.shares if one.share.basis == "transfer_pending"]:
            self._end(one)
        shared_since = any(
            one.share.basis == "joint" and one.region == self.other and one.share.from_at >= since
            for one in self.shares
            if self._in_force(one.share)
        )
        if not shared_since:
            self.named = {
                one: why
                for one, why in self.named.items()
                if one[0] != self.other or why.because != "works_on_it" or why.at < since
            }
        return True

    def _may_know(self, who: str) -> bool:
        return (self.holder, who) not in self.excluded

    def _name(self, region: str, staff: set[str], because: str = "works_on_it") -> None:
        if self.restricted:
            for who in staff:
                self.named.setdefault((region, who), Name(because, self.at))

    def _forget(self, before: set[str]) -> None:
        """Name no more, of those who worked on the case before, who does not now and was not chosen."""
        for who in before - self.works_on_it:
            why = self.named.get((self.holder, who))
            if why is not None and why.because == "works_on_it":
                del self.named[self.holder, who]

    def _in_force(self, share: Share) -> bool:
        return not share.ended and share.from_at <= self.at < share.until_at

    def _give(self, basis: str, sections: frozenset[str], lasts: timedelta) -> None:
        share = Share(UUID(int=0), None, basis, sections, self.at, self.at + lasts)
        self.shares.append(Given(self.other, share))

    def _end(self, given: Given) -> None:
        place = self.shares.index(given)
        self.shares[place] = Given(given.region, replace(given.share, ended=True))

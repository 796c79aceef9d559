"""The columns of what can be put right by whoever said it."""

import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement, ForeignKey, exists, select
from sqlalchemy.orm import Mapped, Session, aliased, declared_attr, mapped_column


class Correctable:
    """An entry that names the one it puts right or withdraws; of none there are two corrections."""

    __tablename__: str
    id: Mapped[uuid.UUID]
    withdrawn: Mapped[bool] = mapped_column(default=False)

    @declared_attr
    def corrects_id(cls) -> Mapped[uuid.UUID | None]:  # noqa: N805 - SQLAlchemy passes the class
        """The entry that this one puts right or withdraws; None for what is said for the first time."""
        return mapped_column(ForeignKey(f"{cls.__tablename__}.id"))


def stands(kind: type[Correctable]) -> ColumnElement[bool]:
    """Return the condition that an entry stands: it is not withdrawn, and no later one names it."""
    later = aliased(kind)
    return ~kind.withdrawn & ~exists().where(later.corrects_id == kind.id)


def corrections_of(
    session: Session, kind: type[Correctable], ids: Iterable[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return, for each of some entries that another puts right or withdraws, the id of that other."""
    rows = session.execute(select(kind.corrects_id, kind.id).where(kind.corrects_id.in_(list(ids))))
    return {corrected: by for corrected, by in rows if corrected is not None}

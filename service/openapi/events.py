"""Adds the event catalogue to the document: the event names, and one schema for each kind of feed entry."""

from collections.abc import Mapping
from typing import Any, Final

from service.events.catalogue import CATALOGUE, WITHHELD
from service.events.data_types import EventType, Member

Schema = dict[str, Any]

_TYPES: Final[Mapping[str, Schema]] = {
    "code": {"type": "string"},
    "codes": {"type": "array", "items": {"type": "string"}},
    "count": {"type": "integer"},
    "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    "day": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "id": {"type": "string", "format": "uuid"},
    "flag": {"type": "boolean"},
}
_IGNORE: Final = "New names are added: ignore event types you do not recognise."
_ENTRY: Final = "FeedEntryView"
_NAME: Final = {"$ref": "#/components/schemas/EventName"}


def schemas(general: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the schemas of events and of the resources that name them, typed by the catalogue.

    Args:
        general: the schemas of the document without the catalogue.
    """
    shown = [row for row in CATALOGUE.values() if row.in_feeds] + [WITHHELD]
    entries = {schema_name(row.name): _entry(general[_ENTRY], row) for row in shown}
    where = {row.name: f"#/components/schemas/{schema_name(row.name)}" for row in shown}
    return {
        "EventName": _names(),
        **entries,
        _ENTRY: {
            "description": f"One thing that happened for the caller's organisation, by `event`. {_IGNORE}",
            "oneOf": [{"$ref": reference} for reference in where.values()],
            "discriminator": {"propertyName": "event", "mapping": where},
        },
        **{name: _naming(general[name]) for name in ("TimelineEntryView", "DeliveryView")},
    }


def schema_name(event: str) -> str:
    """Return the name of the schema of an event's feed entry, such as `EventReferralSubmitted`."""
    return "Event" + event.replace(".", "_").title().replace("_", "")


def _names() -> Schema:
    about = {row.name: row.about for row in (*CATALOGUE.values(), WITHHELD)}
    return {
        "type": "string",
        "description": f"What happened. {_IGNORE}",
        "enum": list(about),
        "x-enum-descriptions": list(about.values()),
    }


def _entry(general: Schema, row: EventType) -> Schema:
    event = {"type": "string", "enum": [row.name], "description": f"`{row.name}`: {row.about}"}
    members = general["properties"] | {"event": event, "data": _object(row.data)}
    members["data"]["description"] = general["properties"]["data"]["description"]
    return general | {"description": f"{row.about} Read by {row.audience}.", "properties": members}


def _naming(general: Schema) -> Schema:
    return general | {"properties": general["properties"] | {"event": _NAME}}


def _object(members: Mapping[str, Member]) -> Schema:
    found: Schema = {"type": "object", "properties": {name: _of(one) for name, one in members.items()}}
    required = [name for name, one in members.items() if one.required]
    return found | ({"required": required} if required else {})


def _of(member: Member) -> Schema:
    if member.members is not None:
        return {"type": "array", "items": _object(member.members), "description": member.about}
    schema = _TYPES[member.type] | {"description": member.about}
    return schema | ({"type": [schema["type"], "null"]} if member.nullable else {})

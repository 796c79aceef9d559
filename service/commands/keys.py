"""Operator commands for the service's own keys, which sign access tokens."""

import click

from service import audit, config
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.oauth import signing_keys


@click.group(cls=CommandGroup)
def keys() -> None:
    """Rotate the service's own keys, which sign access tokens."""


@keys.command("rotate")
@click.option(
    "--immediately",
    is_flag=True,
    help="The old key has leaked: drop it now, with every token it signed.",
)
def rotate_keys(immediately: bool) -> None:
    """Sign with the next key from now on, and create a new next key.

    The old key verifies tokens until the last one it signed has expired.
    """
    with operating() as (session, actor):

        def record(changed: signing_keys.SigningKeys) -> None:
            audit.record(
                session,
                actor,
                "key_event",
                object_kind="signing_key",
                object_id=changed.current_kid,
                reason="rotated_immediately" if immediately else "rotated",
            )
            session.flush()  # a key whose rotation cannot be recorded must not sign

        changed = signing_keys.rotate(config.load().signing_keys, immediately=immediately, record=record)
    click.echo(f"Signing with {changed.current_kid}")

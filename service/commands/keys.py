"""Operator commands about the service's own keys, which sign access tokens."""

import click

from service import audit, config
from service.commands.group import CommandGroup
from service.commands.operator import operating
from service.oauth import signing_keys


@click.group(cls=CommandGroup)
def keys() -> None:
    """The service's own keys, which sign access tokens."""


@keys.command("rotate")
@click.option(
    "--immediately",
    is_flag=True,
    help="The old key has leaked: forget it now, with every token it has signed.",
)
def rotate_keys(immediately: bool) -> None:
    """Sign with the next key from now on, and make another one to wait.

    The old key goes on verifying until the last token it signed has expired.
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
            session.flush()  # a key that nobody could record must not sign

        changed = signing_keys.rotate(config.load().signing_keys, immediately=immediately, record=record)
    click.echo(f"Signing with {changed.current_kid}")

"""Prints the demonstration: chapters with the date of its clock, and one line for each step."""

import textwrap
from datetime import datetime
from typing import Final

import click

from service import clock

WIDTH: Final = 108
_COLOURS: Final = {
    "probation": "blue",
    "destination": "green",
    "agency": "magenta",
    "oversight": "cyan",
    "service": "yellow",
}


def when(moment: datetime | str) -> str:
    """Format a time for people, in London time."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return at.astimezone(clock.LONDON).strftime("%a %-d %b %H:%M")


def title(words: str) -> None:
    """Print a title."""
    click.echo()
    click.secho(words, bold=True)
    click.secho("=" * len(words), bold=True)


def chapter(words: str) -> None:
    """Print the heading of a chapter, with the date of the story's clock."""
    click.echo()
    click.secho(f"── {when(clock.now())} ── {words} ".ljust(WIDTH, "─"), bold=True)


def say(who: str, side: str, words: str) -> None:
    """Print what one caller does or sees.

    Args:
        who: the caller's name.
        side: its side, for the colour: probation, destination, agency, oversight or service.
        words: what happens.
    """
    name = click.style(f"{who:>28}", fg=_COLOURS[side], bold=True)
    first, *rest = textwrap.wrap(words, WIDTH - 31) or [""]
    click.echo(f"{name}  {first}")
    for line in rest:
        click.echo(" " * 30 + line)


def item(words: str, *, mark: str = "·") -> None:
    """Print an item under the last line."""
    first, *rest = textwrap.wrap(words, WIDTH - 36) or [""]
    click.echo(" " * 32 + f"{mark} {first}")
    for line in rest:
        click.echo(" " * 34 + line)


def note(words: str) -> None:
    """Print a remark."""
    for line in textwrap.wrap(words, WIDTH - 4):
        click.secho(f"    {line}", dim=True)

"""Whatever an operator writes, a command carries it out or says in one line why not: never a traceback."""

import itertools
from collections.abc import Mapping

import click
import pytest

from service.cli import main
from tests.commands.conftest import Operator

GROUPS = tuple(name for name, one in main.commands.items() if isinstance(one, click.Group))
AWKWARD = (
    "",
    "/",
    "=",
    "a=b=c",
    "probation_region/",
    "probation_region/N55",
    "two\nlines",
    "\udcff",
    "Zoë Ωmega",
    "x" * 5000,
    "9" * 400,
    "mon=25:00-26:00",
    "0000-00-00",
    "[::1",
    "https://[nowhere",
)
"""What may stand where something else should; the lone surrogate is how a byte that is no UTF-8 arrives."""
USUAL = {
    "kind": "probation_region",
    "code": "N55",
    "name": "Yorkshire and the Humber",
    "organisation": "probation_region/N55",
    "client_id": "n55-system",
    "kid": "unknown",
    "duty": "cas3@N55",
    "role": "spo",
    "holder": "s.okafor",
    "unit": "Leeds",
    "entries": "mon-thu=08:30-17:00",
    "day": "2026-12-24",
    "url": "https://example.org/hook",
    "endpoint": "00000000-0000-4000-8000-000000000000",
    "crn": "X320741",
    "region": "N55",
    "practitioner": "n.new",
    "reason": "It was found.",
    "key_file": "nowhere.json",
    "key": "police_da.allocation",
    "file": "nowhere.json",
    "version": "1",
    "member": "s.okafor",
    "first": "2026-12-24",
    "last": "2026-12-31",
}
"""What is written where nothing is awkward, by the name of the parameter."""


def commands_of(group: str) -> Mapping[str, click.Command]:
    found = main.commands[group]
    assert isinstance(found, click.Group)
    return found.commands


def line(command: click.Command, place: str, text: str) -> list[str]:
    """Return what follows the name of a command: the usual in each argument, and this text in one place."""
    options = [
        part
        for one in command.params
        if isinstance(one, click.Option) and one.name == place
        for part in (one.opts[0], text)
    ]
    arguments = [
        text if one.name == place else USUAL[str(one.name)]
        for one in command.params
        if isinstance(one, click.Argument)
    ]
    return [*options, "--", *arguments]


COMMANDS = [(group, name) for group in GROUPS for name in commands_of(group)]


@pytest.mark.parametrize(("group", "name"), COMMANDS)
def test_no_text_in_any_place_of_a_command_ends_in_a_traceback(
    operate: Operator, group: str, name: str
) -> None:
    command = commands_of(group)[name]
    texts = [
        one for one in command.params if not isinstance(one.type, click.types.BoolParamType | click.Choice)
    ]
    for place, text in itertools.product([str(one.name) for one in texts], AWKWARD):
        written = line(command, place, text)
        done = operate(group, name, *written)
        assert done.exception is None or isinstance(done.exception, SystemExit), (written, done.exception)
        assert done.exit_code in {0, 1, 2}, written
        assert done.exit_code != 1 or done.output.count("\n") == 1, (written, done.output)

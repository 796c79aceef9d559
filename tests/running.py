"""Runs `referrals run` as a user at a terminal does, in a directory of its own."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service import db, stack

PATIENCE = 120.0


@dataclass(frozen=True)
class Running:
    """A service that is up.

    Args:
        place: the directory in which it was started, with `.venv` in it as in a checkout.
        url: where it answers.
        page: what it printed.
        process: the `referrals run` that keeps it up.
    """

    place: Path
    url: str
    page: str
    process: "subprocess.Popen[str]"

    @property
    def curl_lines(self) -> list[str]:
        return [line for line in self.page.splitlines() if line.startswith("curl ")]

    def shell(self, command: str) -> str:
        """Run a command as in another terminal, and return its output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=self.place,
            env=clean_environment() | {"REFERRALS_ISSUER": self.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def clean_environment() -> dict[str, str]:
    """Return our environment without anything that would point the service elsewhere."""
    ours = {db.environment_name(role) for role in db.ROLES}
    return {
        name: value for name, value in os.environ.items() if name not in ours and "REFERRALS_" not in name
    }


@contextlib.contextmanager
def a_place() -> Iterator[Path]:
    """Create a directory that looks like a checkout."""
    place = Path(tempfile.mkdtemp(prefix="referrals-run-"))
    (place / ".venv").symlink_to(sys.prefix)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextlib.contextmanager
def running(place: Path, port: int | None = None) -> Iterator[Running]:
    """Start the service in a directory, and stop it at the end as a user at the terminal does."""
    port = port or stack.free_port()
    with (place / "printed").open("w+") as printed:
        process = subprocess.Popen(
            [".venv/bin/referrals", "run", "--port", str(port)],
            cwd=place,
            env=clean_environment(),
            stdout=printed,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            page = _printed(process, place / "printed")
            yield Running(place, f"http://127.0.0.1:{port}", page, process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)


def _printed(process: "subprocess.Popen[str]", file: Path) -> str:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        page = file.read_text()
        if len(re.findall(r"^curl .*\n", page, re.MULTILINE)) == 3:
            return page
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.1)
            raise AssertionError(f"it ended before it was up:\n{file.read_text()}")
    raise AssertionError(f"it did not come up:\n{file.read_text()}")

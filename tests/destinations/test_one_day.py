"""A new destination is one file and one line: the duty to refer, added to a copy of the service, works."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import service
from tests.referrals import samples

LINE = '    "duty_to_refer",\n'
TRY = """
import json, sys
from datetime import date
from service.destinations import DESTINATIONS
from service.destinations.case import Known, asks
from service.destinations.projection import project
from service.destinations.readiness import assess_all
from service.referrals.schemas.submission import SubmissionSchema, canonical

document = canonical(SubmissionSchema().load(json.load(sys.stdin)))
known = Known(document)
found = assess_all(DESTINATIONS, known, {}, date(2026, 3, 2))
ask = asks(document)[-1]
sent = project(DESTINATIONS[ask.kind], known, ask, date(2026, 3, 2))
ready = found["duty_to_refer"]
print(json.dumps({
    "kinds": list(DESTINATIONS),
    "state": ready.state,
    "gaps": [gap.pointer for gap in ready.gaps],
    "opens_on": ready.hold.opens_on.isoformat(),
    "fields": sent.fields,
}))
"""


def test_the_duty_to_refer_is_one_file_and_one_line(tmp_path: Path) -> None:
    package = Path(service.__file__).parent
    shutil.copytree(package, tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__"))
    there = tmp_path / "service" / "destinations"

    shutil.copy(Path(__file__).parent / "duty_to_refer.py", there)
    registry = there / "__init__.py"
    registry.write_text(registry.read_text().replace('    "mappa",\n', f'    "mappa",\n{LINE}'))

    submission = samples.darren_and_toby()
    submission["release"] |= {"date": "2026-06-01"}
    submission["release"]["releases"][0]["start_date"] = "2026-06-01"
    del submission["wordings"]
    submission["destinations"] = [{"kind": "duty_to_refer", "annex": {"reason": "leaving_custody"}}]
    done = subprocess.run(
        [sys.executable, "-c", TRY],
        cwd=tmp_path,
        input=json.dumps(submission),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout) == {
        "kinds": ["approved_premises", "cas3", "crs", "mappa", "duty_to_refer"],
        "state": "held",
        "gaps": [],
        "opens_on": "2026-04-06",
        "fields": [
            "adjustments[].detail",
            "adjustments[].kind",
            "adjustments[].needed",
            "dtr.reason",
            "person.crn",
            "person.date_of_birth",
            "person.name.family",
            "person.name.given",
            "person.phone",
            "release.date",
        ],
    }

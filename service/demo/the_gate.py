"""The departure gate: no one may leave the approved premises for an address before its checks are
answered.
"""

from service import clock
from service.demo.page import chapter, item, say
from service.demo.scenario import Json, Scenario, check, police_result, read


def shut(scenario: Scenario) -> None:
    """A move-on address is proposed; the departure is refused, with what is outstanding."""
    house = scenario.who("approved_premises")
    scenario.environment.move_clock("2026-04-13 10:00")
    chapter("A bed")
    scenario.place(house, action="offer", expected_arrival="2026-04-23", expected_departure="2026-07-16")
    scenario.place(scenario.priya, action="confirm")
    say(house.name, "destination", "offers a room from 23 April; Priya confirms it.")
    scenario.environment.move_clock("2026-04-23 15:00")
    _show_release(scenario)
    chapter("He arrives")
    scenario.place(house, action="record_arrival", arrived_on="2026-04-23")
    scenario.move("approved_premises", "start")
    say(house.name, "destination", "he has arrived. He left prison to a bed.")
    cas3 = scenario.who("cas3")
    opened = read(cas3.get(scenario.parts["cas3"]))
    say(cas3.name, "destination", f"its referral was sent automatically on 16 April: {opened['state']}.")

    scenario.environment.move_clock("2026-05-05 11:00")
    chapter("The departure gate is shut")
    placed = scenario.place(
        scenario.priya,
        action="propose_move_on",
        address={
            "lines": ["22 Farriers Croft", "Manchester"],
            "postcode": "M20 4RD",
            "police_force": "greater-manchester",
            "local_authority": "E08000003",
        },
    )
    say(
        scenario.priya.name,
        "probation",
        "proposes where he will live next. The checks for the address are raised:",
    )
    for one in placed["outstanding"]:
        about = " ".join(one[name] for name in ("kind", "state") if one.get(name))
        item(f"{one['code']}: {about}" if about else one["code"])
    refused = _depart(scenario, expect=409)
    codes = ", ".join(one["code"] for one in refused["outstanding"])
    say(house.name, "destination", f"tries to record that he has left for it: 409. Outstanding: {codes}.")
    item("Probation must agree in every case: it does not see that MAPPA must also agree.")
    check("mappa" not in str(refused).lower(), "the premises was shown that MAPPA is involved")


def _show_release(scenario: Scenario) -> None:
    """Read the board on the day of release: what was still red at 09:00 has gone to a manager."""
    (line,) = read(scenario.samuel.get("/v1/releases"))["items"]
    check(line["handed_over"] is not None, "what is red was not handed over")
    say(scenario.samuel.name, "probation", "reads the board of releases on the day:")
    item(
        f"{line['name']['family']}: handed over at 09:00, and by now with {line['handed_over']['to']['name']}"
    )
    for name, cell in line["columns"].items():
        if cell["level"] == "red":
            item(f"red: {name.replace('_', ' ')}. {cell['words']} {cell['owner']['name']} has it.")


def opened(scenario: Scenario) -> None:
    """Every outstanding check and agreement is answered, and the departure is recorded."""
    scenario.environment.move_clock("2026-05-07 14:00")
    chapter("The departure gate opens")
    force = scenario.environment.caller("other_police")
    for request in scenario.requests(force, state="requested"):
        path = f"/v1/check-requests/{request['id']}"
        result = police_result(read(force.get(path)), 0, "2026-05-07")
        force.post(f"{path}/results", result, seen=force.get(path))
        say(force.name, "agency", "answers for the new address: nothing held.")
    refused = _depart(scenario, expect=409)
    codes = ", ".join(one["code"] for one in refused["outstanding"])
    say(scenario.who("approved_premises").name, "destination", f"tries again: 409. Outstanding: {codes}.")
    placement = read(scenario.priya.get(f"{scenario.parts['approved_premises']}/placement"))
    scenario.update(
        "mappa",
        "move_on_agreement",
        address_id=placement["move_on"]["address_id"],
        agreed=True,
        decided_on="2026-05-07",
    )
    say(scenario.who("mappa").name, "destination", "agrees to the address.")
    scenario.place(scenario.priya, action="agree_move_on")
    say(scenario.priya.name, "probation", "agrees, now that everybody has answered.")
    left = _depart(scenario)
    say(
        scenario.who("approved_premises").name,
        "destination",
        f"records it: {left['state']}. He left to a home.",
    )


def _depart(scenario: Scenario, expect: int = 200) -> Json:
    return scenario.place(
        scenario.who("approved_premises"),
        expect,
        action="record_departure",
        departed_on=clock.today().isoformat(),
        reason="Move-on home found.",
    )

"""The numbers by which a person is known, however they are written."""

import pytest

from service.person_numbers import police_number, prison_number


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2009/0187342Q", "2009/0187342Q"),
        ("2009/0187342q", "2009/0187342Q"),
        (" 2009/0187342Q ", "2009/0187342Q"),
        ("2009 0187342Q", "2009/0187342Q"),
        ("2009-0187342Q", "2009/0187342Q"),
        ("20090187342Q", "2009/0187342Q"),
        ("2009/187342Q", "2009/0187342Q"),
        ("09/187342Q", "2009/0187342Q"),
        ("09/0187342Q", "2009/0187342Q"),
        ("79/163H", "1979/0000163H"),
        ("49/163H", "2049/0000163H"),
        ("50/163H", "1950/0000163H"),
        ("09187342Q", "09187342Q"),
        ("x", "x"),
    ],
)
def test_a_police_number_is_kept_with_its_whole_year_and_seven_digits(written: str, kept: str) -> None:
    assert police_number(written) == kept


@pytest.mark.parametrize(
    ("written", "kept"),
    [("A4417DX", "A4417DX"), ("a4417dx", "A4417DX"), (" A 4417 DX ", "A4417DX"), ("MAN-41", "MAN-41")],
)
def test_a_prison_number_is_kept_in_capitals(written: str, kept: str) -> None:
    assert prison_number(written) == kept

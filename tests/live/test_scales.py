import pytest

from live.scales import pitches_of
from live.settings import SettingError, Settings


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("C", {0, 2, 4, 5, 7, 9, 11}),
        ("a minor", {0, 2, 4, 5, 7, 9, 11}),
        ("F# dorian", {6, 8, 9, 11, 1, 3, 4}),
        ("Bb major", {10, 0, 2, 3, 5, 7, 9}),
        ("B♭ Blues", {10, 1, 3, 4, 5, 8}),
    ],
)
def test_a_scale_is_known_by_its_name(name: str, classes: set[int]) -> None:
    assert pitches_of(name) == {pitch for pitch in range(128) if pitch % 12 in classes}


def test_no_scale_is_all_pitches() -> None:
    assert pitches_of(" ") == set(range(128))


@pytest.mark.parametrize("name", ["H minor", "C sour", "C% minor", "12"])
def test_one_that_there_is_not_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(SettingError, match="give a note and one of major, minor"):
        Settings(scale=name)

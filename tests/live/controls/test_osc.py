import pytest

from live.controls.control import ControlError
from live.controls.osc import word_of


@pytest.mark.parametrize(
    ("address", "values", "word"),
    [
        ("/antiphon/tempo", [90], ("tempo", 90)),
        ("/antiphon/panic", [], ("panic", None)),
        ("/antiphon/learn", ["tempo"], ("learn", "tempo")),
        ("/antiphon/temperature", [0.800000011920929], ("temperature", 0.8)),
        ("/antiphon/rest", [True], ("rest", True)),
    ],
)
def test_a_message_is_a_word_and_what_goes_with_it(address, values, word):
    assert word_of(address, values) == word


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("/tempo", [90]),
        ("/antiphon/", [90]),
        ("/antiphon", []),
        ("", []),
        ("/antiphon/tempo", [90, 91]),
        ("/antiphon/te\nmpo", [90]),
    ],
)
def test_another_is_one_line(address, values):
    with pytest.raises(ControlError) as raised:
        word_of(address, values)
    assert str(raised.value).startswith("OSC: ")
    assert len(str(raised.value).splitlines()) == 1

"""What a browser may ask for; anything else is one line."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.controls.control import Kind
from live.controls.table import CONTROLS
from live.errors import UserError
from live.page.orders import ASK, PANIC, PLAY, RECORD, TAKE, Order, read_order

RIGHT = [
    ({"do": "play", "bytes": [144, 60, 80]}, Order(PLAY, (b"\x90\x3c\x50",))),
    ({"do": "play", "bytes": [192, 5]}, Order(PLAY, (b"\xc0\x05",))),
    ({"do": "set", "name": "temperature", "value": 0.8}, Order(ASK, ("temperature", 0.8))),
    ({"do": "set", "name": "Count-In", "value": 2}, Order(ASK, ("count_in", 2))),
    ({"do": "learn", "name": "density"}, Order(ASK, ("learn", "density"))),
    ({"do": "forget", "name": "density"}, Order(ASK, ("forget", "density"))),
    ({"do": "preset", "name": "trade"}, Order(ASK, ("preset", "trade"))),
    ({"do": "model", "name": "pop"}, Order(ASK, ("model", "pop"))),
    ({"do": "panic"}, Order(PANIC)),
    ({"do": "record", "on": True}, Order(RECORD, (True,))),
    ({"do": "take", "play": "0a1b"}, Order(TAKE, ("0a1b",))),
    ({"do": "take", "stop": True}, Order(TAKE, (None,))),
]


@pytest.mark.parametrize(("asked", "order"), RIGHT, ids=lambda it: str(it)[:40])
def test_an_order_and_what_it_means(asked: Any, order: Any) -> None:
    assert read_order(json.dumps(asked)) == order


@pytest.mark.parametrize("name", CONTROLS)
def test_every_control_can_be_set_and_named(name: str) -> None:
    value = True if CONTROLS[name].kind is Kind.TRIGGER else CONTROLS[name].default
    assert read_order(json.dumps({"do": "set", "name": name, "value": value})).given[0] == name


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "{",
        "[" * 100_000,
        "[]",
        "null",
        '"panic"',
        {},
        {"do": 1},
        {"do": ["panic"]},
        {"do": "sing"},
        {"do": "play"},
        {"do": "play", "bytes": []},
        {"do": "play", "bytes": [144]},
        {"do": "play", "bytes": [144, 60]},
        {"do": "play", "bytes": [144, 60, 128]},
        {"do": "play", "bytes": [144, 60, 80, 0]},
        {"do": "play", "bytes": [144, 60, 300]},
        {"do": "play", "bytes": [144, 60, True]},
        {"do": "play", "bytes": [144, 60, -1]},
        {"do": "play", "bytes": [60, 60, 60]},
        {"do": "play", "bytes": [248]},
        {"do": "play", "bytes": [240, 1, 247]},
        {"do": "play", "bytes": "abc"},
        {"do": "set", "name": "nosuch", "value": 1},
        {"do": "set", "name": ["temperature"], "value": 1},
        {"do": "set", "name": "temperature", "value": [1]},
        '{"do": "set", "name": "temperature", "value": NaN}',
        '{"do": "set", "name": "temperature", "value": 1e999}',
        {"do": "learn"},
        {"do": "preset", "name": "nosuch"},
        {"do": "preset", "name": "../../etc/passwd"},
        {"do": "preset", "name": "/tmp/my.toml"},
        {"do": "model", "name": "exported_models/pop.onnx"},
        {"do": "model", "name": ""},
        {"do": "record", "on": 1},
        {"do": "take"},
        {"do": "take", "play": ""},
        {"do": "take", "play": "x" * 5000},
    ],
    ids=lambda it: str(it)[:40],
)
def test_what_is_no_order_is_one_line(asked: Any) -> None:
    with pytest.raises(UserError) as refused:
        read_order(asked if isinstance(asked, str) else json.dumps(asked))
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@settings(max_examples=50)
@given(st.text(max_size=200) | st.dictionaries(st.text(max_size=5), st.text(max_size=9)).map(str))
def test_any_text_is_an_order_or_one_line(text: str) -> None:
    with contextlib.suppress(UserError):
        read_order(text)

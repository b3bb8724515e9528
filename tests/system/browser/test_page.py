"""The page as a musician meets it: a real session, a real browser, real ports."""

import json
import os
import re
import socket
import threading
from functools import partial
from pathlib import Path

import mido
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from live.controls.control import Kind
from live.controls.table import CONTROLS
from live.page.takes import take_id
from live.plan import Heard
from live.take.journal import TakeWriter, read_take

from ..terminal import Session

NOTES = [60, 64, 67, 72]
# What a text takes is for each to say; a clock other than these needs somebody else's.
TEXTS = {
    "you": "melody",
    "me": "piano",
    "mute": "bridge",
    "solo": "piano",
    "scale": "A minor",
    "parts": "piano:3:A0-C5",
    "hold": "pedal",
    "thru_not": "21, 22",
}
CHOICES = {"clock": "internal", "mode": "duet", "left": "key"}
LAST = ("mode", "clock")  # what the others are set in
LOOK = 150  # ms between two looks at what may be seen for a moment only


class Shown(Session):
    """A session whose log is seen where a test fails."""

    def says(self, words):
        try:
            super().says(words)
        except BaseException:
            print(self.said)
            raise


class Watcher:
    """Another browser's eyes: what the instrument tells everybody. since: the session's clock when
    it came; None until then."""

    def __init__(self, address):
        from websockets.sync.client import connect

        origin = address.split("/?")[0]
        place = address.replace("http", "ws", 1).replace("/?", "/ws?")
        self.state, self.said, self.roll, self.played = {}, [], [], []
        self.since = self._socket = None
        open_it = partial(connect, place, origin=origin, ping_interval=None, open_timeout=60)
        threading.Thread(target=self._listen, args=(open_it,), daemon=True).start()

    def _listen(self, open_it):
        with open_it() as self._socket:
            for text in self._socket:
                self._take_in(json.loads(text))

    def _take_in(self, message):
        state = message.get("state", {})
        values = self.state.get("values", {}) | state.get("values", {})
        self.state = self.state | state | {"values": values}
        self.played += [state["playing"]] if "playing" in state else []
        self.said += [message["said"]] if "said" in message else []
        if self.since is None and "roll" in message:  # what was there before
            self.since = message["roll"]["now"]
        elif "roll" in message:
            self.roll.append(message["roll"])

    @property
    def begun(self):
        """(side, pitch, velocity) of every note that has begun since: one of a test before may be
        told late, and one may be told twice."""
        rows = {row[0]: row for roll in list(self.roll) for row in roll.get("begun", ())}
        return [
            (side, pitch, velocity)
            for _, side, onset, pitch, velocity in rows.values()
            if onset >= self.since
        ]

    def mine(self):
        """The pitches of the player's notes that have begun."""
        return [pitch for side, pitch, _ in self.begun if side == 0]

    def close(self):
        self._socket.close()


class Page:
    """The page in the browser. complains: the browser has reason to, in this test."""

    def __init__(self, browser, tools):
        self.browser = browser
        self.complains = False
        self._wait = tools.wait_until

    def open(self, address):
        if self.browser.current_url != address:
            self.browser.get(address)
        self.is_there()

    def is_there(self):
        """The controls are there, and their values, which come a moment later."""
        self.until(
            "return document.querySelector('[data-control=temperature] [type=number]')?.value",
            "the controls",
        )

    def js(self, script, *given):
        return self.browser.execute_script(script, *given)

    def until(self, script, what, *given):
        return self._wait(lambda: self.js(script, *given), what)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        return self.js("return document.querySelector(arguments[0]).textContent", selector)

    def click(self, selector):
        self.js(
            """const found = document.querySelector(arguments[0]);
            found.closest('details')?.setAttribute('open', '');
            found.scrollIntoView({block: 'center'})""",
            selector,
        )
        self.find(selector).click()

    def keys(self, *keys, hold=0.08):
        """Play computer keys one after the other."""
        actions = ActionChains(self.browser, duration=0)
        for key in keys:
            actions.key_down(key).pause(hold).key_up(key).pause(0.03)
        actions.perform()

    def set(self, name, value):
        """As a hand does: the element says that it was moved. Returns what it said: a slider has
        steps of its own."""
        return self.js(
            """const [name, value] = arguments;
            const row = document.querySelector(`[data-control=${name}]`);
            const box = row.querySelector('[type=range]') ?? row.querySelector('input, select');
            if (box.type === 'checkbox') box.checked = value; else box.value = value;
            box.dispatchEvent(new Event('input', {bubbles: true}));
            box.dispatchEvent(new Event('change', {bubbles: true}));
            return box.type === 'checkbox' ? box.checked : box.type === 'range' ? box.valueAsNumber
              : box.value""",
            name,
            value,
        )

    def record(self, on):
        """Press record, or stop, and wait until the page knows."""
        self.click("#record")
        self.until(
            "return document.getElementById('record').ariaPressed === arguments[0]",
            "the recording" if on else "its end",
            str(on).lower(),
        )

    def errors(self):
        """What the browser complained of since the last time; that a page which was left had a
        connection is nothing to complain of."""
        severe = [e["message"] for e in self.browser.get_log("browser") if e["level"] == "SEVERE"]
        return [message for message in severe if "Back-Forward Cache" not in message]


def free_port():
    """One that the system gives nobody who asks for any, so that it is still free when it is
    used, and used again."""
    for port in range(20_000 + os.getpid() % 10_000, 32_768):
        with socket.socket() as sock:
            if sock.connect_ex(("127.0.0.1", port)):
                return port
    return pytest.fail("no port is free")


def children(process):
    """The files of a process's children."""
    ids = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [Path("/proc", number, "stat") for number in ids]


def runs(stat):
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def address_of(session):
    return re.search(r"http://\S+\?token=\S+", session.said)[0]


@pytest.fixture(scope="module")
def start(jack, peers, tools, tmp_path_factory):
    """Start `antiphon play --ui` with a peer's keyboard and synth; all sessions are one player's,
    at one port."""
    folder, port, started = tmp_path_factory.mktemp("page"), free_port(), []

    def start():
        place = ("--ui", "--no-browser", "--port", str(port), "--mode", "continue")
        take = folder / f"{len(started)}.take"
        started.append(Shown(folder, tools, *place, "--take", str(take)))
        started[-1].take = take
        started[-1].says("?token=")
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def session(start, plug_once):
    return start()


@pytest.fixture(scope="module")
def plug_once(peers):
    """The peer that the session plays with: plugged in before it starts."""
    from ..conftest import Peer

    if "Peer" not in peers:
        peers["Peer"] = Peer("Peer")
    return peers["Peer"].fresh()


@pytest.fixture
def peer(plug_once):
    """As new, but for the session, which goes on from test to test."""
    plug_once.received.clear()
    return plug_once


@pytest.fixture
def watcher(session, tools):
    watcher = Watcher(address_of(session))
    tools.wait_until(lambda: watcher.since is not None, "the first word")
    yield watcher
    watcher.close()


@pytest.fixture
def page(browser, session, tools):
    page = Page(browser, tools)
    page.errors()  # of the tests before
    page.open(address_of(session))
    page.click("#tab-Controls")
    yield page
    errors = page.errors()
    assert page.complains or errors == []


# ---- playing


def test_computer_keys_are_heard_and_answered_and_both_are_seen(page, watcher, peer, tools):
    seen_for_a_moment(page)
    page.keys(*"adgk")
    tools.wait_until(lambda: watcher.mine() == NOTES, "my notes")
    tools.wait_until(lambda: any(side == 1 for side, _, _ in watcher.begun), "its notes")
    peer.wait_for("90 3c 58", "80 3c 00")  # through the hands to the synth
    for sight in ("its key lit", "the floor its own", "orange on the roll", "blue on the roll"):
        page.until("return window.seen[arguments[0]]", sight, sight)
    page.js("clearInterval(window.looking)")


def seen_for_a_moment(page):
    """Keep in mind, in the page itself, what is seen from now on."""
    page.js(
        """const roll = document.getElementById('roll');
        window.seen = {};
        window.looking = setInterval(() => {
          const {data} = roll.getContext('2d').getImageData(0, 0, roll.width, roll.height);
          let [you, machine] = [0, 0];
          for (let i = 0; i < data.length; i += 4) {
            you += data[i] > 150 && data[i + 2] < 60;
            machine += data[i] < 110 && data[i + 2] > 160;
          }
          const floor = document.getElementById('floor').textContent;
          window.seen["its key lit"] ||= document.querySelector('.key.machine') !== null;
          window.seen["the floor its own"] ||= ['Antiphon', 'both'].includes(floor);
          window.seen["orange on the roll"] ||= you > 50;
          window.seen["blue on the roll"] ||= machine > 50;
        }, arguments[0])""",
        LOOK,
    )


def test_the_mouse_plays_and_slides_and_its_place_is_the_velocity(page, watcher, tools):
    key, other = page.find("[data-pitch='60']"), page.find("[data-pitch='64']")
    deep = key.size["height"] // 2 - 8
    actions = ActionChains(page.browser, duration=30)
    actions.move_to_element_with_offset(key, 0, deep).click_and_hold().pause(0.05)
    actions.move_to_element_with_offset(other, 0, deep).pause(0.05).release().perform()
    tools.wait_until(lambda: 64 in watcher.mine(), "two notes")
    (_, first, loud), *_, (_, last, _) = [row for row in watcher.begun if row[0] == 0]
    assert (first, last) == (60, 64)
    assert loud > 110
    page.until("return !document.querySelector('.key.you')", "nothing held")


def test_two_fingers_are_two_notes(page, watcher, tools):
    def touch(kind, *pitches):
        boxes = [page.find(f"[data-pitch='{pitch}']").rect for pitch in pitches]
        points = [
            {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] * 0.9, "id": n}
            for n, box in enumerate(boxes)
        ]
        page.browser.execute_cdp_cmd(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
        )

    touch("touchStart", 60)
    touch("touchStart", 60, 64)
    page.until("return document.querySelectorAll('.key.you').length === 2", "two keys down")
    touch("touchEnd")
    page.until("return !document.querySelector('.key.you')", "nothing held")
    tools.wait_until(lambda: set(watcher.mine()) == {60, 64}, "both notes")


def test_nothing_hangs_when_the_window_loses_the_focus(page, peer, tools):
    ActionChains(page.browser, duration=0).key_down("a").key_down(" ").perform()
    tools.wait_until(lambda: (0, 60) in peer.sounding(), "the note")
    peer.wait_for("b0 40 7f")
    page.js("window.dispatchEvent(new Event('blur'))")
    peer.wait_for("80 3c 00", "b0 40 00")
    ActionChains(page.browser, duration=0).key_up("a").key_up(" ").perform()


def test_nothing_hangs_when_the_page_is_closed(page, session, peer, tools):
    ActionChains(page.browser, duration=0).key_down("d").key_down(" ").perform()
    tools.wait_until(lambda: (0, 64) in peer.sounding(), "the note")
    page.browser.get("about:blank")
    tools.wait_until(lambda: (0, 64) not in peer.sounding(), "its end")
    peer.wait_for("b0 40 00")
    ActionChains(page.browser, duration=0).key_up("d").key_up(" ").perform()


def test_a_text_that_is_typed_plays_nothing_and_a_click_gives_the_keys_back(page, watcher, tools):
    page.click("[data-control=scale] input")
    page.keys(*"A minor")
    assert page.js("return document.querySelector('[data-control=scale] input').value") == "A minor"
    page.keys("\ue007")  # return
    tools.wait_until(lambda: watcher.state["values"]["scale"] == "A minor", "the scale")
    page.keys("a")
    tools.wait_until(lambda: (0, 60, 88) in watcher.begun, "the note")
    assert watcher.mine() == [60]
    page.set("scale", "")
    tools.wait_until(lambda: watcher.state["values"]["scale"] == "", "no scale")


def test_a_midi_keyboard_at_the_browser_plays_until_it_is_unplugged(page, peer, tools):
    page.js(
        """const input = {id: '7', name: 'Keystation', state: 'connected'};
        const own = {id: '8', name: 'Antiphon Out', state: 'connected'};
        const access = {inputs: new Map([['7', input], ['8', own]])};
        navigator.requestMIDIAccess = async () => access;
        window.midi = {input, own, access};"""
    )
    page.click("#webmidi")
    page.until("return midi.input.onmidimessage && !midi.own.onmidimessage", "its keyboard")
    page.js("midi.input.onmidimessage({data: new Uint8Array([0x90, 62, 70])})")
    peer.wait_for("90 3e 46")
    page.js("midi.input.state = 'disconnected'; midi.access.onstatechange()")
    peer.wait_for("80 3e 00")


def test_what_the_instrument_does_not_take_is_told_and_not_shown(page, watcher, tools):
    page.set("scale", "H moll")
    tools.wait_until(lambda: any("H" in line for line in watcher.said), "what is wrong with it")
    page.until(
        "return document.querySelector('[data-control=scale] input').value === ''", "no scale"
    )


def test_octave_and_velocity_go_by_keys_and_a_held_note_still_ends(page, peer, tools):
    actions = ActionChains(page.browser, duration=0)
    actions.key_down("a").key_down("x").key_up("x").key_down("v").key_up("v").key_up("a").perform()
    peer.wait_for("90 3c 58", "80 3c 00")
    page.keys("a")
    peer.wait_for("90 48 64", "80 48 00")
    page.keys("z", "c")


def test_escape_and_the_red_button_are_panic(page, peer, tools):
    # Twice within two seconds: all notes off, everywhere. Where the second came later, once more.
    def by_escape():
        page.keys("\ue00c", "\ue00c")
        return "b0 7b 00" in peer.hexes

    def by_button():
        page.js("const panic = document.getElementById('panic'); panic.click(); panic.click()")
        return "b0 7b 00" in peer.hexes

    tools.wait_until(by_escape, "all notes off")
    page.keys("a")
    peer.wait_for("90 3c 58", "80 3c 00")  # all that was asked for before has been done
    peer.received.clear()
    tools.wait_until(by_button, "all notes off")


# ---- steering


def wanted_for(control, value):
    """Another value than it has."""
    if control.kind is Kind.TEXT:
        return TEXTS[control.name] if value != TEXTS[control.name] else ""
    if control.kind is Kind.CHOICE:
        return CHOICES.get(control.name) or next(c for c in control.choices if c != value)
    if control.kind is Kind.SWITCH:
        return not value
    within = control.low + 0.4 * (control.high - control.low)
    return round(within) if control.kind is Kind.WHOLE else round(within, 3)


def test_every_control_is_on_the_page_and_obeyed(page, watcher, tools):
    tools.wait_until(lambda: watcher.state.get("values"), "the state")
    shown = page.js(
        "return [...document.querySelectorAll('[data-control]')].map((e) => e.dataset.control)"
    )
    assert sorted(shown) == sorted(CONTROLS)
    before = dict(watcher.state["values"])
    names = [n for n, c in CONTROLS.items() if c.kind is not Kind.TRIGGER and n not in LAST]
    wanted = {}
    for name in (*names, *LAST):
        wanted[name] = page.set(name, wanted_for(CONTROLS[name], before[name]))
        assert wanted[name] != before[name], name

    def disobeyed():
        values = watcher.state["values"]
        return {
            name: (value, values[name]) for name, value in wanted.items() if values[name] != value
        }

    tools.wait_until(lambda: not disobeyed(), f"every control; {disobeyed()} {watcher.said}")
    for name in wanted:
        page.set(name, before[name])
    tools.wait_until(lambda: watcher.state["values"] == before, "all as it was")


def test_triggers_do_what_they_say(page, watcher, tools):
    def button_says(word):
        page.until(
            "const button = document.getElementById('transport');"
            "return !button.disabled && button.textContent === arguments[0]",
            f"the button to say {word}",
            word,
        )

    page.set("clock", "internal")
    tools.wait_until(lambda: watcher.state["values"]["clock"] == "internal", "the clock")
    page.click("[data-control=start] button.trigger")
    page.keys("a")
    tools.wait_until(
        lambda: any(roll.get("beat", {}).get("running") for roll in watcher.roll),
        "the clock to run",
    )
    page.until("return document.querySelector('#dots i.on') !== null", "the beat's dots")
    button_says("Stop")
    page.click("#transport")
    tools.wait_until(lambda: not watcher.state["values"]["transport"], "the stop")
    button_says("Start")
    page.click("#transport")
    tools.wait_until(lambda: watcher.state["values"]["transport"], "the start")
    page.set("clock", "free")
    tools.wait_until(lambda: watcher.state["values"]["clock"] == "free", "no clock")


def test_a_knob_is_learned_steers_and_is_forgotten(page, watcher, peer, tools):
    learn = "[data-control=temperature] .learn"
    page.click(learn)
    page.until(
        "return document.querySelector(arguments[0]).dataset.state === 'learning'",
        "learning",
        learn,
    )
    peer.play("b0 15 40")
    page.until(
        "return document.querySelector(arguments[0]).textContent.startsWith('CC 21')",
        "the knob's name",
        learn,
    )
    peer.play("b0 15 7f")
    tools.wait_until(lambda: watcher.state["values"]["temperature"] == 2.0, "the knob's value")
    page.until(
        "return document.querySelector('[data-control=temperature] [type=number]').value === '2'",
        "the value on the page",
    )
    page.click(learn)
    page.until(
        "return document.querySelector(arguments[0]).dataset.state === 'free'", "forgotten", learn
    )
    page.set("temperature", 0.95)


def test_mode_preset_and_model_are_switched(page, watcher, tools):
    page.js(
        "const mode = document.getElementById('mode'); mode.value = 'duet';"
        "mode.dispatchEvent(new Event('change'))"
    )
    tools.wait_until(lambda: watcher.state.get("mode") == "duet", "the mode")
    page.click("[data-preset=answer]")
    tools.wait_until(lambda: watcher.state.get("preset") == "answer", "the preset")
    page.until(
        "return document.querySelector('[data-preset=answer]').ariaPressed === 'true'",
        "the preset's button",
    )
    page.until("return document.getElementById('mode').value === 'answer'", "its mode")
    page.js(
        "const model = document.getElementById('model'); model.value = 'chorale';"
        "model.dispatchEvent(new Event('change'))"
    )
    tools.wait_until(lambda: watcher.state.get("model") == "chorale", "the model")


# ---- takes


def test_a_take_is_recorded_named_seen_fetched_and_deleted(page, watcher, tools, tmp_path):
    page.record(True)
    number = tools.wait_until(lambda: watcher.state.get("recording"), "the recording")
    page.keys(*"adg")
    tools.wait_until(lambda: watcher.mine() == NOTES[:3], "my notes")
    page.record(False)
    page.click("#tab-Takes")
    row = f"[data-take='{number}']"
    page.until("return document.querySelector(arguments[0]) !== null", "the take", row)
    page.until("return document.querySelector(`${arguments[0]} .live`).hidden", "it is done", row)

    page.click(f"{row} .rename")
    page.find(f"{row} form input").send_keys("Blue hour\ue007")
    page.until(
        "return document.querySelector(`${arguments[0]} strong`).textContent === 'Blue hour'",
        "its name",
        row,
    )

    page.click(f"{row} .small.picture")
    page.until(
        "return document.querySelector(`${arguments[0]} img`)?.naturalWidth > 0", "its picture", row
    )

    page.browser.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    page.click(f"{row} .download")
    page.click(f"{row} .forms button")
    file = tmp_path / "Blue hour.mid"
    tools.wait_until(lambda: file.exists() and file.stat().st_size, "the MIDI file")
    assert {60, 64, 67} <= {m.note for m in mido.MidiFile(file) if m.type == "note_on"}

    page.click(f"{row} .delete")
    page.click(f"{row} .danger")
    page.until("return document.querySelector(arguments[0]) === null", "it is gone", row)


def test_a_take_is_played_back_until_a_key_is_touched(page, watcher, session, peer, tools):
    header = read_take(session.take).header
    writer = TakeWriter(session.take.parent / "long.take", header, pytest.fail)
    for second in range(600):  # longer than anybody waits for anything here
        writer.write(Heard(2 * second, float(second), b"\x90\x32\x60"), 0.0)
        writer.write(Heard(2 * second + 1, second + 0.5, b"\x80\x32\x40"), 0.0)
    writer.close(600.0)
    number = take_id("long.take")
    page.click("#tab-Takes")
    row = f"[data-take='{number}']"
    page.until("return document.querySelector(arguments[0]) !== null", "the take", row)
    page.click(f"{row} .play")
    page.until("return document.querySelector(arguments[0]) !== null", "it plays", f"{row}.playing")
    tools.wait_until(lambda: watcher.state.get("playing") == number, "the same elsewhere")
    peer.wait_for("90 32 60", "80 32 00", "90 32 60")
    page.keys("a", hold=0)
    tools.wait_until(lambda: watcher.state.get("playing") is None, "the end of it")
    page.until("return document.querySelector('.take.playing') === null", "it plays no more")


# ---- the page itself


@pytest.mark.parametrize("width", [360, 390, 820])
def test_a_phone_or_tablet_has_all_of_it_and_nothing_to_scroll_sideways(page, width):
    size = {"width": width, "height": 780, "deviceScaleFactor": 2, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        for tab in ("Controls", "Takes", "Session"):
            page.js(
                "document.getElementById(`tab-${arguments[0]}`).click();"
                "document.querySelectorAll('details').forEach((d) => (d.open = true))",
                tab,
            )
            page.until(
                "const {documentElement, body} = document;"
                "return Math.max(documentElement.scrollWidth, body.scrollWidth) <= arguments[0]",
                f"nothing to scroll sideways on {tab}",
                width,
            )
        for must in ("floor", "mode", "tempo", "record", "panic", "keys", "roll"):
            page.until(
                "const {left, right, width} = document.getElementById(arguments[0])"
                ".getBoundingClientRect(); return left >= 0 && right <= arguments[1] && width > 10",
                f"{must} on the screen",
                must,
                width,
            )
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.until("return innerWidth > arguments[0]", "the whole screen again", width)


def test_everything_can_be_reached_by_the_keyboard_and_has_a_name(page):
    nameless = page.js(
        """return [...document.querySelectorAll('button, input, select, [tabindex]')]
          .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length))
          .map((e) => e.outerHTML)"""
    )
    assert nameless == []
    page.browser.refresh()
    page.is_there()
    reached = set()
    for _ in range(12):
        ActionChains(page.browser).send_keys("\ue004").perform()
        seen = page.js(
            "const e = document.activeElement;"
            "return [e.id || e.className, getComputedStyle(e).outlineStyle]"
        )
        reached.add(seen[0])
        assert seen[1] != "none", seen
    assert {"mode", "record", "panic", "keys"} <= reached


def test_the_visual_shows_what_sounds(page, session, watcher, peer, tools):
    peer.play("90 3c 50")  # held, or it would be gone by when a slow browser shows it
    try:
        tools.wait_until(lambda: watcher.mine() == [60], "my note")
        page.browser.get(address_of(session).replace("/?", "/visual.html?"))
        lit = """const it = document.getElementById('visual');
          const {data} = it.getContext('2d').getImageData(0, 0, it.width, it.height);
          for (let i = 0; i < data.length; i += 4) if (data[i] > 80) return true;
          return false"""
        page.until(lit, "light")
    finally:
        peer.play("80 3c 40")


def test_a_wrong_token_is_told(page, session):
    page.complains = True  # of what was refused
    page.browser.get(address_of(session)[:-3] + "xyz")
    page.until(
        "return document.getElementById('banner').textContent.includes('not allowed in')",
        "the banner",
    )
    page.browser.get("about:blank")


def test_the_page_comes_back_with_the_instrument(page, session, start, tools):
    page.complains = True  # of the instrument's absence
    left = children(session.process)
    session.process.kill()
    session.process.wait()
    page.until("return !document.getElementById('banner').hidden", "the banner")
    tools.wait_until(lambda: not any(map(runs, left)), "port and clients to be free")
    again = start()
    page.until("return document.getElementById('banner').hidden", "the page to come back")
    watcher = Watcher(address_of(again))
    tools.wait_until(lambda: watcher.since is not None, "the first word")
    page.keys("a")
    tools.wait_until(lambda: (0, 60, 88) in watcher.begun, "a note after all")
    watcher.close()
    assert address_of(again) == address_of(session)
    again.end()

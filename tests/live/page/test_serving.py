"""Where the page listens, and what it serves."""

import socket
import threading

import pytest

from live.page.app import static_files
from live.page.door import LOOPBACK, Door
from live.page.serving import PORT, PageError, address_of, listening


def test_a_port_that_is_taken_is_told_and_the_usual_one_gives_way() -> None:
    with listening(port=0) as first:
        taken = first.getsockname()[1]
        with pytest.raises(PageError, match=f"port {taken}"):
            listening(port=taken, patience=0.0)
    with listening() as usual, listening(patience=0.0) as other:
        ports = [sock.getsockname()[1] for sock in (usual, other)]
        assert ports[0] != ports[1]
        assert ports[1] != PORT


def test_a_port_that_is_about_to_be_free_is_waited_for() -> None:
    first = listening(port=0)
    port = first.getsockname()[1]
    threading.Timer(0.2, first.close).start()
    with listening(port=port, patience=30.0) as second:
        assert second.getsockname()[1] == port


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_a_host_that_is_not_ours_is_one_line(host: str) -> None:
    with pytest.raises(PageError):
        listening(host, 0)


@pytest.mark.parametrize("port", [-1, 65536, 10**9])
def test_a_port_that_is_none_is_one_line(port: int) -> None:
    with pytest.raises(PageError):
        listening(LOOPBACK, port)


def test_only_this_machine_can_come_unless_it_is_asked_for() -> None:
    with listening(port=0) as sock:
        assert sock.getsockname()[0] == LOOPBACK
    with listening("0.0.0.0", 0) as sock:
        assert sock.getsockname()[0] == "0.0.0.0"
        assert address_of(sock, "0.0.0.0").startswith(f"http://{LOOPBACK}:")


async def _never(*_: object) -> None:
    pytest.fail("it was let in")


def allowed(listens: str, host: str) -> bool:
    door = Door(_never, "token", listens, 8432)
    headers = [(b"host", host.encode()), (b"x-antiphon-token", b"token")]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api",
        "query_string": b"",
        "headers": headers,
    }
    return door._refused(scope) is None


def test_who_listens_everywhere_is_come_to_by_an_address_or_by_its_own_name() -> None:
    own = socket.gethostname().lower()
    for host in ("192.168.1.7", "[fe80::1]", "localhost", own, f"{own}.local"):
        assert allowed("0.0.0.0", f"{host}:8432"), host
    assert not allowed("0.0.0.0", "evil.example:8432")
    assert not allowed("0.0.0.0", "192.168.1.7:80")
    assert not allowed(LOOPBACK, "192.168.1.7:8432")
    assert allowed("studio.lan", "studio.lan:8432")
    assert not allowed(LOOPBACK, "studio.lan:8432")


def test_the_pages_files_are_there() -> None:
    files = static_files()
    assert files["/"].name == "index.html"
    assert all(path.is_file() for path in files.values())

"""`hydrophone serve`: a real server, real clients, and who is refused."""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import ClientSession, TCPConnector, WSMsgType, WSServerHandshakeError
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families
from tests.host.cli.test_checkpoint import COMMON, NAMED, tape_file

from hydrophone_cli import main
from hydrophone_cli.command import Exit
from hydrophone_serve.hub import AlertHub
from hydrophone_serve.schema import SCHEMA

SECONDS = 60
TOKEN = "a-token-of-a-test-0123456789"
VALID = Draft202012Validator(SCHEMA)


@dataclass
class Served:
    """A server in a process of its own."""

    process: subprocess.Popen[str]
    url: str

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def json(self, path: str, **headers: str) -> Any:
        code, text = self.get(path, **headers)
        assert code == 200, text
        return json.loads(text)


@contextmanager
def served(
    source: Path | str, *options: str, first: str = "", **environment: str
) -> Generator[Served]:
    command = [sys.executable, "-m", "hydrophone_cli", "serve", str(source), "--port", "0"]
    process = subprocess.Popen(
        [*command, *COMMON, *NAMED, "--json", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        assert process.stderr is not None
        assert process.stdin is not None
        process.stdin.write(first)
        process.stdin.flush()
        line = process.stderr.readline()
        found = re.search(r"serving at (http://\S+)/$", line)
        assert found, line + process.stderr.read()
        yield Served(process, found[1])
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=SECONDS)
        finally:
            process.kill()


def ended(server: Served) -> None:
    """Waits for the sources' end."""
    end = time.monotonic() + SECONDS
    while json.loads(server.get("/readyz")[1])["status"] == "running":
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tape_file(tmp_path_factory.mktemp("serve") / "tape.csv", 5)
    # A name that would be markup, if anybody took it for it.
    path.write_text(
        path.read_text().replace(",S1,", ",<img src=x onerror=document.title='broken'>,")
    )
    return path


@pytest.fixture(scope="module")
def server(tape: Path) -> Generator[Served]:
    with served(tape) as server:
        ended(server)
        yield server


@pytest.fixture(scope="module")
def expected(tape: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    alerts = tmp_path_factory.mktemp("listen") / "alerts.jsonl"
    assert main(["listen", str(tape), "--alerts", str(alerts), *COMMON, *NAMED, "--json"]) == 0
    return [json.loads(line) for line in alerts.read_text().splitlines()]


def test_alerts_are_those_of_listen(server: Served, expected: list[dict[str, Any]]) -> None:
    told = server.json("/alerts?from=0&most=1000")
    VALID.validate(told)
    assert told["alerts"] == expected
    assert (told["first"], told["next"], told["missed"]) == (0, len(expected), 0)
    latest = server.json("/alerts?most=3")
    assert latest["alerts"] == expected[-3:]
    assert server.json("/schema") == SCHEMA


async def subscribe(server: Served, query: str, *protocols: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    async with (
        ClientSession() as session,
        session.ws_connect(f"{server.url}/alerts{query}", protocols=protocols) as subscriber,
    ):
        async for said in subscriber:
            assert said.type is WSMsgType.TEXT
            messages.append(json.loads(said.data))
            VALID.validate(messages[-1])
            if messages[-1]["ended"]:
                break
    return messages


def test_a_subscriber_gets_every_alert_once(server: Served, expected: list[dict[str, Any]]) -> None:
    messages = asyncio.run(subscribe(server, "?from=0"))
    assert [alert for message in messages for alert in message["alerts"]] == expected
    resumed = asyncio.run(subscribe(server, "?from=7"))
    assert [alert for message in resumed for alert in message["alerts"]] == expected[7:]


def test_alerts_leave_while_the_source_grows(tape: Path, expected: list[dict[str, Any]]) -> None:
    head, *rows = tape.read_text().splitlines()

    async def follow(server: Served) -> list[dict[str, Any]]:
        stdin = server.process.stdin
        assert stdin is not None
        got: list[dict[str, Any]] = []
        async with (
            ClientSession() as session,
            session.ws_connect(f"{server.url}/alerts?from=0") as subscriber,
        ):
            for start in range(0, len(rows), 1000):
                stdin.write("\n".join(rows[max(start, 1) : start + 1000]) + "\n")
                stdin.flush()
                due = sum(alert["sequence"] < start + 900 for alert in expected)
                while len(got) < due:
                    message = json.loads((await subscriber.receive(SECONDS)).data)
                    got += message["alerts"]
            stdin.close()
            server.process.stdin = None
            while len(got) < len(expected):
                got += json.loads((await subscriber.receive(SECONDS)).data)["alerts"]
        return got

    # Of a pipe nothing is known, and nothing served, before its first line.
    with served("-", first=f"{head}\n{rows[0]}\n") as server:
        assert asyncio.run(follow(server)) == expected


def test_snapshots_and_metrics_agree(server: Served, expected: list[dict[str, Any]]) -> None:
    told = server.json("/snapshots")
    assert told["counters"]["alerts"] == len(expected)
    by_name = {one["symbol"]: one for one in told["symbols"]}
    for name, one in by_name.items():
        assert one["alerts"] == sum(alert["symbol"] == name for alert in expected)
    assert server.json("/snapshots?symbol=S2")["symbols"] == [by_name["S2"]]
    assert server.get("/snapshots?symbol=nobody")[0] == 404
    code, text = server.get("/metrics")
    assert code == 200
    samples = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert samples["hydrophone_alerts_total"] == len(expected)
    assert samples["hydrophone_events_total"] == told["counters"]["events"]
    assert samples["hydrophone_running"] == 0
    assert server.json("/healthz") == {"status": "alive"}


def test_pages_of_others_and_other_names_are_refused(server: Served) -> None:
    assert server.get("/alerts", Host="evil.example")[0] == 403
    assert server.get("/alerts", Host="evil.example:80")[0] == 403
    assert server.get("/alerts", Origin="http://evil.example")[0] == 403
    assert server.get("/alerts", Origin=server.url)[0] == 200
    with pytest.raises(WSServerHandshakeError, match="403"):
        asyncio.run(cross_site(server))
    assert server.get("/alerts?from=-1")[0] == 400
    assert server.get("/alerts?from=" + "9" * 40)[0] == 400
    assert server.get("/static/../server.py")[0] == 404
    assert server.get("/nothing")[0] == 404


async def cross_site(server: Served) -> None:
    async with (
        ClientSession(headers={"Origin": "http://evil.example"}) as session,
        session.ws_connect(f"{server.url}/alerts"),
    ):
        pass


def test_a_token_is_asked_for(tape: Path) -> None:
    with served(tape, "--host", "0.0.0.0", HYDROPHONE_TOKEN=TOKEN) as server:
        server.url = server.url.replace("0.0.0.0", "127.0.0.1")
        ended(server)
        assert server.get("/healthz")[0] == 200
        for path in ("/alerts", "/snapshots", "/metrics", "/schema"):
            assert server.get(path)[0] == 401
            assert server.get(path, Authorization="Bearer wrong-wrong-wrong-wrong")[0] == 401
            assert server.get(path, Authorization=f"Bearer {TOKEN}")[0] == 200
        assert asyncio.run(subscribe(server, "?from=0", "hydrophone", f"token.{TOKEN}"))
        with pytest.raises(WSServerHandshakeError, match="401"):
            asyncio.run(subscribe(server, "", "hydrophone"))


def test_what_cannot_be_served_is_said(
    tape: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*args: object) -> tuple[int, str, str]:
        code = main(list(map(str, args)))
        out, err = capsys.readouterr()
        return code, out, err

    code, _, err = run("serve", tape, "--host", "0.0.0.0")
    assert code == Exit.USAGE
    assert "--host 0.0.0.0 can be reached by others: name a token" in err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = run("serve", tape, "--port", port, "--exit-at-end")
    assert code
    assert f"cannot serve on 127.0.0.1 port {port}" in err
    assert run("serve", tape, "--host", "no.such.host.invalid", "--exit-at-end")[0] == Exit.USAGE
    monkeypatch.setenv("HYDROPHONE_TOKEN", "short")
    code, _, err = run("serve", tape, "--exit-at-end")
    assert code == Exit.USAGE
    assert "a token is 16 to 256" in err
    assert "short" not in err.replace("a token", "")


def test_garbage_ends_no_server(server: Served, seed: int) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    rng = np.random.default_rng(seed)
    for size in (1, 10, 100, 5000, 100_000):
        for start in (b"", b"GET /alerts HTTP/1.1\r\nHost: localhost\r\n"):
            with (
                suppress(OSError),  # it may close, and it may wait for more
                socket.create_connection((host, int(port)), timeout=0.1) as garbage,
            ):
                garbage.sendall(start + rng.bytes(size) + b"\r\n\r\n")
                garbage.recv(1000)
    assert server.json("/healthz") == {"status": "alive"}


def test_a_slow_subscriber_is_told_what_it_missed() -> None:
    async def follow() -> None:
        hub = AlertHub(kept=8)
        hub.attach()
        hub.append({"n": n} for n in range(20))
        chunk = hub.since(3, 4)
        assert (chunk.first, chunk.missed, chunk.after) == (12, 9, 16)
        assert [json.loads(text)["n"] for text in chunk.alerts] == [12, 13, 14, 15]
        assert (hub.since(99).first, hub.since(99).missed) == (20, 0)
        waiting = asyncio.ensure_future(hub.wait(20))
        await asyncio.sleep(0)
        hub.append([{"n": 20}])
        assert await waiting
        last = asyncio.ensure_future(hub.wait(21))
        await asyncio.sleep(0)
        hub.close()
        assert not await last

    asyncio.run(asyncio.wait_for(follow(), SECONDS))


CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium: on Debian, apt-get install chromium")
def test_the_page_shows_the_market(server: Served, expected: list[dict[str, Any]]) -> None:
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    shown = subprocess.run(
        [*command, "--virtual-time-budget=3000", f"{server.url}/"],
        capture_output=True,
        text=True,
        check=True,
        timeout=2 * SECONDS,
    ).stdout
    assert "the sources have ended" in shown
    rows = re.findall(r"<tr.*?</tr>", shown.split('id="alerts"')[1].split("</table>")[0])
    assert len(rows) == min(len(expected), 100)
    assert expected[-1]["kind"] in rows[0]
    assert '<td class="">&lt;img src=x onerror' in shown
    assert "<title>Hydrophone</title>" in shown
    assert shown.count("<rect") > 5


@pytest.mark.nightly
def test_a_thousand_idle_subscribers_and_one_that_takes_all(tmp_path: Path) -> None:
    """Memory a subscriber, and alerts a second to one: both are printed."""
    source = tape_file(tmp_path / "tape.csv", 6, 200)

    def resident(pid: int) -> int:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    async def idle(server: Served) -> float:
        before = resident(server.process.pid)
        async with ClientSession(connector=TCPConnector(limit=0)) as session:
            sockets = [
                await session.ws_connect(f"{server.url}/alerts", max_msg_size=0)
                for _ in range(1000)
            ]
            await asyncio.sleep(1)
            each = (resident(server.process.pid) - before) / 1000
            assert server.json("/snapshots")["subscribers"] == 1000
            for one in sockets:
                await one.close()
        return each

    with served(source) as server:
        ended(server)
        each = asyncio.run(idle(server))
    print(f"{each / 1e3:.1f} kB a subscriber")
    assert each < 2e6

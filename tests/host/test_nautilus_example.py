"""The NautilusTrader example, in an environment of its own, where that can be installed."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import numpy as np
import pytest

import hydrophone

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "nautilus"
SCRIPT = """
import json
from backtest import backtest, tape
prints = tape({seed}, 3000)
listener = backtest(prints, device="cpu", decide=True)
alerts = [(a.ts_event, a.side, a.kind, a.parent_size, a.price, a.score) for a in listener.alerts]
print(json.dumps([[(t, str(p), str(s), x) for t, p, s, x in prints], alerts, len(listener.ranks)]))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with NautilusTrader, which sees this installation of hydrophone as well."""
    folder = tmp_path_factory.mktemp("nautilus")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    command = [python, "-m", "pip", "install", "--quiet", "-r", EXAMPLE / "requirements.txt"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("NautilusTrader cannot be installed here")
    (site,) = folder.glob("lib/python*/site-packages")
    own = next(path for path in sys.path if path.endswith("site-packages"))
    # Behind its own packages; and as a folder of packages, for ours may be installed for editing.
    (site / "zz_hydrophone.pth").write_text(f"import site; site.addsitedir({own!r})\n")
    return python


@pytest.mark.nightly
def test_the_actor_publishes_what_a_session_says(python: Path, seed: int) -> None:
    told = subprocess.run(
        [python, "-c", SCRIPT.format(seed=seed)],
        capture_output=True,
        text=True,
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )
    assert told.returncode == 0, told.stderr
    prints, alerts, ranks = json.loads(told.stdout.splitlines()[-1])
    times, prices, sizes, sells = zip(*prints, strict=True)
    events = hydrophone.events(
        time_ns=np.array(times),
        price=[round(float(price) * 100) for price in prices],
        size=[round(float(size) * 10**6) for size in sizes],
        side=np.array(sells, np.int64),
    )
    expected = hydrophone.alerts(hydrophone.open("cpu").process(events))
    assert len(expected) > 5
    assert [alert[0] for alert in alerts] == expected["time_ns"].tolist()
    assert [alert[3] for alert in alerts] == (expected["parent_size"] / 10**6).tolist()
    assert [alert[4] for alert in alerts] == (expected["price"] / 100).tolist()
    assert [alert[5] for alert in alerts] == (expected["score"] / 64).tolist()
    assert [alert[1] == "SELL" for alert in alerts] == (expected["side"] == 1).tolist()
    assert ranks == 0  # one candidate alone has nobody to be ranked with

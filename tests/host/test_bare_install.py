"""The base installation, NumPy alone: what it does, and which extra each command names.

The quick tests run on a folder of links that holds what the base wheel and NumPy would put there;
the nightly one on the wheel itself.
"""

import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

import hydrophone
from hydrophone import _kernels

ROOT = Path(__file__).parents[2]
SOURCES = ("pymodel", "hdl", "sim", "drivers", "host")
SESSION = """
import sys, hydrophone
for device in ("cpu", "golden"):
    with hydrophone.open(device) as session:
        results = session.process(hydrophone.events(time_ns=[0, 1], price=5, size=[3, 4]))
        print(session.device, results["parent_size"].tolist())
"""


def link_children(source: Path, target: Path) -> None:
    """Links to everything in a folder, beside what is in the other."""
    target.mkdir(exist_ok=True)
    for child in source.iterdir():
        if not (target / child.name).exists():
            (target / child.name).symlink_to(child)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies in site-packages after `pip install hydrophone`."""
    site = tmp_path_factory.mktemp("site")
    for folder in SOURCES:
        for init in (ROOT / folder).glob("*/__init__.py"):
            link_children(init.parent, site / init.parent.name)
    link_children(Path(_kernels.__file__).parent, site / "hydrophone")
    numpy = Path(np.__file__).parent
    for name in ("numpy", "numpy.libs"):
        if (numpy.parent / name).exists():
            (site / name).symlink_to(numpy.parent / name)
    facts = site / f"hydrophone-{hydrophone.__version__}.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(str(metadata.metadata("hydrophone")), encoding="utf-8")
    return site


def run(site: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with the base installation, and nothing else, on its path."""
    start = f"import sys; sys.path.insert(0, {str(site)!r}); "
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + command[0], *command[1:]],
        cwd=folder, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def hydrophone_command(site: Path, folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line."""
    return run(
        site, folder, "from hydrophone_cli import main; sys.exit(main(sys.argv[1:]))", *line.split()
    )


def test_sessions_need_nothing_but_numpy(site: Path, tmp_path: Path):
    done = run(site, tmp_path, SESSION)
    assert done.stdout.splitlines() == ["cpu [3, 7]", "golden [3, 7]"], done.stderr


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--version", f"hydrophone {hydrophone.__version__}"),
        ("config small", "combination that decides"),
        ("devices", "hydrophone[sim]"),
        ("kernels", "moving_variance"),
        ("verify --list", "targets:"),
    ],
)
def test_what_needs_no_extra_runs(site: Path, tmp_path: Path, line: str, said: str):
    done = hydrophone_command(site, tmp_path, line)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


@pytest.mark.parametrize(
    ("line", "extra"),
    [
        ("listen t.csv", "cli"),
        ("listen t.csv --json", "feeds"),
        ("fuse t.csv", "feeds"),
        ("fit t.csv --out mine.toml", "feeds"),
        ("verify log2", "hdl"),
        ("verify --vectors write vectors log2", "hdl"),
        ("schedule log2", "hdl"),
        ("report", "hdl"),
        ("characterise --target xc7", "hdl"),
    ],
)
def test_a_command_names_the_extra_that_it_needs(site: Path, tmp_path: Path, line: str, extra: str):
    (tmp_path / "t.csv").write_text("time,price,size\n1700000000,10,1\n1700000001,10,2\n")
    done = hydrophone_command(site, tmp_path, line)
    assert f"not installed: pip install 'hydrophone[{extra}]'" in done.stderr
    assert done.returncode == 2


@pytest.mark.nightly
def test_the_wheel_carries_what_the_base_installation_needs(tmp_path: Path):
    def python(executable: Path | str, *arguments: str) -> str:
        return subprocess.run(
            [str(executable), *arguments], cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout

    wheels = tmp_path / "wheels"
    python(sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation",
           "--wheel-dir", str(wheels))  # fmt: skip
    (wheel,) = wheels.iterdir()
    venv.create(tmp_path / "venv", with_pip=True)
    home = tmp_path / "venv" / "bin"
    python(home / "python", "-m", "pip", "install", str(wheel))
    frozen = python(home / "python", "-m", "pip", "freeze", "--exclude", "pip").splitlines()
    assert sorted(line.partition("==")[0].split()[0] for line in frozen) == ["hydrophone", "numpy"]
    assert python(home / "python", "-c", SESSION).splitlines() == ["cpu [3, 7]", "golden [3, 7]"]
    assert python(home / "hydrophone", "--version") == f"hydrophone {hydrophone.__version__}\n"

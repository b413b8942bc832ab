"""Paths of the C library in this installation, for build systems.

    python -m hydrophone.paths --cmake-dir

prints the folder for ``hydrophone_DIR`` of CMake's ``find_package(hydrophone CONFIG)``;
``--pkgconfig-dir`` the one for ``PKG_CONFIG_PATH``; ``--include-dir``, ``--library-dir`` and
``--library`` the headers' folder, the library's, and the library itself.
"""

import argparse
from importlib.util import find_spec
from pathlib import Path


def root() -> Path:
    """The folder that the C library's files are installed below."""
    # The compiled module is found without loading it: beside it lies what is compiled with it.
    found = find_spec("hydrophone._kernels")
    if found is None or found.origin is None:
        raise FileNotFoundError("the C++ engine is not installed: install hydrophone with g++")
    return Path(found.origin).parent


def include_dir() -> Path:
    """Folder of ``hydrophone.h``."""
    return root() / "include"


def library_dir() -> Path:
    """Folder of the shared library."""
    return root() / "lib"


def library() -> Path:
    """The shared library under its soname."""
    return next(library_dir().glob("libhydrophone.so.*"))


def cmake_dir() -> Path:
    """Folder of the CMake package."""
    return library_dir() / "cmake" / "hydrophone"


def pkgconfig_dir() -> Path:
    """Folder of the pkg-config file."""
    return library_dir() / "pkgconfig"


PATHS = {
    "cmake-dir": cmake_dir,
    "pkgconfig-dir": pkgconfig_dir,
    "include-dir": include_dir,
    "library-dir": library_dir,
    "library": library,
}
"""The paths by the options that print them."""


def main(arguments: list[str] | None = None) -> int:
    """Prints the paths that are asked for, one a line."""
    parser = argparse.ArgumentParser(
        prog="python -m hydrophone.paths",
        description="Prints where the C library of this installation lies, for build systems.",
    )
    for name, path in PATHS.items():
        parser.add_argument(
            f"--{name}",
            dest="wanted",
            action="append_const",
            const=name,
            help=f"{(path.__doc__ or '')[:1].lower()}{(path.__doc__ or '')[1:].rstrip('.')}",
        )
    wanted = parser.parse_args(arguments).wanted
    if not wanted:
        parser.error(f"say which: {', '.join(f'--{name}' for name in PATHS)}")
    for name in wanted:
        print(PATHS[name]())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

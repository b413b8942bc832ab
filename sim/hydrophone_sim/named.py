"""Block references: blocks by name, custom ones as ``FILE.py:CLASS`` or ``MODULE:CLASS``."""

import importlib
import sys
import traceback
import typing
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from hydrophone_hdl.block import Datapath, StreamBlock, StreamComponent
from hydrophone_hdl.blocks import DATAPATHS, stream_block
from hydrophone_hdl.hls.schedule import ScheduleError
from hydrophone_model.block import Model, Params
from hydrophone_model.blocks import BLOCKS
from hydrophone_model.config import DesignConfig
from hydrophone_model.errors import ConfigError, nearest
from hydrophone_model.fixed import Raw


class BlockReferenceError(ConfigError):
    """A reference to a block that leads to none, or to one that fails; the message says why."""


@dataclass(frozen=True)
class Named:
    """A block to prove.

    Attributes:
        name: As it was named.
        params: Its parameters for a configuration; of anybody's block the timing alone is taken.
        model: Makes its golden model from them.
        hardware: Makes its hardware for a configuration.
        custom: It is none of the toolkit's.
        datapath: Makes its hardware without a schedule.
    """

    name: str
    params: Callable[[DesignConfig], Params]
    model: Callable[..., Model]
    hardware: Callable[[DesignConfig], StreamComponent]
    custom: bool = False
    datapath: Callable[[Params], Datapath] = Datapath

    def check(self, config: DesignConfig) -> None:
        """Refuses a configuration that is too large for hardware; schedules nothing.

        Raises:
            ConfigError: It is.
        """
        self.datapath(self.params(config))


def is_reference(name: str) -> bool:
    """Whether a name is a reference to anybody's block and not one of the toolkit's."""
    return ":" in name


def named(name: str, model: str = "") -> Named:
    """The block of a name.

    Args:
        name: One of `hydrophone_model.blocks.BLOCKS`, or a reference to a `Datapath`: a class
            whose annotation of ``params`` tells its parameter object, which has defaults, or an
            instance.
        model: Reference to its model's class; by default that of the module of the parameters
            which is called as they are, ``XModel`` for ``XParams``.

    Raises:
        BlockReferenceError: There is no such block, or it lacks a part.
    """
    if is_reference(name):
        return _custom_block(name, model)
    if name.endswith(".py"):
        raise BlockReferenceError(f"{name} does not say which class: name it as {name}:CLASS")
    if name not in BLOCKS:
        raise BlockReferenceError(
            f"no block {name!r}: use {', '.join(BLOCKS)}, or name your own as FILE.py:CLASS or "
            f"MODULE:CLASS{nearest(name, BLOCKS)}"
        )
    block = BLOCKS[name]
    return Named(
        name,
        block.params,
        block.model,
        lambda config: stream_block(name, config),
        datapath=DATAPATHS[name],
    )


def _custom_block(reference: str, model: str) -> Named:
    found = _referred(reference)
    if isinstance(found, Datapath):
        kind, params = type(found), found.params
    elif isinstance(found, type) and issubclass(found, Datapath):
        kind, params = found, _defaults(found, reference)
    else:
        raise BlockReferenceError(f"{reference} is no Datapath: name the hardware's class")

    def at(config: DesignConfig) -> Params:
        return params.at(config.timing)

    def hardware(config: DesignConfig) -> StreamComponent:
        with _failures_named(reference, "its hardware"):
            return StreamBlock(kind(at(config)))

    made = _model(reference, model, type(params))
    return Named(
        reference,
        at,
        partial(_CustomModel, reference, made),
        hardware,
        custom=True,
        datapath=kind,
    )


class _CustomModel(Model):
    """Golden model of a custom block; its failures name the block."""

    def __init__(self, reference: str, make: Callable[..., Model], params: Params) -> None:
        self._reference, self._outputs = reference, params.outputs
        with _failures_named(reference, "its model"):
            self._model = make(params)

    def reset(self) -> None:
        with _failures_named(self._reference, "its model"):
            self._model.reset()

    def process(self, **inputs: Raw) -> dict[str, Raw]:
        with _failures_named(self._reference, "its model"):
            outputs = self._model.process(**inputs)
            return {name: _integers(outputs[name], name) for name in self._outputs}


def _integers(column: Any, name: str) -> Raw:
    """A column as a model gives it; what it has behind the point would be lost."""
    values = np.asarray(column)
    if values.size and values.dtype.kind not in "iub":
        raise TypeError(f"{name} has dtype {values.dtype}: give integers")
    return values.astype(np.int64)


@contextmanager
def _failures_named(reference: str, what: str) -> Generator[None]:
    """Tells where anybody's code failed.

    Raises:
        BlockReferenceError: It did. What the toolkit refuses with a reason stays as it is.
    """
    try:
        yield
    except (ConfigError, ScheduleError):
        raise
    except (Exception, SystemExit) as error:
        raise BlockReferenceError(
            f"{reference}: {what} fails with {type(error).__name__}: {error}{_place(error)}"
        ) from error


def _place(error: BaseException) -> str:
    """The line of anybody's code that failed, unless the error has told it already."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if not package.startswith("hydrophone") and package not in ("contextlib", "numpy"):
            place = f" ({Path(frame.f_code.co_filename).name}:{line} {frame.f_code.co_name})"
    return "" if place in str(error) else place


def _defaults(kind: type[Datapath], reference: str) -> Params:
    """The parameters that a datapath's annotation names, as they are by default."""
    annotated = typing.get_type_hints(kind).get("params")
    if not (isinstance(annotated, type) and issubclass(annotated, Params)):
        raise BlockReferenceError(
            f"{reference} does not tell its parameters: annotate the class with `params: XParams`"
        )
    try:
        return annotated()
    except TypeError as error:
        raise BlockReferenceError(
            f"{reference}: {annotated.__name__} has no defaults ({error}): give its fields some, "
            "or name a datapath that is made already"
        ) from error


def _model(reference: str, model: str, params: type[Params]) -> Callable[..., Model]:
    if model:
        found = _referred(model)
    else:
        wanted = params.__name__.removesuffix("Params") + "Model"
        model = f"{params.__module__}:{wanted}"
        found = getattr(sys.modules[params.__module__], wanted, None)
    if isinstance(found, type) and issubclass(found, Model):
        return found
    raise BlockReferenceError(
        f"{reference} needs a golden model, and {model} is none: name it by --model"
    )


def _referred(reference: str) -> Any:
    """What a reference leads to."""
    home, _, name = reference.rpartition(":")
    if not home or not name:
        raise BlockReferenceError(f"{reference!r} is no block: use FILE.py:CLASS or MODULE:CLASS")
    module = _from_file(Path(home)) if home.endswith(".py") else _from_module(home)
    if not hasattr(module, name):
        offered = [key for key, value in vars(module).items() if _is_datapath(value)]
        instead = f": it has {', '.join(offered)}" if offered else ""
        raise BlockReferenceError(f"{home} has no {name!r}{instead}")
    return getattr(module, name)


def _is_datapath(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Datapath) and value is not Datapath


def _from_file(path: Path) -> ModuleType:
    """The module of a file, which may import those beside it."""
    if not path.is_file():
        raise BlockReferenceError(f"{path} is not there: name a Python file and a class of it")
    module = _imported(path.stem, str(path.resolve().parent))
    home = module.__file__
    if home is None or Path(home).resolve() != path.resolve():
        raise BlockReferenceError(
            f"{path} cannot be imported: a module {path.stem!r} is there already, from {home}; "
            "call the file something else"
        )
    return module


def _from_module(name: str) -> ModuleType:
    return _imported(name, str(Path.cwd()))


def _imported(name: str, folder: str) -> ModuleType:
    """A module that a folder has, or that is installed; the folder stays importable."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        raise BlockReferenceError(
            f"{name} cannot be imported: {type(error).__name__}: {error}"
        ) from error

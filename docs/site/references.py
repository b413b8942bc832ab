"""Sphinx extension: docstrings as this project writes them.

A name in single backticks is looked up as Python would: in its class, in its module (what that
imports included), then as a full path. So it leads to the one object that is meant. A path into
one of our packages that leads nowhere, as after a rename, is a warning.
"""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry, PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

logger = logging.getLogger(__name__)
OURS = re.compile(r"hydrophone(_[a-z]+)?\.[\w.]+$")


def imported(path: str) -> object:
    """The object at a dotted path; raises LookupError where there is none."""
    parts = path.split(".")
    for count in range(len(parts), 0, -1):
        name = ".".join(parts[:count])
        found: object = sys.modules.get(name)
        if found is None and name.startswith("hydrophone"):
            with suppress(Exception):  # whatever a module raises where it cannot be imported
                found = importlib.import_module(name)
        if found is None:
            continue
        try:
            for part in parts[count:]:
                found = getattr(found, part)
        except AttributeError as error:
            raise LookupError(path) from error
        return found
    raise LookupError(path)


def paths_of(found: object, name: str) -> Iterator[str]:
    """Full paths by which an object may be documented."""
    if isinstance(found, ModuleType):
        yield found.__name__
        return
    home, qualified = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if isinstance(home, str) and isinstance(qualified, str):
        yield f"{home}.{qualified}"
    # A constant does not know its module: it is where the same object has the same name.
    for module, content in list(sys.modules.items()):
        if module.startswith("hydrophone") and vars(content).get(name) is found:
            yield f"{module}.{name}"


class Domain(PythonDomain):
    """The Python domain, with names looked up by Python itself instead of by likeness."""

    def find_obj(
        self,
        env: BuildEnvironment,
        modname: str | None,
        classname: str | None,
        name: str,
        type: str | None,
        searchmode: int = 0,
    ) -> list[tuple[str, ObjectEntry]]:
        """The documented object that a name means in a class of a module, if there is one."""
        name = name.removesuffix("()").lstrip(".")
        scopes = [".".join(filter(None, (modname, classname))), modname or "", ""]
        for scope in scopes:
            path = f"{scope}.{name}" if scope else name
            if path in self.objects:
                return [(path, self.objects[path])]
            try:
                found = imported(path)
            except LookupError:
                continue
            for documented in paths_of(found, name.rpartition(".")[2]):
                if documented in self.objects:
                    return [(documented, self.objects[documented])]
        return []


def modules_beside(path: str) -> set[str]:
    """Names of the modules in the package of a dotted path."""
    package = sys.modules.get(path.rpartition(".")[0])
    return {module.name for module in iter_modules(getattr(package, "__path__", []))}


def report_missing(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> None:
    """Warns of a path into our packages that names nothing."""
    target = str(node.get("reftarget", ""))
    if node.get("refdomain") == "py" and OURS.match(target):
        try:
            imported(target)
        except LookupError:
            if target.rpartition(".")[2] in modules_beside(target):
                return  # not imported here: it runs within a simulator
            logger.warning("nothing is called %r", target, location=node, type="ref")


def mark_literals(
    app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]
) -> None:
    """Makes an indented block after a paragraph a literal block, as Markdown has it.

    A list's continuation and the sections of Google's style stay as they are.
    """
    marked: list[str] = []
    paragraph = ""  # first line of the last paragraph at the margin; empty within other things
    for before, line in zip(["", *lines], lines, strict=False):
        if line and not line.startswith(" "):
            if not before:
                paragraph = "" if re.match(r"[-*] |\d+\. |\w+:$", line) else line
        elif line.startswith("    ") and not before and paragraph:
            marked += ["::", ""]
            paragraph = ""
        marked.append(line)
    lines[:] = marked


plain_docstrings: dict[str, list[str]] = {}
"""Docstrings of constants and properties, put aside until napoleon is done."""


def put_aside(
    app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]
) -> None:
    """Keeps a constant's docstring from napoleon, which would take words before a colon as type."""
    if what in {"attribute", "data", "property"}:
        plain_docstrings[name] = list(lines)


def put_back(app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]) -> None:
    """Restores what `put_aside` kept."""
    lines[:] = plain_docstrings.pop(name, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers the above; napoleon has priority 500."""
    app.add_domain(Domain, override=True)
    app.connect("missing-reference", report_missing)
    app.connect("autodoc-process-docstring", mark_literals, priority=400)
    app.connect("autodoc-process-docstring", put_aside, priority=450)
    app.connect("autodoc-process-docstring", put_back, priority=550)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

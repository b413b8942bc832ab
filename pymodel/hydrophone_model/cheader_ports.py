"""C++ of ports and records: what `hydrophone_model.cheader` says of them by name.

A kernel names the ports that it takes as the members of its `Input` and `Output`; the generated
`connect` of the block's parameters pairs them with the ports by name, so that a port that is
missing, one too many or misnamed does not compile. No C++ counts ports or fields.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from hydrophone_model.block import Params, Ports
from hydrophone_model.errors import ConfigError

SYMBOL = "symbol"
"""The port that chooses an event's state: a kernel finds it chosen, and does not take it."""

_KEYWORDS = """
alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t
char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
constinit continue decltype default delete do double dynamic_cast else enum explicit export
extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq
nullptr operator or or_eq private protected public register reinterpret_cast requires return
short signed sizeof static static_assert static_cast struct switch template this thread_local
throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while
xor xor_eq
"""
"""Of C++20; a member cannot have the name of one."""


def check_member(kind: str, name: str, block: Params) -> None:
    """Refuses a name that no member of a struct in C++ can have.

    Raises:
        ConfigError: It is a keyword of C++ or no identifier.
    """
    if name in _KEYWORDS.split() or not name.isidentifier():
        raise ConfigError(
            f"{kind} {name!r} of {block.name} is no name in C++: use letters, digits and _, and "
            "no keyword of C++"
        )


_C_TYPES = {
    "b1": "std::uint8_t",
    "u1": "std::uint8_t",
    "u2": "std::uint16_t",
    "u4": "std::uint32_t",
    "u8": "std::uint64_t",
    "i4": "std::int32_t",
}


def port_members(block: Params) -> Iterator[str]:
    """Members of a block's parameter struct: its ports by name, and how a kernel takes them.

    Raises:
        ConfigError: A port's name cannot be that of a member.
    """
    for name in (*block.inputs, *block.outputs):
        check_member("port", name, block)
    yield from _struct("Inputs", block.inputs)
    yield from _struct("Outputs", block.outputs)
    if SYMBOL not in block.inputs:
        return
    taken = f"typename Kernel::Input{{{', '.join(_bound('in', block.inputs))}}}"
    given = f"typename Kernel::Output{{{', '.join(_bound('out', block.outputs))}}}"
    yield f"""\
    /// Runs a kernel of this block on a chunk, each port given to the member of its name.
    template <class Kernel, class Chunk, class In, class Out>
    static void connect(const Kernel& kernel, const Chunk& at, const Inputs<In>& in,
                        const Outputs<Out>& out) {{
        kernel.process(at, {taken}, {given});
    }}"""


def _struct(name: str, ports: Ports) -> Iterator[str]:
    """A template of one member a port, and what makes it of ports that come in their order."""
    values = ", ".join("next()" for _ in ports)
    yield f"""\
    template <class Port>
    struct {name} {{
        Port {", ".join(ports)};
    }};
    template <class Port, class Next>
    static {name}<Port> {name.lower()}(Next&& next) {{
        return {{{values}}};
    }}"""


def _bound(side: str, ports: Ports) -> Iterator[str]:
    """Initialisers of a kernel's members: each port but the symbol, of one column or several."""
    for name, port in ports.items():
        if name != SYMBOL:
            yield f".{name} = {side}.{name}.{'one' if port.count == 1 else 'several'}()"


def field_list(name: str, dtype: np.dtype[np.void]) -> str:
    """An X macro over the fields of a record, in order: name, type of an element."""
    fields = dtype.fields or {}
    lines = [
        f"    X({field}, {_C_TYPES[kind.base.str[1:]]})" for field, (kind, *_) in fields.items()
    ]
    return _x_macro(f"HYDROPHONE_{name}", lines)


def block_lists(blocks: Iterable[Params]) -> str:
    """X macros over all blocks, and over those of each folder: name, parameters, kernel."""
    folders: dict[str, list[str]] = {}
    for block in blocks:
        params = type(block)
        folder = params.__module__.split(".")[1]
        kernel = params.__name__.removesuffix("Params")
        line = f"    X({block.name}, {params.__name__}, {kernel})"
        folders.setdefault(folder, []).append(line)
    names = {folder: f"HYDROPHONE_{folder.upper()}_BLOCKS" for folder in folders}
    parts = [_x_macro(names[folder], lines) for folder, lines in folders.items()]
    return "\n".join(
        [*parts, _x_macro("HYDROPHONE_BLOCKS", [f"    {name}(X)" for name in names.values()])]
    )


def _x_macro(name: str, lines: Iterable[str]) -> str:
    return f"#define {name}(X) \\\n" + " \\\n".join(lines) + "\n"

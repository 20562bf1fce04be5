"""The glyphs the screens draw with, as three sets: ``block`` (default), ``braille`` and ``ascii``.

Every glyph is one cell wide in every terminal we know of; a font without braille or box characters
is the most frequent complaint about terminal monitors, so the set is a setting. The app holds the
active one in its attribute ``symbols``.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple


class Symbols(NamedTuple):
    """One set of glyphs. Each field is one cell wide unless it says otherwise."""

    name: str
    chart: Literal["block", "braille"]
    """How a chart is drawn: one sample per cell, or two with braille dots."""
    subcells: bool
    """Whether a cell can be split (eighth blocks); without, Gantt blocks are drawn as
    ``[name--]``."""
    levels: str
    """Heights of a bar in one cell, empty first."""
    widths: str
    """Parts of a filled cell in eighths, growing from the left, empty first; without ``subcells``
    all but full are blank."""
    meter: str
    """A horizontal bar: a full cell, a half one and an empty one. Thin, so that the bars of two
    rows do not touch."""
    frame: str
    """Corners and edges: top left, top right, bottom left, bottom right, horizontal, vertical."""
    bar: str
    """Separates figures in a line."""
    dot: str
    """Separates phrases."""
    ellipsis: str
    live: str
    record: str
    play: str
    paused: str
    ended: str
    ok: str
    late: str
    miss: str
    idle: str
    stopped: str
    warn: str
    here: str
    """Marks the chosen row."""
    policy: str
    stream: str
    marker: str
    error: str
    info: str
    swap: str
    """A policy swap on a time axis."""
    tick: str
    block_left: str
    block_right: str
    block_fill: str
    ascending: str
    descending: str
    cursor: str
    """Where the next token will appear."""
    head: str
    """Where a tape is."""
    edge: str
    """The end of a tape that is still being written."""
    times: str
    """Stands before a factor."""
    unknown: str
    """Stands for a character that must not reach the terminal."""


BLOCK: Final = Symbols(
    name="block",
    chart="block",
    subcells=True,
    levels=" ▁▂▃▄▅▆▇█",
    widths=" ▏▎▍▌▋▊▉█",
    meter="━╸─",
    frame="╭╮╰╯─│",
    bar="│",
    dot="·",
    ellipsis="…",
    live="●",
    record="●",
    play="▶",
    paused="‖",
    ended="■",
    ok="●",
    late="▲",
    miss="✗",
    idle="○",
    stopped="■",
    warn="▲",
    here="▶",
    policy="◆",
    stream="+",
    marker="⚑",
    error="!",
    info="·",
    swap="┆",
    tick="╷",
    block_left="▕",
    block_right="▏",
    block_fill="─",
    ascending="▴",
    descending="▾",
    cursor="▌",
    head="┃",
    edge="▸",
    times="×",
    unknown="·",
)

BRAILLE: Final = BLOCK._replace(name="braille", chart="braille")

ASCII: Final = Symbols(
    name="ascii",
    chart="block",
    subcells=False,
    levels=" .:-=+*%#",
    widths="        #",
    meter="==.",
    frame="++++-|",
    bar="|",
    dot="-",
    ellipsis="~",
    live="*",
    record="*",
    play=">",
    paused="=",
    ended="#",
    ok="*",
    late="!",
    miss="x",
    idle="o",
    stopped="#",
    warn="!",
    here=">",
    policy="@",
    stream="+",
    marker="^",
    error="!",
    info=".",
    swap=":",
    tick="'",
    block_left="[",
    block_right="]",
    block_fill="-",
    ascending="^",
    descending="v",
    cursor="_",
    head="|",
    edge=">",
    times="x",
    unknown="?",
)

SYMBOL_SETS: Final[dict[str, Symbols]] = {each.name: each for each in (BLOCK, BRAILLE, ASCII)}


_PLAIN: Final = str.maketrans(
    {
        "→": "->",
        "←": "<-",
        "×": "x",
        "≥": ">=",
        "≤": "<=",
        "±": "+-",
        "µ": "u",
        "…": "...",
        "·": "-",
        "–": "-",
        "—": "-",
        "°": " ",
    }
)
_KEYS: Final = (
    ("↑↓", "up/down"),
    ("←→", "left/right"),
    ("↑", "up"),
    ("↓", "down"),
    ("←", "left"),
    ("→", "right"),
)
_POOR_TERMINALS: Final = ("linux", "dumb", "vt100", "vt220", "ansi")
"""Their fonts have ASCII, and little else that all of them have."""


def plain(text: str) -> str:
    """A text in ASCII; a character that has no like becomes a question mark."""
    if text.isascii():
        return text
    return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")


def plain_keys(text: str) -> str:
    """Names of keys in ASCII: ``up`` for its arrow."""
    for arrow, word in _KEYS:
        text = text.replace(arrow, word)
    return plain(text)


def detected(environment: Mapping[str, str], encoding: str) -> Symbols:
    """The set for a terminal: ASCII where its locale or its font has no more.

    Args:
        environment: the variables; ``TERM`` tells the terminal.
        encoding: that of the locale, such as ``UTF-8`` or ``ANSI_X3.4-1968``.
    """
    is_poor = environment.get("TERM", "") in _POOR_TERMINALS
    is_utf = encoding.replace("-", "").replace("_", "").lower() in {"utf8", "cp65001"}
    return ASCII if is_poor or not is_utf else BLOCK


def symbols_of(app: object) -> Symbols:
    """The set in the attribute ``symbols`` of an app, BLOCK where it has none."""
    chosen = getattr(app, "symbols", None)
    return chosen if isinstance(chosen, Symbols) else BLOCK


def keys_in(app: object, text: str) -> str:
    """Names of keys as the set of an app has them: arrows, or words in ASCII."""
    return plain_keys(text) if symbols_of(app) is ASCII else text

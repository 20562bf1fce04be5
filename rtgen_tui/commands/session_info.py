"""`session info`: what was recorded, in what state the file is, and the summary of the run."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from emulator.energy import energy_of
from emulator.errors import PolicyError
from emulator.policies import NamedPolicy, find_policy
from emulator.policies.own_name import is_own
from emulator.session.header import SessionHeader
from emulator.session.reader import SessionReader
from emulator.session.replayed import FinishedRun, read_run
from rtgen_tui import render
from rtgen_tui.commands import values
from rtgen_tui.commands.headless import progress
from rtgen_tui.commands.report import Run, print_report

_NS_PER_S = 10**9


@dataclass(frozen=True, slots=True)
class Info:
    """One session file."""

    path: Path
    header: SessionHeader
    size_bytes: int
    events: int
    keyframes: int
    swaps: int
    marks: int
    t_end_ns: int
    ended: str
    """The reason of its end, empty if it has none."""
    run: FinishedRun

    @property
    def length_s(self) -> float:
        """Virtual time from its beginning to its end."""
        return (self.t_end_ns - self.header.begins_ns) / _NS_PER_S

    @property
    def bytes_per_event(self) -> float | None:
        """Everything in the file counts, keyframes too."""
        return self.size_bytes / self.events if self.events else None

    def to_dict(self) -> dict[str, object]:
        """Plain JSON types."""
        header = self.header
        return {
            "file": str(self.path),
            "scenario": self.run.scenario.name,
            "profile": self.run.profile.name,
            "policy": header.policy,
            "seed": header.seed,
            "duration_s": None if header.duration_ns is None else header.duration_ns / _NS_PER_S,
            "noise": header.noise,
            "effects": header.effects,
            "created": _when(header.created_ns),
            "versions": dict(header.versions),
            "live": header.providers,
            "begins_s": header.begins_ns / _NS_PER_S,
            "length_s": self.length_s,
            "events": self.events,
            "bytes": self.size_bytes,
            "bytes_per_event": self.bytes_per_event,
            "keyframes": self.keyframes,
            "swaps": self.swaps,
            "marks": self.marks,
            "ended": self.ended,
            "problems": list(self.run.problems),
            "notes": list(self.run.notes),
            "summary": self.run.result.summary.to_dict(),
        }


def show_info(files: Sequence[str], *, as_json: bool) -> None:
    """Prints what is in each file.

    Raises:
        UserError: a file that is no session, or cannot be read.
    """
    infos = [_read(Path(values.some(file, "FILE"))) for file in files]
    if as_json:
        render.print_json({"sessions": [info.to_dict() for info in infos]})
        return
    for number, info in enumerate(infos):
        if number:
            render.line()
        _print(info)


def _read(path: Path) -> Info:
    with SessionReader(path, scan=True) as reader:
        with progress(f"reading {path.name}") as report:
            run = read_run(reader, report)
        spans = reader.spans
        return Info(
            path=path,
            header=reader.header,
            size_bytes=path.stat().st_size,
            events=sum(span.events for span in spans),
            keyframes=len(reader.keyframes),
            swaps=sum(span.swaps for span in spans),
            marks=sum(span.marks for span in spans),
            t_end_ns=reader.t_end_ns,
            ended="" if reader.end is None else reader.end.reason,
            run=run,
        )


def _print(info: Info) -> None:
    header = info.header
    render.title(str(info.path), None)
    versions = ", ".join(f"{name} {number}" for name, number in header.versions.items())
    size = f"{info.size_bytes:,} bytes, {info.events:,} events"
    if info.bytes_per_event is not None:
        size += f", {info.bytes_per_event:.1f} bytes per event"
    begins = f", from {header.begins_ns / _NS_PER_S:.3f} s of the run on"
    rows = [
        ("recorded", f"{_when(header.created_ns)} by {versions}"),
        ("length", f"{info.length_s:,.3f} s{begins if header.begins_ns else ''}"),
        ("size", size),
        ("has", f"{info.keyframes:,} keyframes, {info.swaps:,} swaps, {info.marks:,} marks"),
        *_live_rows(header),
        ("state", "clean" if not info.run.problems else "recovered: some of it may be missing"),
    ]
    for label, text in rows:
        render.labeled(label, text, width=len("recorded"))
    for problem in (*info.run.problems, *info.run.notes):
        render.labeled("", problem, width=len("recorded"))
    render.line()
    is_whole = not info.run.problems and not header.begins_event
    energy = energy_of(info.run.result, info.run.profile) if is_whole else None
    print_report(_run(info), info.run.result.summary, None, energy)


def _live_rows(header: SessionHeader) -> list[tuple[str, str]]:
    """The backends that were real, if any."""
    if not header.live:
        return []
    return [("live", ", ".join(f"{name} {each}" for name, each in header.providers.items()))]


def _run(info: Info) -> Run:
    header, run = info.header, info.run
    duration_ns = info.t_end_ns if header.duration_ns is None else header.duration_ns
    return Run(
        scenario=run.scenario,
        profile=run.profile,
        policy=_policy(header.policy),
        seed=header.seed,
        duration_s=Fraction(duration_ns, _NS_PER_S),
        noise=header.noise,
        effects=header.effects,
    )


def _policy(name: str) -> NamedPolicy:
    """The policy, with a description if it is known here."""
    try:
        # Nobody's own code is run for that.
        if not is_own(name):
            return find_policy(name)
    except PolicyError:
        pass
    return NamedPolicy(name, "", "", find_policy("fcfs").rule)


def _when(unix_ns: int) -> str:
    try:
        return datetime.fromtimestamp(unix_ns // _NS_PER_S, UTC).isoformat(sep=" ")[:19] + " UTC"
    except (ValueError, OverflowError, OSError):
        return "at an unknown time"

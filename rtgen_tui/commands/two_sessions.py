"""`rtgen-tui compare A.rtgen B.rtgen`: two recorded runs side by side."""

from emulator.study.two_sessions import Compared, TwoSessions, Unit, compare_sessions
from rtgen_tui import render
from rtgen_tui.commands.differing import difference_dict, print_difference
from rtgen_tui.commands.headless import progress

SUFFIX = ".rtgen"


def run_two_sessions(a: str, b: str, *, as_json: bool) -> None:
    """Prints the figures of both, in what they differ, and where their journals part.

    Raises:
        UserError: a file that is no session, or cannot be read.
    """
    with progress("comparing") as report:
        both = compare_sessions(a, b, report)
    if as_json:
        render.print_json(_record(both))
    else:
        _print(both)


def _print(both: TwoSessions) -> None:
    for side, path, header, run in zip("AB", both.paths, both.headers, both.runs, strict=True):
        what = f"{run.scenario.name} on {run.profile.name} under {header.policy}"
        render.labeled(side, f"{path}: {what}, seed {header.seed}, {run.covered_ns / 1e9:.3f} s")
    for words in both.warnings:
        render.labeled("!", words)
    render.line()
    render.table(
        (render.Column("figure"), *render.right("A", "B", "B - A"), render.Column("better")),
        [_row(each) for each in both.figures if not (each.a == each.b == 0)],
    )
    render.line()
    if both.divergence is None:
        equal = f"{both.equal_events:,} events are equal, up to {both.equal_until_ns / 1e9:.3f} s"
        render.line(f"{equal}: the journals do not part")
    else:
        render.line(f"{both.equal_events:,} events are equal")
        a, b = (
            {"stream": list(run.streams), "backend": run.profile.backend_names} for run in both.runs
        )
        print_difference(both.divergence, "A", "B", a, b)


def _row(each: Compared) -> tuple[render.Cell, ...]:
    difference = each.difference
    change = render.NOTHING if difference is None else _shown(difference, each.unit, sign="+")
    better = "" if each.better is None else each.better.upper()
    return (each.figure, _shown(each.a, each.unit), _shown(each.b, each.unit), change, better)


def _shown(value: float | None, unit: Unit, sign: str = "") -> str:
    if value is None:
        return render.NOTHING
    if unit == "%":
        return f"{100 * value:{sign}.2f} %"
    if not unit:
        return f"{value:{sign},.0f}"
    return f"{value:{sign},.1f} {unit}"


def _record(both: TwoSessions) -> dict[str, object]:
    sides = zip(both.paths, both.headers, both.runs, strict=True)
    return {
        "sessions": [
            {
                "file": str(path),
                "scenario": run.scenario.name,
                "profile": run.profile.name,
                "policy": header.policy,
                "seed": header.seed,
                "length_s": run.covered_ns / 1e9,
            }
            for path, header, run in sides
        ],
        "warnings": list(both.warnings),
        "figures": [
            {
                "figure": each.figure,
                "unit": "" if each.unit == "%" else each.unit,
                "a": each.a,
                "b": each.b,
                "difference": each.difference,
                "better": each.better,
            }
            for each in both.figures
        ],
        "equal_events": both.equal_events,
        "equal_until_s": both.equal_until_ns / 1e9,
        "divergence": difference_dict(both.divergence, "a", "b"),
    }

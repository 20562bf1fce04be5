"""The summary of a run without a screen, within 80 columns, and the same as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from emulator.energy import Energy
from emulator.policies import NamedPolicy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.stream import Stream
from emulator.summary import Figures, Summary
from rtgen_tui import render
from rtgen_tui.commands.scores import Scores, print_scores
from rtgen_tui.commands.words import deadlines, plain


@dataclass(frozen=True, slots=True)
class Run:
    """What was run."""

    scenario: Scenario
    profile: Profile
    policy: NamedPolicy
    seed: int
    duration_s: Fraction
    noise: bool
    effects: str = ""


def record(
    run: Run, summary: Summary, scores: Scores | None, energy: Energy | None = None
) -> dict[str, object]:
    """What was run and its figures, as plain JSON types."""
    return {
        "scenario": run.scenario.name,
        "profile": run.profile.name,
        "policy": run.policy.name,
        "seed": run.seed,
        "duration_s": float(run.duration_s),
        "noise": run.noise,
        "effects": run.effects,
        **summary.to_dict(),
        "energy": None if energy is None else energy.to_dict(),
        "scores": None if scores is None else scores.to_dict(),
    }


def print_report(
    run: Run, summary: Summary, scores: Scores | None, energy: Energy | None = None
) -> None:
    """Prints who ran what, then streams, language models, backends and the causes of misses."""
    _print_run(run, summary)
    render.line()
    _print_streams(run.scenario, summary)
    render.line()
    _print_pace(summary)
    if any(each.tokens_per_s is not None for each in summary.streams.values()):
        render.line()
        _print_language_models(summary)
    render.line()
    _print_backends(summary, energy)
    if energy is not None:
        render.line()
        _print_energy(energy)
    render.line()
    _print_misses(summary)
    if scores is not None:
        render.line()
        print_scores(scores)


def _print_run(run: Run, summary: Summary) -> None:
    noise = "noise on" if run.noise else "no noise"
    end_s = Fraction(summary.end_ns, 10**9)
    ended = f"; the last job ended at {float(end_s):.3f} s" if end_s > run.duration_s else ""
    rows = (
        ("scenario", _named(run.scenario.name, run.scenario.title)),
        ("profile", _named(run.profile.name, run.profile.title)),
        ("policy", _named(run.policy.name, run.policy.description)),
        ("run", f"seed {run.seed}, duration {plain(run.duration_s)} s, {noise}{ended}"),
    )
    for label, text in rows:
        render.labeled(label, text, width=len("scenario"))
    if run.effects:
        render.labeled("effects", run.effects.replace(",", ", "), width=len("scenario"))


def _named(name: str, words: str | None) -> str:
    return f"{name}: {words}" if words and words != name else name


def _print_streams(scenario: Scenario, summary: Summary) -> None:
    streams = {stream.name: stream for stream in scenario.streams}
    rows = [
        _stream_row(name, figures, _deadline(streams.get(name)))
        for name, figures in summary.streams.items()
    ]
    overall = summary.overall
    titles = ("jobs", "met", "late", "dropped", "missed", "p50 ms", "p95 ms", "deadline")
    render.table(
        (render.Column("stream"), *render.right(*titles)),
        [*rows, (*_counts("all", overall), "", "", "")],
    )
    if any(str(row[-1]).endswith("*") for row in rows):
        render.line(render.styled("* of a stage, from the job's release", render.ASIDE))
    if overall.skipped:
        render.line(f"{overall.skipped:,} jobs were skipped: none of their stages was triggered")
    if overall.degraded:
        of = ", ".join(f"{n} {f.degraded:,}" for n, f in summary.streams.items() if f.degraded)
        render.line(f"{overall.degraded:,} jobs were degraded to cheaper models: {of}")


def _stream_row(name: str, figures: Figures, deadline: str) -> tuple[render.Cell, ...]:
    response = (render.ms(figures.response_p50_ms), render.ms(figures.response_p95_ms))
    return (*_counts(name, figures), *response, deadline)


def _counts(name: str, figures: Figures) -> tuple[render.Cell, ...]:
    rate = render.percent(figures.violation_rate)
    return (
        name,
        f"{figures.released:,}",
        f"{figures.completed - figures.late:,}",
        f"{figures.late:,}",
        f"{figures.dropped:,}",
        render.styled(rate, render.BAD if figures.missed else ""),
    )


def _deadline(stream: Stream | None) -> str:
    """The job's own deadline in ms, else the tightest one of its stages with a star."""
    limits = [] if stream is None else list(deadlines(stream))
    own = [each.ms for each in limits if each.stage is None]
    if own:
        return render.ms(float(own[0]))
    return f"{render.ms(float(min(each.ms for each in limits)))}*" if limits else render.NOTHING


def _print_pace(summary: Summary) -> None:
    """How evenly frames came: gaps between them, and how long good ones stayed away."""
    titles = ("gap p50", "p95", "p99 ms", "jitter ms", "misses in a row", "freeze ms")
    rows = [
        (
            name,
            render.ms(figures.frame_gap_p50_ms),
            render.ms(figures.frame_gap_p95_ms),
            render.ms(figures.frame_gap_p99_ms),
            render.ms(figures.jitter_ms),
            f"{figures.longest_miss_streak:,}",
            render.ms(figures.longest_freeze_ms),
        )
        for name, figures in summary.streams.items()
    ]
    render.table((render.Column("pace"), *render.right(*titles)), rows)
    gap, freeze = summary.worst_frame_gap_p99_periods, summary.worst_freeze_periods
    if gap is not None or freeze is not None:
        render.line(
            f"worst of the periodic streams: gap p99 {_periods(gap)}, freeze {_periods(freeze)}"
        )


def _periods(value: float | None) -> str:
    return render.NOTHING if value is None else f"{value:,.1f} periods"


def _print_language_models(summary: Summary) -> None:
    titles = ("tokens", "tok/s", "TTFT p50", "p95 ms", "met", "TPOT p50", "p95 ms", "met")
    rows = [
        (
            name,
            f"{figures.output_tokens:,}",
            f"{figures.tokens_per_s:,.1f}",
            render.ms(figures.ttft_p50_ms),
            render.ms(figures.ttft_p95_ms),
            _whole_percent(figures.ttft_target_attainment),
            render.ms(figures.tpot_p50_ms),
            render.ms(figures.tpot_p95_ms),
            _whole_percent(figures.tpot_target_attainment),
        )
        for name, figures in summary.streams.items()
        if figures.tokens_per_s is not None
    ]
    render.table((render.Column("language model"), *render.right(*titles)), rows)
    overall = summary.overall
    if overall.llm_targets_known:
        met = round(overall.llm_targets_known * (overall.llm_target_attainment or 0))
        render.line(
            f"all targets met by {met:,} of {overall.llm_targets_known:,} answers that have any: ",
            render.percent(overall.llm_target_attainment),
        )


def _whole_percent(fraction: float | None) -> str:
    return render.percent(fraction, 0)


def _print_backends(summary: Summary, energy: Energy | None) -> None:
    titles = ("busy",) if energy is None else ("busy", "energy J")
    rows = [
        (
            name,
            render.percent(share),
            *(() if energy is None else (_joules(energy.backends[name]),)),
        )
        for name, share in summary.utilization.items()
    ]
    render.table((render.Column("backend"), *render.right(*titles)), rows)


def _print_energy(energy: Energy) -> None:
    """What each stream cost; power of all backends together."""
    rows = [
        (name, _joules(each.energy_j), _joules(each.mj_per_job), _joules(each.mj_per_token))
        for name, each in energy.streams.items()
    ]
    titles = ("J", "mJ per job", "mJ per token")
    render.table((render.Column("energy"), *render.right(*titles)), rows)
    if energy.energy_j is not None and energy.mean_w is not None:
        render.line(f"all backends {energy.energy_j:,.1f} J, {energy.mean_w:,.2f} W on average")


def _joules(value: float | None) -> str:
    return render.NOTHING if value is None else f"{value:,.1f}"


def _print_misses(summary: Summary) -> None:
    overall = summary.overall
    if not overall.known:
        render.line("no job has a deadline")
        return
    render.line(
        f"missed {overall.missed:,} of {overall.known:,} jobs with a deadline: ",
        render.styled(
            render.percent(overall.violation_rate, 2), render.BAD if overall.missed else ""
        ),
        f" (mean over streams {render.percent(summary.violation_rate_mean_over_streams, 2)})",
    )
    for words in _cause_words(overall):
        render.line("  ", words)


def _cause_words(figures: Figures) -> Iterator[str]:
    for count, words in (
        (figures.hopeless, "hopeless: could not be met even alone on an idle chip"),
        (figures.backlog, "backlog: too late already when released, for what was waiting"),
        (figures.avoidable, "avoidable: another decision would have met them"),
    ):
        if figures.missed:
            yield f"{count:>7,} {words}"

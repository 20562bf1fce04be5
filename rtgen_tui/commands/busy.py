"""What the busy time of scenarios rests on, as rows of a table and as JSON."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Final

from emulator.catalog import load_scenario, scenario_names
from emulator.errors import UserError
from emulator.policies import find_policy
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.schema.fit import check_fit
from emulator.study.busy_basis import BASES, BusyBasis, busy_basis
from rtgen_tui import render
from rtgen_tui.commands.chosen import POLICY
from rtgen_tui.exits import note

DURATION_S: Final = Fraction(20)
"""Virtual time: long enough for a few answers of a chat, over in a second for all scenarios."""
NS_PER_S: Final = 1_000_000_000


def busy_of(
    profile: Profile, scenario: str | Scenario | None, policy: str | None
) -> list[BusyBasis]:
    """Of one scenario, else of each listed one that the profile can run.

    Raises:
        UserError: an unknown policy; a scenario that does not exist, is wrong, or does not fit.
    """
    rule = find_policy(policy or POLICY).name
    chosen = _that_fit(profile) if scenario is None else [load_scenario(scenario)]
    return [busy_basis(profile, each, rule, DURATION_S) for each in chosen]


def _that_fit(profile: Profile) -> Iterator[Scenario]:
    for name in scenario_names():
        try:
            scenario = load_scenario(name)
        except UserError as error:
            note(f"left out: {error}")
            continue
        try:
            check_fit(profile, scenario)
        except UserError:
            continue
        yield scenario


def record(busy: BusyBasis) -> dict[str, object]:
    """Plain JSON types."""
    whole = busy.busy_ns
    return {
        "scenario": busy.scenario,
        "policy": busy.policy,
        "duration_s": float(busy.duration_s),
        "busy_s": whole / NS_PER_S,
        "shares": {basis or "unstated": share for basis, share in busy.shares.items()},
        "values": [
            {
                "model": each.model,
                "backend": each.backend,
                "phase": each.phase,
                "basis": each.basis,
                "busy_s": each.busy_ns / NS_PER_S,
                "share": each.busy_ns / whole,
            }
            for each in busy.values
        ],
    }


def print_shares(several: Sequence[BusyBasis]) -> None:
    """A row per scenario; nothing stands under a basis that no busy time rests on."""
    bases = [basis for basis in BASES if basis or any(each.shares[None] for each in several)]
    titles = (basis or "not stated" for basis in bases)
    render.table(
        (render.Column("scenario"), *render.right(*titles)),
        [
            (each.scenario, *(render.percent(each.shares[basis] or None) for basis in bases))
            for each in several
        ],
        indent=2,
    )


def print_values(busy: BusyBasis) -> None:
    """The values behind the busy time, the busiest first: what to measure next."""
    words = map(render.Column, ("model", "backend", "value", "basis"))
    render.table(
        (*words, *render.right("busy")),
        [
            (
                each.model,
                each.backend,
                each.phase,
                each.basis or "not stated",
                render.percent(each.busy_ns / busy.busy_ns),
            )
            for each in busy.values
        ],
        indent=2,
    )


def conditions(policy: str | None) -> str:
    """How the runs were made, in a few words."""
    return f"{float(DURATION_S):g} s under {policy or POLICY}, seed 0"


def share_words(busy: BusyBasis) -> str:
    """The shares in one line."""
    parts = [
        f"{render.percent(share)} {basis or 'not stated'}"
        for basis, share in busy.shares.items()
        if share
    ]
    return ", ".join(parts) or "nothing ran"

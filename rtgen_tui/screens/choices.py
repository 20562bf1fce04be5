"""What the pickers offer: policies, and what the catalog of profiles and scenarios holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from emulator.errors import UserError
from emulator.policies import Admission, Order, Placement
from emulator.policies import policies as all_policies
from emulator.policies.installed import installed
from emulator.policies.own_name import is_own
from emulator.snapshot import PolicyView, Snapshot
from rtgen_tui.screens.picker import Choice, Choices, matching
from rtgen_tui.widgets.numbers import miss_percent
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from emulator.profile import Profile
    from emulator.scenario import Scenario

Message: TypeAlias = Mapping[str, object]
"""A command of ``emulator.protocol``."""

GRANULARITIES: Final = ("whole", "chunk-64", "chunk-128", "chunk-256", "chunk-512")
"""What the picker proposes; any ``chunk-N`` may be typed."""


class ScenarioPick(NamedTuple):
    """A scenario, and whether to add it to the run instead of starting a new one."""

    name: str
    add: bool


def policies(snapshot: Snapshot | None) -> Choices[str]:
    """The pick list, then points of the four axes that continue what is typed, then the text."""
    listed = [
        Choice(each.name, clean(each.name), clean(_about(number, each)))
        for number, each in enumerate(snapshot.policies if snapshot else (), start=1)
    ]
    known = {each.value for each in listed}
    listed += [
        Choice(each.name, each.name, each.description)
        for each in all_policies()
        if each.name not in known
    ]

    listed += [Choice(each.name, clean(each.name), f"from {each.package}") for each in installed()]

    def offer(text: str) -> Sequence[Choice[str]]:
        typed = text.strip()
        if not typed:
            return listed
        # Descriptions are not searched: who types "ed" means a name, and enter swaps at once.
        named = [each for each in listed if typed.casefold() in each.value.casefold()]
        offered = [*matching(named)(typed), *(Choice(each, each) for each in _points(typed))]
        if typed not in {each.value for each in offered}:
            offered.append(Choice(typed, clean(typed), "as typed"))
        return offered

    return offer


def wrong_policy(name: str) -> str:
    """Why there is no such policy, in a sentence; nothing if there is, or only the core knows."""
    from emulator.policies import find_policy

    # Nobody's own code is loaded beside the screen.
    if ":" in name or is_own(name) or name in {each.name for each in installed()}:
        return ""
    try:
        find_policy(name)
    except UserError as error:
        return clean(str(error))
    return ""


def _about(number: int, policy: PolicyView) -> str:
    state = "active, " if policy.active else ""
    share = f"missed {miss_percent(policy.missed, policy.known)} %, " if policy.known else ""
    return f"{number}  {state}{share}{policy.description}"


def _points(typed: str) -> list[str]:
    """Points of the space that begin with the typed text, one more axis at a time."""
    parts = typed.split("/")
    done = "/".join(parts[:-1])
    if len(parts) <= 2:  # noqa: PLR2004 - order and placement
        points = [f"{order}/{placement}" for order in Order for placement in Placement]
    elif len(parts) == 3:  # noqa: PLR2004 - and admission
        points = [f"{done}/{admission}" for admission in Admission]
    else:
        points = [f"{done}/{granularity}" for granularity in GRANULARITIES]
    return [point for point in points if point.startswith(typed)]


def streams(snapshot: Snapshot | None) -> Choices[Message]:
    """Stopped streams to start again, then every scenario as a whole and each of its streams."""
    from emulator import catalog

    stopped = [each for each in (snapshot.streams if snapshot else ()) if each.state == "stopped"]
    offered: list[Choice[Message]] = [
        Choice({"t": "start-stream", "stream": each.name}, clean(each.name), "start again")
        for each in stopped
    ]
    for name in catalog.scenario_names():
        offered += _of_scenario(name)
    return matching(offered)


def _of_scenario(name: str) -> list[Choice[Message]]:
    """The scenario as a whole, then its streams."""
    from emulator import catalog

    whole: Message = {"t": "add-scenario", "scenario": name}
    try:
        members = catalog.load_scenario(name).streams
    except UserError as error:
        return [Choice(whole, clean(name), clean(str(error)))]
    offered = [Choice(whole, clean(name), f"all {len(members)} streams")]
    for each in members:
        one: Message = {"t": "add-stream", "scenario": name, "stream": each.name}
        offered.append(Choice(one, clean(f"{name} / {each.name}"), clean(each.title or "")))
    return offered


def scenarios() -> Choices[ScenarioPick]:
    """Every scenario twice: to start a new run with, and to add to the run."""
    from emulator import catalog

    titles = {name: _title(name, catalog.load_scenario) for name in catalog.scenario_names()}
    return matching(
        [
            *(
                Choice(ScenarioPick(name, add=False), clean(name), f"new run: {title}")
                for name, title in titles.items()
            ),
            *(
                Choice(ScenarioPick(name, add=True), clean(f"+ {name}"), "add to this run")
                for name in titles
            ),
        ]
    )


def profiles() -> Choices[str]:
    """Every profile."""
    from emulator import catalog

    names = catalog.profile_names()
    return matching(
        [Choice(name, clean(name), _title(name, catalog.load_profile)) for name in names]
    )


def _title(name: str, load: "Callable[[str], Profile | Scenario]") -> str:
    """What a file calls itself, or what is wrong with it: choosing it would say the same."""
    try:
        return clean(load(name).title or "")
    except UserError as error:
        return clean(str(error))

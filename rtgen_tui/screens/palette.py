"""The command palette: every action of the view, and policies, scenarios and profiles by name."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual.command import DiscoveryHit, Hit, Hits, Provider

from rtgen_tui.actions import actions_of
from rtgen_tui.screens.view import ViewScreen
from rtgen_tui.symbols import keys_in
from rtgen_tui.widgets.text import clean

if TYPE_CHECKING:
    from rtgen_tui.app import RtgenApp

ABOUT: float = 0.5
"""What a match in the sentence of a command is worth beside one in its title."""


class Command(NamedTuple):
    """One line of the palette."""

    title: str
    run: Callable[[], Awaitable[object]]
    help: str


class _Commands(Provider):
    """Offers what a subclass lists."""

    @property
    def view(self) -> ViewScreen | None:
        """The view under the palette."""
        return self.screen if isinstance(self.screen, ViewScreen) else None

    @abstractmethod
    def commands(self, view: ViewScreen) -> Iterator[Command]:
        """What can be done now."""

    def _offered(self) -> Iterator[Command]:
        if self.view is not None:
            for each in self.commands(self.view):
                yield each._replace(title=keys_in(self.app, each.title))

    async def discover(self) -> Hits:
        for title, run, text in self._offered():
            yield DiscoveryHit(title, run, help=text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, run, text in self._offered():
            score = max(matcher.match(title), matcher.match(text) * ABOUT)
            if score > 0:
                yield Hit(score, matcher.highlight(title), run, help=text)


class ActionCommands(_Commands):
    """Reads the registry; an action that is not possible now is left out."""

    def commands(self, view: ViewScreen) -> Iterator[Command]:
        latest, mode = view.monitor.latest, view.monitor.mode
        policies = latest.policies if latest is not None else ()
        for each in actions_of(view.VIEW, mode):
            target = self.app if each.owner == "app" else view
            if each.numbered:
                for position, policy in enumerate(policies[: len(each.keys)], start=1):
                    run = partial(self._run, each.call(position))
                    yield Command(f"{each.label} {policy.name}", run, policy.description)
            elif target.check_action(each.id, ()):
                title = f"{each.label}  ({each.key_text(mode)})"
                yield Command(title, partial(self._run, each.call()), each.help)

    async def _run(self, call: str) -> None:
        await self.app.run_action(call, default_namespace=self.screen)


class NamedCommands(_Commands):
    """Policies, scenarios and profiles of a live run, symbols and layouts, all by their names.

    They are found by typing: the list that is there at first would be too long with them.
    """

    _scenarios: Sequence[str] = ()
    _profiles: Sequence[str] = ()

    async def startup(self) -> None:
        """Look up what files there are, without reading them."""
        from emulator import catalog

        self._scenarios, self._profiles = await asyncio.to_thread(
            lambda: (catalog.scenario_names(), catalog.profile_names())
        )

    async def discover(self) -> Hits:
        hits: tuple[DiscoveryHit, ...] = ()
        for each in hits:
            yield each

    def commands(self, view: ViewScreen) -> Iterator[Command]:
        if view.monitor.mode == "live":
            yield from self._policies(view)
            yield from self._files(view)
        yield from self._looks(view)

    @property
    def _rtgen(self) -> "RtgenApp":
        from rtgen_tui.app import RtgenApp

        assert isinstance(self.app, RtgenApp)  # noqa: S101  # no other application has it
        return self.app

    def _policies(self, view: ViewScreen) -> Iterator[Command]:
        from emulator.policies import policies
        from emulator.policies.installed import installed

        latest, live = view.monitor.latest, view.monitor.live
        named = [(each.name, each.description) for each in (latest.policies if latest else ())][9:]
        listed = {each.name for each in latest.policies} if latest else set()
        named += [(each.name, each.description) for each in policies() if each.name not in listed]
        named += [(each.name, f"from {each.package}") for each in installed()]
        for name, about in named:
            yield Command(f"policy {clean(name)}", partial(live.swap, name), clean(about))

    def _files(self, view: ViewScreen) -> Iterator[Command]:
        for name in self._scenarios:
            run = partial(self._start, scenario=name)
            yield Command(f"scenario {clean(name)}", run, "A new run of this scenario")
            add = partial(view.monitor.send, {"t": "add-scenario", "scenario": name})
            yield Command(f"add scenario {clean(name)}", add, "Add its streams to this run")
        for name in self._profiles:
            run = partial(self._start, profile=name)
            yield Command(f"profile {clean(name)}", run, "A new run on this chip")

    async def _start(self, *, scenario: str = "", profile: str = "") -> None:
        app = self._rtgen
        app.start_run(app.monitor.new_run(scenario=scenario, profile=profile))

    def _looks(self, view: ViewScreen) -> Iterator[Command]:
        from rtgen_tui.layouts import LAYOUTS
        from rtgen_tui.symbols import SYMBOL_SETS

        for name in SYMBOL_SETS:
            run = partial(self._use, self._rtgen.use_symbols, name)
            yield Command(f"symbols {name}", run, "Draw with these symbols")
        for each in LAYOUTS if view.VIEW == "dashboard" else ():
            run = partial(self._use, self._rtgen.use_layout, each.id)
            yield Command(f"layout {each.id}", run, f"Dashboard: {each.help}")

    async def _use(self, use: Callable[[str], None], name: str) -> None:
        use(name)

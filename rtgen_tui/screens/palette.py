"""Every action of the view in the command palette, policies by name included."""

from collections.abc import Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from rtgen_tui.actions import actions_of
from rtgen_tui.screens.view import ViewScreen


class ActionCommands(Provider):
    """Reads the registry; an action that is not possible now is left out."""

    async def discover(self) -> Hits:
        for title, call, text in self._commands():
            yield DiscoveryHit(title, partial(self._run, call), help=text)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for title, call, text in self._commands():
            score = max(matcher.match(title), matcher.match(text) / 2)
            if score > 0:
                yield Hit(score, matcher.highlight(title), partial(self._run, call), help=text)

    async def _run(self, call: str) -> None:
        await self.app.run_action(call, default_namespace=self.screen)

    def _commands(self) -> Iterator[tuple[str, str, str]]:
        """Title, call and help of each command."""
        screen = self.screen
        if not isinstance(screen, ViewScreen):
            return
        latest, mode = screen.monitor.latest, screen.monitor.mode
        policies = latest.policies if latest is not None else ()
        for each in actions_of(screen.VIEW, mode):
            target = self.app if each.owner == "app" else screen
            if each.numbered:
                for position, policy in enumerate(policies[: len(each.keys)], start=1):
                    yield f"{each.label} {policy.name}", each.call(position), policy.description
            elif target.check_action(each.id, ()):
                yield f"{each.label}  ({each.key_text(mode)})", each.call(), each.help

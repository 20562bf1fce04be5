"""Journal to snapshot: the figures on the screen, kept up to date event by event."""

from collections.abc import Mapping, Sequence
from typing import cast

from emulator.effects import ENERGY
from emulator.journal import Event
from emulator.metrics import events
from emulator.metrics.checkpoint import State, natural
from emulator.metrics.counting import Counting
from emulator.metrics.events import MISFITS, misfit, misread
from emulator.metrics.facts import StreamReader
from emulator.metrics.parts import Parts
from emulator.metrics.policies import PolicyRecord
from emulator.metrics.views import backend_views, recent_slices, recent_swaps, stream_views
from emulator.metrics.windows import BUCKET_NS, NS_PER_S, SECOND_NS, WINDOW_NS
from emulator.profile import Profile
from emulator.scenario import Scenario
from emulator.snapshot import Pace, Snapshot


class Metrics:
    """Everything a screen shows of one run, from its journal alone.

    Memory is bounded but for the jobs that are in flight. ``policies`` are the (name, description)
    of the pick list; a policy that is swapped in beside them joins the list. ``providers`` are what
    executes the slices of real backends, by name.
    """

    def __init__(
        self,
        profile: Profile,
        scenario: Scenario,
        policy: str,
        *,
        seed: int,
        run: int = 1,
        policies: Sequence[tuple[str, str]] = (),
        providers: Mapping[str, str] | None = None,
        effects: str = "",
    ) -> None:
        self._profile = profile
        self._scenario = scenario
        self._seed = seed
        self._run = run
        names = [name for name in effects.split(",") if name]
        self._has_energy = ENERGY in names
        # Energy shows itself, and changes nothing else.
        others = ", ".join(name for name in names if name != ENERGY)
        self._with = f" with {others}" if others else ""
        self._reader = StreamReader(profile, scenario)
        self._offered = tuple(policies)
        self._providers = dict(providers or {})
        self._now_ns = 0
        record = PolicyRecord(policies, policy)
        self._take(Parts.fresh(profile, record, with_energy=self._has_energy))

    def feed(self, new: Sequence[Event]) -> None:
        """Takes the next events of the journal, in order; kinds it does not know are ignored.

        Raises:
            JournalError: an event that cannot belong to a run of this profile and scenario.
        """
        counting = self._counting
        deadlines, handler_of = self._parts.deadlines, counting.handlers.get
        event: events.Unread = ()
        try:
            for event in cast("Sequence[events.Unread]", new):
                if deadlines.next_ns < event[1]:
                    counting.pass_deadlines(event[1])
                handler = handler_of(event[0])
                if handler is not None:
                    handler(event)
        except MISFITS as error:
            raise misfit(event, error) from error
        if event:
            self._now_ns = event[1]

    def state(self) -> State:
        """What a keyframe holds, for msgpack; see ``restore``. Taking it changes nothing."""
        return self._now_ns, self._parts.state(self._now_ns)

    def restore(self, state: State) -> None:
        """Goes on from where other metrics of this profile and scenario were.

        Later events and snapshots give what they would have given there, from the instant of the
        last event or snapshot before ``state()`` on.

        Raises:
            JournalError: it is no such state; nothing has changed then.
        """
        try:
            now_ns, parts = state
            restored = Parts.restored(
                self._profile, self._reader, self._offered, parts, with_energy=self._has_energy
            )
            self._now_ns = natural(now_ns)
        except MISFITS as error:
            raise misread("keyframe", error) from error
        self._take(restored)

    def snapshot(self, now_ns: int, *, state: str, speed: float, pace: Pace) -> Snapshot:
        """What the screen shows at this virtual time, not before that of the last event fed.

        Raises:
            JournalError: what was fed or restored contradicts itself.
        """
        try:
            return self._snapshot(now_ns, state, speed, pace)
        except MISFITS as error:
            raise misread("journal", error) from error

    def _snapshot(self, now_ns: int, state: str, speed: float, pace: Pace) -> Snapshot:
        now_ns = self._now_ns = max(now_ns, 0)
        self._counting.pass_deadlines(now_ns)
        parts = self._parts
        streams = tuple(stream_views(parts, now_ns))
        rates = [each.missed / each.known for each in streams if each.known]
        return Snapshot(
            run=self._run,
            t_ns=now_ns,
            state=state,
            speed=speed,
            pace=pace,
            scenario=self._scenario_name(),
            profile=self._profile.name,
            profile_title=self._profile.title or self._profile.name,
            seed=self._seed,
            policy=parts.policies.active,
            window_s=WINDOW_NS / NS_PER_S,
            bucket_s=BUCKET_NS / NS_PER_S,
            backends=tuple(backend_views(parts, now_ns, self._providers)),
            streams=streams,
            policies=parts.policies.views(now_ns),
            missed=sum(each.missed for each in streams),
            known=sum(each.known for each in streams),
            window_missed=sum(each.window_missed for each in streams),
            window_known=sum(each.window_known for each in streams),
            violation_rate_mean=sum(rates) / len(rates) if rates else 0.0,
            miss_history=parts.missed.history(now_ns, NS_PER_S),
            tokens_per_s=parts.tokens.per_second(now_ns, SECOND_NS),
            token_history=parts.tokens.history(now_ns, NS_PER_S),
            slices=tuple(recent_slices(parts, now_ns)),
            swaps_ns=recent_swaps(parts, now_ns),
            log=parts.log.lines(),
        )

    def specs(self) -> dict[str, Mapping[str, object] | None]:
        """What a command described each stream by, in stream order; None: as in the scenario."""
        return {each.facts.name: each.spec for _, each in sorted(self._parts.streams.items())}

    def _take(self, parts: Parts) -> None:
        self._parts = parts
        self._counting = Counting(parts, self._reader)

    def _scenario_name(self) -> str:
        """The scenario, how many streams were added to it, and the effects of the run."""
        added = sum(
            not self._reader.is_written(stream.facts.name)
            for stream in self._parts.streams.values()
        )
        return self._scenario.name + (f" +{added}" if added else "") + self._with

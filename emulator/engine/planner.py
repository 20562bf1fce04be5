"""Compiles a stream of a scenario into the plan that the engine runs."""

import math
from collections.abc import Container
from dataclasses import replace
from fractions import Fraction

from emulator import draws
from emulator.engine.plan import (
    Backends,
    DrawKeys,
    LlmTarget,
    Options,
    StagePlan,
    StreamPlan,
)
from emulator.profile import Profile
from emulator.schema.arrival import ClosedLoop
from emulator.schema.exact import ms_to_ns
from emulator.schema.stage import Stage
from emulator.schema.stream import Stream
from emulator.timing import Timing


class Planner:
    """Plans streams against one profile and seeds; they must fit the profile (see ``fit``)."""

    def __init__(
        self, profile: Profile, timing: Timing, seed: int, noise_seed: int | None = None
    ) -> None:
        self._backends = profile.backend_names
        self._timing = timing
        self._seed = seed
        self._noise_seed = seed if noise_seed is None else noise_seed
        self._left_out: set[int] = set()

    def leave_out(self, backend: int) -> None:
        """Plans that are made from now on do without this backend."""
        self._left_out.add(backend)

    def plan(self, stream: Stream, index: int, unit: int) -> StreamPlan:
        """The plan of a stream; ``unit`` is that of its arrivals."""
        graph = _Graph(stream)
        stages = tuple(
            self._stage(stream, number, each.model, graph, unit)
            for number, each in enumerate(stream.stages)
        )
        has_llm = any(stage.is_llm for stage in stages)
        explicit = stream.deadlines_ms
        plan = StreamPlan(
            index=index,
            name=stream.name,
            stages=stages,
            topological=graph.topological,
            roots=tuple(number for number, before in graph.before.items() if not before),
            has_llm=has_llm,
            unit=unit,
            deadline=_in_units(stream.deadline_ms, unit),
            deadlines=None
            if explicit is None
            else tuple(int(ms_to_ns(each) * unit) for each in explicit),
            implicit_deadline=stream.deadline_ms is None and explicit is None,
            drop_late=stream.late == "drop",
            firm=None if stream.firm is None else (stream.firm[0], stream.firm[-1]),
            period=stream.period,
            is_closed_loop=isinstance(stream.arrival, ClosedLoop),
            is_simple=len(stages) == 1 and not has_llm and stages[0].probability >= 1,
        )
        return self._with_degraded(plan, stream, graph)

    def _with_degraded(self, plan: StreamPlan, stream: Stream, graph: "_Graph") -> StreamPlan:
        if not any(each.degraded_model for each in stream.stages):
            return plan
        stages = tuple(
            self._stage(stream, number, each.degraded_model, graph, plan.unit)
            if each.degraded_model
            else plan.stages[number]
            for number, each in enumerate(stream.stages)
        )
        return replace(plan, degraded=replace(plan, stages=stages, is_degraded=True))

    def _stage(
        self, stream: Stream, index: int, name: str, graph: "_Graph", unit: int
    ) -> StagePlan:
        """The plan of a stage when it runs the model of this name."""
        stage = stream.stages[index]
        model = self._timing.model(name)
        inference_on = self._allowed(stage, model.inference)
        rests = tuple(model.inference[backend].rest_ns[0] for backend in inference_on)
        streamed = stage.streamed_after
        return StagePlan(
            index=index,
            name=stage.name,
            model=name,
            timing=model,
            is_llm=model.is_llm,
            prefill_on=self._allowed(stage, model.prefill),
            decode_on=self._allowed(stage, model.decode),
            inference=Options(inference_on, rests),
            first_slices_ns=tuple(
                model.inference[backend].slices[0].expected_ns for backend in inference_on
            ),
            best_inference_ns=min(rests, default=0),
            best_backend=inference_on[rests.index(min(rests))] if rests else -1,
            data_after=tuple(graph.order[edge.stage] for edge in stage.after if not edge.stream),
            streamed_after=graph.order[streamed.stage] if streamed else -1,
            after_tokens=streamed.after_tokens if streamed else 1,
            tokens_per_inference=stage.slices_per_tokens,
            successors=graph.successors(index),
            reach=graph.reach(index),
            probability=float(stage.probability),
            cached=stage.cached_prefix_tokens,
            prompt=stage.prompt_tokens,
            output=stage.output_tokens,
            deadline=_in_units(stage.deadline_ms, unit),
            first_output_deadline=_in_units(stage.first_output_deadline_ms, unit),
            has_deadlines=stage.deadline_ms is not None
            or stage.first_output_deadline_ms is not None,
            target=_llm_target(stage) if model.is_llm else None,
            keys=self._keys(stream.name, stage.name),
        )

    def _allowed(self, stage: Stage, listed: Container[int]) -> Backends:
        """Backends that list the model (phase) and that the stage's ``on`` does not exclude."""
        return tuple(
            index
            for index, name in enumerate(self._backends)
            if index in listed
            and index not in self._left_out
            and (stage.on is None or name in stage.on)
        )

    def _keys(self, stream: str, stage: str) -> DrawKeys:
        def key(seed: int, quantity: str) -> int:
            return draws.stream_key(seed, stream, stage, quantity)

        jobs = (key(self._seed, each) for each in ("trigger", "prompt", "output"))
        noise = (key(self._noise_seed, each) for each in ("latency", "prefill", "decode"))
        return DrawKeys(*jobs, *noise)


class _Graph:
    """The stages of a stream by index, and what waits for what."""

    def __init__(self, stream: Stream) -> None:
        self.order = {stage.name: number for number, stage in enumerate(stream.stages)}
        self.before = {
            self.order[stage.name]: {self.order[edge.stage] for edge in stage.after}
            for stage in stream.stages
        }
        self.topological = stream.topological_order

    def successors(self, index: int) -> tuple[int, ...]:
        """The stages that wait for this one directly."""
        return tuple(number for number in self.topological if index in self.before[number])

    def reach(self, index: int) -> tuple[int, ...]:
        """This stage and all after it, in topological order."""
        reached = {index}
        for number in self.topological:
            if self.before[number] & reached:
                reached.add(number)
        return tuple(number for number in self.topological if number in reached)


def _in_units(deadline: Fraction | str | None, unit: int) -> int | None:
    return int(ms_to_ns(deadline) * unit) if isinstance(deadline, Fraction) else None


def _llm_target(stage: Stage) -> LlmTarget | None:
    if stage.ttft_ms is None:
        return None
    ttft = ms_to_ns(stage.ttft_ms)
    tpot = None if stage.tpot_ms is None else ms_to_ns(stage.tpot_ms)
    unit = math.lcm(ttft.denominator, 1 if tpot is None else tpot.denominator)
    return LlmTarget(int(ttft * unit), None if tpot is None else int(tpot * unit), unit)

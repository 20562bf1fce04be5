"""One model's part of a job, as a scenario writes it."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar

from emulator.names import shown
from emulator.schema.distributions import MAX_TOKENS, TokenCount, Tokens
from emulator.schema.exact import Number, PositiveExact, PositiveMs, Whole
from emulator.schema.tables import (
    Entries,
    Flag,
    Name,
    Rewritten,
    ShortForm,
    Table,
    duplicates,
    fault,
)

MAX_EDGES = 256


class Edge(Table):
    """A stage waits for another: for its end, or with `stream` for `after_tokens` of its output."""

    home: ClassVar[str] = "belongs to an edge (after = [{...}])"

    stage: Name
    stream: Flag = False
    after_tokens: Tokens = 1

    def check(self) -> None:
        """Tokens are counted on a streamed edge alone."""
        if "after_tokens" in self.given and not self.stream:
            raise fault("after_tokens needs stream = true beside it", "after_tokens")


def _edge_table(value: object) -> object:
    """A bare text is a stage's name."""
    return {"stage": value} if isinstance(value, str) else value


EdgeSpec = Annotated[Edge, Rewritten(_edge_table), ShortForm({"type": "string"})]


class Stage(Table):
    """A model to run, what it waits for, its token counts if it is an LLM, and its targets.

    `deadline_ms` and `first_output_deadline_ms` count from the job's release, `ttft_ms` and
    `tpot_ms` from when the stage is ready. `on` names the only backends allowed, None means all.
    `degraded_model` is a cheaper model of the same kind, for the admission `degrade`.
    """

    home: ClassVar[str] = "belongs to a stage ([[streams.stages]])"

    name: Name
    model: Name
    after: Annotated[tuple[EdgeSpec, ...], Entries(0, MAX_EDGES)] = ()
    probability: Annotated[Fraction, Number(0, 1, above=True)] = Fraction(1)
    cached_prefix_tokens: Annotated[int, Whole(0, MAX_TOKENS)] = 0
    prompt_tokens: TokenCount | None = None
    output_tokens: TokenCount | None = None
    ttft_ms: PositiveMs | None = None
    tpot_ms: PositiveMs | None = None
    slices_per_tokens: PositiveExact | None = None
    deadline_ms: PositiveMs | None = None
    first_output_deadline_ms: PositiveMs | None = None
    on: Annotated[tuple[Name, ...], Entries(1, 64)] | None = None
    degraded_model: Name | None = None

    @property
    def streamed_after(self) -> Edge | None:
        """The edge over which this stage gets its input piece by piece, if any."""
        return next((edge for edge in self.after if edge.stream), None)

    def check(self) -> None:
        """Edges, pins and targets agree with each other."""
        self._check_edges()
        self._check_pins_and_targets()

    def _check_edges(self) -> None:
        if repeated := duplicates(edge.stage for edge in self.after):
            raise fault(f"{shown(repeated[0])} is named twice", "after")
        streamed = sum(edge.stream for edge in self.after)
        if streamed > 1:
            raise fault("at most one predecessor can be streamed", "after")
        if streamed and self.slices_per_tokens is None:
            raise fault(
                "a stage with a streamed predecessor needs slices_per_tokens", "slices_per_tokens"
            )
        if self.slices_per_tokens is not None and not streamed:
            raise fault(
                'this needs a streamed predecessor: after = [{stage = "think", stream = true}]',
                "slices_per_tokens",
            )

    def _check_pins_and_targets(self) -> None:
        if self.on is not None and (repeated := duplicates(self.on)):
            raise fault(f"{shown(repeated[0])} is named twice", "on")
        if (self.prompt_tokens is None) != (self.output_tokens is None):
            missing = "prompt_tokens" if self.prompt_tokens is None else "output_tokens"
            raise fault("an LLM needs both prompt_tokens and output_tokens", missing)
